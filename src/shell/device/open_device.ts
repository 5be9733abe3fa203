import type { Clock } from "../../clock.ts";
import { ChannelError, ConnectionLostError } from "../../errors.ts";
import type { Channel, Connection } from "../../transport/transport.ts";
import { type AskingLogin, AskingShell, type LoginStep } from "../asking_shell.ts";
import type { ExecuteOptions, Shell } from "../shell.ts";
import { classify, narrowProfiles, pickByAnswer, probesOf, promptLooksLikeUnix } from "./detect.ts";
import { Dialogue } from "./dialogue.ts";
import { DeviceShell, OUTPUT_BOUND_CHARS } from "./device_shell.ts";
import { type DeviceLogin, type DeviceQuestion, learnAtLogin } from "./device_login.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import type { ProfileTable } from "./profiles/profile_table.ts";
import type { Tape } from "./record/tape.ts";
import { learnPrompt } from "./prompt.ts";
import { tryFence } from "./prompt_checks.ts";
import { ask, SetUp } from "./set_up.ts";
import { DEVICE_PTY, DeviceTerminal } from "./device_terminal.ts";

const PROBE_LIMIT_MS = 10_000;

/** The means of opening a device's command line. */
export interface OpenDeviceOptions {
  readonly clock: Clock;
  readonly profiles: ProfileTable;
  /** A profile's id or alias, named outright; detection is left out. */
  readonly profile?: string | undefined;
  /** Ids of the only families that detection chooses from, known by other means than the prompt. */
  readonly among?: readonly string[] | undefined;
  /** Used for each command that brings none of its own. */
  readonly enable?: ExecuteOptions["enable"] | undefined;
  /** The password of the SSH login: a device may ask it once more. */
  readonly credentials?: { readonly user: string; readonly password?: string | undefined };
  /** The name to tell the caller; "the device" where absent. */
  readonly hostName?: string | undefined;
  /** Ends the wait for the first prompt. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A shell channel that is open already, with the output read from it. It is given up for one with
   * a device's pty (a Unix shell's has its echo off, and readline then shows nothing), or taken
   * over where the device grants no second one.
   */
  readonly channel?: {
    readonly channel: Channel;
    readonly read: Uint8Array;
    /** A question of its login was answered, which another channel would ask again. */
    readonly isAnswered?: boolean;
  };
  /** Keeps all that passes the terminal. */
  readonly tape?: Tape | undefined;
  /** Characters of one command's output before its pager is left; 10 Mi where absent. */
  readonly outputBoundChars?: number;
}

/**
 * Opens a network device's command line: learns its prompt, finds its family, turns paging off.
 *
 * `facts.shellKind` of the shell is the profile's id; give it back as `profile` next time to spare
 * the detection. A login that asks something unknown is an {@link AskingShell} until it is answered.
 *
 * @throws {InputError} When no profile has the name.
 * @throws {ChannelError} When no shell, or no prompt, comes.
 * @throws {ConnectionLostError} When the far end closes first.
 */
export async function openDevice(
  connection: Connection,
  options: OpenDeviceOptions,
): Promise<Shell> {
  const named = options.profile === undefined ? undefined : options.profiles.get(options.profile);
  const opening = { connection, named, options };
  const { channel: opened } = options;
  if (opened === undefined) return await openFresh(opening);
  if (opened.isAnswered) return await takeOver(opened, opening);
  try {
    const shell = await openFresh(opening);
    await opened.channel[Symbol.asyncDispose]();
    return shell;
  } catch (error) {
    // One session at a time is all that some devices grant.
    if (error instanceof ChannelError || error instanceof ConnectionLostError) {
      return await takeOver(opened, opening);
    }
    await opened.channel[Symbol.asyncDispose]();
    throw error;
  }
}

function takeOver(
  { channel, read }: { readonly channel: Channel; readonly read: Uint8Array },
  opening: Opening,
): Promise<Shell> {
  channel.resize(DEVICE_PTY.columns, DEVICE_PTY.rows);
  return openOver(channel, { ...opening, read });
}

async function openFresh(opening: Opening): Promise<Shell> {
  const { signal } = opening.options;
  const with_ = signal === undefined ? {} : { signal };
  return await openOver(await opening.connection.openShell(DEVICE_PTY, with_), opening);
}

async function openOver(
  channel: Channel,
  opening: Opening & { readonly read?: Uint8Array },
): Promise<Shell> {
  const terminal = new DeviceTerminal(channel, {
    clock: opening.options.clock,
    lost: opening.connection.closed,
    tape: opening.options.tape,
    ...(opening.read === undefined ? {} : { read: opening.read }),
  });
  try {
    const step = await openOn(terminal, opening);
    return step.kind === "shell" ? step.shell : new AskingShell(step.login);
  } catch (error) {
    await terminal[Symbol.asyncDispose]();
    throw error;
  }
}

