import { findPager } from "../device_state.ts";
import { LineModel } from "../line_model.ts";
import { DEVICE_PTY } from "../device_terminal.ts";
import type { DeviceProfile, PromptLevel } from "../profiles/profile.ts";
import { readPrompt } from "../prompt.ts";
import { Replacements } from "./replacements.ts";
import type { Exchange } from "./tape.ts";

/** One command of a recorded session. */
export interface RecordedCommand {
  readonly command: string;
  readonly output: string;
  readonly mode: string;
  readonly deviceError?: string | undefined;
  /** The first exchange of it on the tape. */
  readonly from: number;
}

/** A session as it was recorded. */
export interface RecordedSession {
  readonly profile: DeviceProfile;
  /** Identification string of its SSH server (RFC 4253 §4.2). */
  readonly ident: string;
  readonly user: string;
  readonly secrets: readonly string[];
  readonly exchanges: readonly Exchange[];
  /** Exchanges before the first command. */
  readonly loginEnd: number;
  readonly commands: readonly RecordedCommand[];
}

interface PagerText {
  readonly text: string;
  readonly wipe: string;
  readonly quitKey: string;
}

/** A device's behaviour, in the form that the tests' replay server plays. */
export interface SessionDescription {
  readonly profile: string;
  readonly source: string;
  readonly ident: string;
  readonly host: string;
  readonly [key: string]: unknown;
}

/**
 * Describes a device by one session with it: prompt, echo, Enter, pagers and their wipes, answers.
 *
 * Addresses, names and secrets are replaced; `session` holds the bytes themselves.
 */
export function describeSession(session: RecordedSession): SessionDescription {
  const { profile, ident, exchanges, commands } = session;
  const prompts = promptsOf(session);
  const [first] = prompts;
  const host = first?.host ?? "";
  const { user, secrets } = session;
  const replacements = new Replacements({ host, user, secrets });
  const pagers = pagersOf(exchanges, profile);
  const error = commands.find(({ deviceError }) => deviceError !== undefined);
  const [setup] = profile.setup;
  const description = {
    profile: profile.id,
    source: "a session with a device, recorded by profile record",
    ident: ident.replace(/^SSH-[\d.]+-/, ""),
    ...loginOf(session, first?.line ?? ""),
    prompts: Object.fromEntries(
      prompts.toReversed().map(({ level, line, mode }) => [level, template(line, { host, mode })]),
    ),
    level: first?.level ?? "exec",
    pagers: pagers.length > 0
      ? pagers
      : [{ text: " --More-- ", wipe: "\r          \r", quitKey: "q" }],
    ...(setup === undefined ? {} : { pagingOff: `^${setup.send}$` }),
    answers: commands.filter((one) => one !== error).map((one) => answerOf(one, session)),
    unknown: error === undefined
      ? "% Unknown command"
      : error.output.replace(/\n$/, "").replaceAll(error.command, "{line}"),
    echo: echoOf(session, first?.line ?? ""),
    help: profile.helpsAtOnce,
    outputs: commands.map(({ output }) => output.replace(/\n$/, "")),
    session: exchanges,
  };
  const replaced = replacedIn(description, replacements) as typeof description;
  return { ...replaced, profile: profile.id, host: replacements.host };
}

/** All strings of a value, none of its keys. */
function replacedIn(value: unknown, replacements: Replacements): unknown {
  if (typeof value === "string") return replacements.apply(value);
  if (Array.isArray(value)) return value.map((one) => replacedIn(one, replacements));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, one]) => [key, replacedIn(one, replacements)]));
}

interface SeenPrompt {
  readonly line: string;
  readonly host: string;
  readonly level: PromptLevel;
  readonly mode: string;
}

