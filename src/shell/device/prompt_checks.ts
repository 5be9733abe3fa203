import type { LineOutput } from "./line_output.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import type { DeviceTerminal } from "./device_terminal.ts";

/** How a check of a prompt ended: `changed` when more output came, so it was none. */
export type Check = "passed" | "changed";

/** The family's Enter, and whether an empty line is more than a new prompt. */
export type EnterKey = Pick<DeviceProfile, "enter" | "emptyLineActs">;

const ECHO_MS = 1000;
/** A busy device echoes the space when it is done; one that never does is believed at last. */
const FENCE_TRIES = 8;
const FENCE_MS = 3000;
const TRIALS = 2;
const TRIAL_MS = 700;
/** Where a space showed, a slow link may still take its time to take it away. */
const RUB_OUT_MS = 1500;
/** Once some of it was rubbed out, the rest is left to Enter. */
const RUBBED_MS = 60;
const ENTER_SETTLE_MS = 30;
const RUB_OUT = "\x7f";

/**
 * The proof that a prompt reads, as far as the far end allows one: a space that shows and is rubbed
 * out or, where nothing can be, left by Enter; Enter alone where keys do not show; or silence.
 */
export type Fence = "rub-out" | "enter" | "blind" | "off";

/**
 * Types a space behind a prompt and requires its echo there, then takes it away.
 *
 * A device that only drew its prompt early does not read keys yet. Keys are read in their order, so
 * none that was typed before is still to come. Costs about 2 ms, 35 with Enter.
 */
export async function fencePrompt(
  terminal: DeviceTerminal,
  text: string,
  how: { readonly output: LineOutput; readonly fence: Exclude<Fence, "off"> } & EnterKey,
): Promise<Check> {
  const { output, fence } = how;
  if (fence === "blind") return await fenceByEnter(terminal, text, how);
  for (let tries = 0; tries < FENCE_TRIES; tries++) {
    output.fenceSpaces++;
    await terminal.type(" ");
    const spaces = await awaitSpaces(terminal, text, FENCE_MS);
    if (spaces === "changed") return "changed";
    if (spaces > 0 && fence === "enter") return await fenceByEnter(terminal, text, how);
    const count = Math.max(spaces, output.straySpaces);
    if (spaces > 0) return await rubOut(terminal, text, { ...how, count });
    if (terminal.closed) return "changed";
  }
  return "passed";
}

/** Presses Enter behind a prompt: nothing but the same prompt comes. */
async function fenceByEnter(
  terminal: DeviceTerminal,
  text: string,
  how: { readonly output: LineOutput } & EnterKey,
): Promise<Check> {
  const { model } = terminal;
  const row = model.cursorRow;
  const isAnswered = await answersEnter(terminal, text, how) === "passed";
  if (isAnswered && model.cursorRow - row <= how.output.headerRows + 1) {
    how.output.forgetStrayKeys();
    return "passed";
  }
  how.output.owedPrompts++;
  return "changed";
}

/**
 * Tries at a waiting prompt which proof the far end allows.
 *
 * Where a space cannot be rubbed out, an empty line gives a clean prompt back.
 */
export async function tryFence(
  terminal: DeviceTerminal,
  text: string,
  how: EnterKey,
): Promise<Fence> {
  for (let tries = 0; tries < TRIALS; tries++) {
    const result = await tryOnce(terminal, text, how);
    if (result !== "changed") return result;
    // The answer to an Enter of the login was still on its way.
    while (await terminal.wait(RUB_OUT_MS) === "data");
  }
  return "off";
}

async function tryOnce(
  terminal: DeviceTerminal,
  text: string,
  how: EnterKey,
): Promise<Fence | "changed"> {
  const { model } = terminal;
  await terminal.type(" ");
  const spaces = await awaitSpaces(terminal, text, TRIAL_MS);
  await terminal.type(RUB_OUT);
  terminal.restartQuiet();
  while (spaces === 1 && model.cursorLine !== text) {
    if (await terminal.wait(RUB_OUT_MS) !== "data") break;
  }
  if (spaces === 1 && model.cursorLine === text) return "rub-out";
  const isAnswered = await answersEnter(terminal, text, how) === "passed" && !how.emptyLineActs;
  if (spaces === 0) return isAnswered ? "blind" : "off";
  return spaces === 1 && isAnswered ? "enter" : "changed";
}

/** Rubs out what was typed behind a prompt too early. */
export async function rubOut(
  terminal: DeviceTerminal,
  text: string,
  what: { readonly count: number; readonly output: LineOutput } & EnterKey,
): Promise<Check> {
  const { model } = terminal;
  const row = model.cursorRow;
  const from = model.cursorLine;
  await terminal.type(RUB_OUT.repeat(what.count));
  terminal.restartQuiet();
  for (;;) {
    if (model.cursorRow !== row || !isOnTheWay(model.cursorLine, text, from)) return "changed";
    if (model.cursorLine === text && model.cursorIsLast) break;
    // One that was shown twice can be rubbed out once.
    const isRubbed = model.cursorLine !== from && !what.emptyLineActs;
    if (await terminal.wait(isRubbed ? RUBBED_MS : ECHO_MS) === "data") continue;
    // No rubbing out here: an empty line gives a clean prompt.
    const isBlank = model.cursorLine.slice(text.length).trim() === "";
    if (isBlank) await answersEnter(terminal, text, what);
    break;
  }
  what.output.forgetStrayKeys();
  return "passed";
}

/**
 * Presses Enter: a prompt is drawn once more, on a new row.
 *
 * Where an empty line does something of its own, the line that stands is believed.
 */
export async function answersEnter(
  terminal: DeviceTerminal,
  text: string,
  how: EnterKey,
): Promise<Check> {
  return await promptAfterEnter(terminal, [text], how) === text ? "passed" : "changed";
}

/** Presses Enter and returns which of these prompts stands then, on a new row. */
export async function promptAfterEnter(
  terminal: DeviceTerminal,
  texts: readonly string[],
  how: EnterKey,
): Promise<string | undefined> {
  const { model } = terminal;
  const standing = (): string | undefined => texts.find((text) => model.cursorLine === text);
  if (how.emptyLineActs) return standing();
  const row = model.cursorRow;
  await terminal.type(how.enter);
  terminal.restartQuiet();
  for (;;) {
    const stands = model.cursorRow > row ? standing() : undefined;
    const woken = await terminal.wait(stands === undefined ? ECHO_MS : ENTER_SETTLE_MS);
    if (woken !== "data") return woken === "quiet" ? stands : undefined;
  }
}

/** How many spaces came to stand behind the prompt; 0 when none came in time. */
async function awaitSpaces(
  terminal: DeviceTerminal,
  text: string,
  patienceMs: number,
): Promise<number | "changed"> {
  const { model } = terminal;
  const row = model.cursorRow;
  terminal.restartQuiet();
  for (;;) {
    const line = model.cursorLine;
    if (model.cursorRow !== row || !isOnTheWay(line, text, text)) return "changed";
    if (line.length > text.length && model.cursorIsLast) return line.length - text.length;
    const woken = await terminal.wait(patienceMs);
    if (woken === "quiet") return 0;
    if (woken === "closed") return "changed";
  }
}

/** The line is the prompt with spaces behind it, or a part of that which is being redrawn. */
function isOnTheWay(line: string, text: string, from: string): boolean {
  if (text.startsWith(line) || from.startsWith(line)) return true;
  return line.startsWith(text) && line.slice(text.length).trim() === "";
}