interface Opening {
  readonly connection: Connection;
  readonly named: DeviceProfile | undefined;
  readonly options: OpenDeviceOptions;
  /** The question of its login that was returned to the caller. */
  readonly asked?: DeviceQuestion | undefined;
}

/** The login as the caller's, where it asks; it goes on when the question was left. */
function askingOn(
  terminal: DeviceTerminal,
  asked: DeviceQuestion,
  opening: Opening,
): LoginStep {
  const { question, rowsAbove } = asked;
  const login: AskingLogin = {
    question,
    rowsAbove,
    ended: terminal.ended,
    rows: () => terminal.model.visibleRows,
    type: (data) => terminal.type(data.replace(/\r?\n/g, "\r")),
    next: (signal) => {
      const options = { ...opening.options, signal };
      return openOn(terminal, { ...opening, options, asked });
    },
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  };
  return { kind: "question", login };
}

async function openOn(terminal: DeviceTerminal, opening: Opening): Promise<LoginStep> {
  const { connection, named, options } = opening;
  const { clock, profiles } = options;
  const hostName = options.hostName ?? "the device";
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const asking = { clock, hostName, ...signal };
  terminal.setReader("busy");
  const login = await learnAtLogin(terminal, {
    ...asking,
    profiles: named === undefined ? profiles.profiles : [named],
    known: known(connection, { named, profiles }),
    credentials: options.credentials,
    asked: opening.asked,
  });
  if (login.kind === "question") return askingOn(terminal, login, opening);
  const { among } = options;
  const choice = { connection, profiles, asking, among };
  const profile = named ?? await pickProfile(terminal, login, choice);
  const dialogue = new Dialogue(terminal, profile, learnPrompt(login.line, profile, login));
  // A row of output may be the prompt to the character: only the real one echoes a space.
  const fence = await tryFence(terminal, login.line, profile);
  // A prompt that counts its lines is another one after Enter.
  if (fence === "rub-out" || !login.hasCounter) dialogue.raiseFence(fence);
  const setUp = new SetUp(profile.setup, asking);
  await setUp.run(dialogue, asking);
  terminal.model.release(terminal.model.cursorRow);
  terminal.setReader("idle");
  const note = noteOn(login, profile);
  const shell = new DeviceShell(dialogue, {
    clock,
    hostName,
    setUp,
    user: options.credentials?.user,
    boundChars: options.outputBoundChars ?? OUTPUT_BOUND_CHARS,
    ...(options.enable === undefined ? {} : { enable: options.enable }),
    ...(note === undefined ? {} : { note }),
  });
  return { kind: "shell", shell };
}

function noteOn(login: DeviceLogin, profile: DeviceProfile): string | undefined {
  return promptLooksLikeUnix(login.line) && profile.id === "generic"
    ? "its prompt looks like a Unix shell's; driven as a device"
    : undefined;
}

/** The one family that is certain before anything was printed. */
function known(
  connection: Connection,
  { named, profiles }: {
    readonly named: DeviceProfile | undefined;
    readonly profiles: ProfileTable;
  },
): DeviceProfile | undefined {
  if (named !== undefined) return named;
  const verdict = classify({ ident: connection.ident, banner: connection.banner }, profiles);
  return verdict.kind === "device" ? profiles.get(verdict.profile) : undefined;
}

/** Ident, banner and prompt first; only then a harmless command or two. */
async function pickProfile(
  terminal: DeviceTerminal,
  login: DeviceLogin,
  { connection, profiles, asking, among }: {
    readonly connection: Connection;
    readonly profiles: ProfileTable;
    readonly asking: Parameters<typeof ask>[2];
    readonly among: readonly string[] | undefined;
  },
): Promise<DeviceProfile> {
  const { generic } = profiles;
  const left = narrowProfiles(profiles, {
    ident: connection.ident,
    banner: connection.banner,
    firstOutput: login.text,
    prompt: login.line,
  }).filter(({ id }) => among?.includes(id) ?? true);
  if (left.length === 1) return left[0]!;
  if (promptLooksLikeUnix(login.line) && among === undefined) return generic;
  const dialogue = new Dialogue(terminal, generic, learnPrompt(login.line, generic, login));
  try {
    for (const probe of left.length === 0 ? [generic.detect.probe] : probesOf(left)) {
      const answer = await ask(dialogue, probe, { ...asking, limitMs: PROBE_LIMIT_MS });
      const found = pickByAnswer(profiles, left, answer);
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    // What took the line for something else is left, and the prompt looked for again.
    await terminal.type("\x03");
    const again = await learnAtLogin(terminal, { ...asking, profiles: [generic] });
    if (again.kind === "question") throw error;
  }
  return generic;
}
