import type { DeviceProfile, PromptLevel } from "./profiles/profile.ts";

/** A prompt as it was read off a line. */
export interface Prompt {
  /** The whole line. */
  readonly text: string;
  /** Host name as the prompt shows it, perhaps cut. */
  readonly host: string;
  readonly level: PromptLevel;
  /** "exec", "privileged", "config", "config-router", "edit interfaces"… */
  readonly mode: string;
}

/** What is known of a device's prompt. */
export interface LearnedPrompt {
  readonly prompt: Prompt;
  /** The longest form of the host name seen. */
  readonly host: string;
  /** Hosts that this shell stood on before, such as the one a telnet came from. */
  readonly before: readonly string[];
  /** Rows that an empty line puts above the prompt. */
  readonly header: readonly string[];
}

/** IOS cuts a host name in configuration mode to fit its prompt; shorter names are never cut. */
const CUT_HOST_LENGTH = 16;

/** Reads a whole line as a prompt of the family; `known`: a host name to tell views from. */
export function readPrompt(
  line: string,
  profile: DeviceProfile,
  known?: string,
): Prompt | undefined {
  for (const { level, match } of profile.prompts) {
    const groups = match.exec(line)?.groups;
    if (groups === undefined) continue;
    const { host, view } = hostAndView(groups, known);
    const named = groups.mode ?? view;
    const mode = named === undefined || named === "" ? level : named;
    return { text: line, host, level, mode };
  }
  return undefined;
}

/** The first thing known of a prompt that stood twice. */
export function learnPrompt(
  line: string,
  profile: DeviceProfile,
  header: readonly string[],
): LearnedPrompt {
  const prompt = readPrompt(line, profile) ??
    { text: line, host: line.trim(), level: "exec", mode: "exec" };
  return { prompt, host: prompt.host, before: [], header };
}

/** The learned prompt after `prompt` came. */
export function relearn(learned: LearnedPrompt, prompt: Prompt): LearnedPrompt {
  if (sameHost(learned.host, prompt.host)) {
    const host = prompt.host.length > learned.host.length ? prompt.host : learned.host;
    return { ...learned, prompt, host };
  }
  const before = [learned.host, ...learned.before.filter((x) => x !== prompt.host)].slice(0, 8);
  return { ...learned, prompt, host: prompt.host, before };
}

/** A line that may be a prompt: the device's own, or one of an unknown host. */
export type Candidate =
  | { readonly kind: "own"; readonly prompt: Prompt }
  | { readonly kind: "stranger"; readonly prompt: Prompt };

/** Whether a whole cursor line is the learned prompt in any of its modes, or a stranger's. */
export function recognisePrompt(
  line: string,
  learned: LearnedPrompt,
  profile: DeviceProfile,
): Candidate | undefined {
  const last = learned.prompt;
  if (line === last.text) return { kind: "own", prompt: last };
  const prompt = readPrompt(line, profile, learned.host);
  if (prompt === undefined) return sameStem(line, last);
  const known = [learned.host, ...learned.before];
  if (!known.some((host) => sameHost(host, prompt.host))) return { kind: "stranger", prompt };
  return trailing(line) === trailing(last.text) ? { kind: "own", prompt } : undefined;
}

/** Equal, or one is the other cut to a prompt's length. */
export function sameHost(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= CUT_HOST_LENGTH && long.startsWith(short);
}

function trailing(line: string): string {
  return line.slice(line.trimEnd().length);
}

/** A prompt that fits no shape may still change its last character or gain a mode in brackets. */
function sameStem(line: string, last: Prompt): Candidate | undefined {
  const isWholeLine = /[>#$%]$/.test(last.host) && last.text.startsWith(stemOf(last.host));
  if (!isWholeLine || trailing(line) !== trailing(last.text)) return undefined;
  const stem = stemOf(last.host);
  const text = line.trimEnd();
  if (stem.length < 2 || !text.startsWith(stem)) return undefined;
  const suffix = /^(?:\((?<mode>[^()]{1,60})\))?(?<end>[>#$%])$/.exec(text.slice(stem.length));
  if (suffix === null) return undefined;
  const level = suffix.groups!.mode !== undefined
    ? "config"
    : suffix.groups!.end === "#"
    ? "privileged"
    : "exec";
  const mode = suffix.groups!.mode ?? level;
  return { kind: "own", prompt: { text: line, host: last.host, level, mode } };
}

function stemOf(host: string): string {
  return host.replace(/(\([^()]*\))?[>#$%]$/, "");
}

function hostAndView(
  groups: Readonly<Record<string, string | undefined>>,
  known: string | undefined,
): { readonly host: string; readonly view?: string } {
  const both = groups.hostView;
  if (both === undefined) return { host: groups.host ?? "" };
  if (known === undefined || !both.startsWith(known + "-")) return { host: both };
  return { host: known, view: both.slice(known.length + 1) };
}