/** The prompts of the session, each level once, the first one first. */
function promptsOf({ profile, exchanges, loginEnd, commands }: RecordedSession): SeenPrompt[] {
  const seen: SeenPrompt[] = [];
  const model = new LineModel(DEVICE_PTY);
  const ends = [loginEnd, ...commands.slice(1).map(({ from }) => from), exchanges.length];
  for (const [index, { got }] of exchanges.entries()) {
    model.feed(got);
    model.release(model.cursorRow);
    if (!ends.includes(index + 1)) continue;
    const shown = model.cursorLine;
    const prompt = readPrompt(shown, profile, seen[0]?.host);
    // UCS writes two blanks behind it and goes one back.
    const raw = got.slice(got.lastIndexOf("\n") + 1);
    const line = raw.startsWith(shown) && /^[ \b]*$/.test(raw.slice(shown.length)) ? raw : shown;
    const host = prompt?.host ?? shown.trimEnd().replace(/[>#$%]$/, "");
    const level = prompt?.level ?? "exec";
    if (line !== "" && !seen.some((one) => one.level === level)) {
      seen.push({ line, host, level, mode: prompt?.mode ?? "" });
    }
  }
  return seen;
}

function template(
  line: string,
  { host, mode }: { readonly host: string; readonly mode: string },
): string {
  const at = host === "" ? -1 : line.lastIndexOf(host);
  const named = at < 0 ? line : `${line.slice(0, at)}{host}${line.slice(at + host.length)}`;
  return mode === "" ? named : named.replace(`(${mode})`, "({mode})");
}

/** The terminal is asked, greeting, a key before the first prompt, Enter, the rows above a prompt. */
function loginOf(
  { exchanges, loginEnd }: RecordedSession,
  prompt: string,
): Readonly<Record<string, unknown>> {
  const login = exchanges.slice(0, loginEnd);
  const begin = login.findIndex(({ sent }, index) => index > 0 && !sent.startsWith("\x1b"));
  const asked = login.slice(0, Math.max(0, begin - 1)).map(({ got }) => got).join("");
  const first = login[Math.max(0, begin - 1)]?.got ?? "";
  const enter = login.findLast(({ sent, got }) => sent === "\r" && got.endsWith(prompt));
  const shown = enter === undefined || prompt === "" ? "\r\n" : enter.got.slice(0, -prompt.length);
  const newline = shown.includes("\r\r\n") ? "\r\r\n" : "\r\n";
  const lineEnd = shown.indexOf(newline);
  const header = lineEnd < 0 ? "" : shown.slice(lineEnd + newline.length);
  const key = begin < 0 ? "\r" : login[begin]!.sent;
  const isDoorstep = key !== "\r";
  const greeting = withoutEnd(withoutEnd(first, prompt), isDoorstep ? "" : header);
  const lastRow = greeting.slice(greeting.lastIndexOf("\n") + 1);
  return {
    ...(asked === "" ? {} : { query: { ask: asked, answer: "\\x1b\\[[\\d;?]+[cnR]" } }),
    ...(newline === "\r\n" ? {} : { newline }),
    ...(lineEnd < 0 ? { enterEcho: shown } : {}),
    ...(header === "" ? {} : { header: header.replaceAll(newline, "\n") }),
    greeting: isDoorstep ? withoutEnd(greeting, lastRow) : greeting,
    ...(isDoorstep ? { doorstep: { text: lastRow, keys: [key.slice(0, 1)] } } : {}),
  };
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, text.length - end.length) : text;
}

/** Each pager once: its words, and what took them away. */
function pagersOf(exchanges: readonly Exchange[], profile: DeviceProfile): PagerText[] {
  const model = new LineModel(DEVICE_PTY);
  const found = new Map<string, PagerText>();
  for (const [index, { got }] of exchanges.entries()) {
    model.feed(got);
    const next = exchanges[index + 1];
    const pager = findPager(model.cursorLine, profile);
    if (pager === undefined || next?.sent !== pager.pager.next) continue;
    const text = got.slice(got.lastIndexOf("\n") + 1).replace(/^[\r\b]+/, "");
    const wipe = wipeAt(next.got);
    model.dropPager(pager.length);
    found.set(text + wipe, { text, wipe, quitKey: pager.pager.quit });
  }
  return [...found.values()].slice(0, PAGERS);
}

const PAGERS = 8;

/** Controls and blanks up to the last control before the text; a line end is a part of the text. */
function wipeAt(got: string): string {
  // deno-lint-ignore no-control-regex
  const PART = /\x1b\[[\d;?]{0,16}[A-Za-z]|[\0\b\r ]/y;
  let end = 0;
  for (let at = 0;;) {
    if (got.startsWith("\r\n", at)) return at === 0 ? "\r\n" : got.slice(0, end);
    PART.lastIndex = at;
    const part = PART.exec(got)?.[0];
    if (part === undefined) return got.slice(0, end);
    at += part.length;
    if (part !== " ") end = at;
  }
}

function answerOf(
  { command, output, mode, from }: RecordedCommand,
  { profile, commands }: RecordedSession,
): Readonly<Record<string, unknown>> {
  const level = profile.prompts.find(({ level }) => level === mode)?.level;
  const before = commands.findLast((one) => one.from < from)?.mode;
  const isEntered = before !== undefined && before !== mode;
  return {
    match: `^${command.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`,
    body: output.replace(/\n$/, ""),
    ...(isEntered ? { level: level ?? "config", mode: level === undefined ? mode : "" } : {}),
  };
}

/** How a typed line is shown. */
function echoOf({ exchanges, commands }: RecordedSession, prompt: string): string {
  const typed = commands.find(({ command }) => command !== "");
  const got = typed === undefined ? "" : exchanges[typed.from]?.got ?? "";
  if (typed === undefined || got.startsWith(typed.command)) return "plain";
  const shown = got.slice(0, Math.max(0, got.indexOf("\n")));
  // deno-lint-ignore no-control-regex
  if (/\x1b\[\d{1,3};\d{1,3}H/.test(shown)) return "addressed";
  if (/ {100}/.test(shown)) return "padded";
  return shown.includes(prompt) ? "redraw" : "plain";
}
