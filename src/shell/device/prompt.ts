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

/** The facts of a device's prompt. */
export interface LearnedPrompt {
  readonly prompt: Prompt;
  /** The longest form of the host name seen. */
  readonly host: string;
  /** Hosts that this shell stood on before, such as the one a telnet came from. */
  readonly before: readonly string[];
  /** Rows that an empty line puts above the prompt. */
  readonly header: readonly string[];
  /** A number in the prompt grew by one at the login's second prompt. */
  readonly hasCounter: boolean;
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
  { header, hasCounter = false }: {
    readonly header: readonly string[];
    readonly hasCounter?: boolean;
  },
): LearnedPrompt {
  const prompt = readPrompt(line, profile) ??
    { text: line, host: line.trim(), level: "exec", mode: "exec" };
  return { prompt, host: prompt.host, before: [], header, hasCounter };
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
  if (learned.hasCounter && isCountedOn(last.text, line)) {
    return { kind: "own", prompt: { ...last, text: line } };
  }
  const prompt = readPrompt(line, profile, learned.host);
  const known = [learned.host, ...learned.before];
  if (prompt !== undefined && known.some((host) => sameHost(host, prompt.host))) {
    return trailing(line) === trailing(last.text) ? { kind: "own", prompt } : undefined;
  }
  const own = ofKnownHost(line, learned) ?? sameStem(line, last);
  if (own !== undefined || prompt === undefined) return own;
  return { kind: "stranger", prompt };
}

/** Whether two prompts differ in one number alone, which is a little larger in the second. */
export function isCountedOn(before: string, after: string): boolean {
  const [first, second] = [before, after].map((line) => line.split(/(\d{1,9})/));
  if (first!.length !== second!.length) return false;
  const changed = first!.flatMap((part, index) => part === second![index] ? [] : [index]);
  const [index] = changed;
  if (changed.length !== 1 || index! % 2 === 0) return false;
  const step = Number(second![index!]) - Number(first![index!]);
  return step > 0 && step <= COUNTER_STEP;
}

/** The learned host with another ending: a name in brackets of its own hides it from the shapes. */
function ofKnownHost(line: string, { host, prompt }: LearnedPrompt): Candidate | undefined {
  if (!/[()]/.test(host) || !line.startsWith(host)) return undefined;
  if (trailing(line) !== trailing(prompt.text)) return undefined;
  return ending(line, host, line.trimEnd().slice(host.length));
}

/** A prompt's counter may grow by more than one, since empty lines of ours count too. */
const COUNTER_STEP = 50;

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
  return ending(line, last.host, text.slice(stem.length));
}

function ending(line: string, host: string, rest: string): Candidate | undefined {
  const suffix = /^(?:\((?<mode>[^()]{1,60})\))? ?(?<end>[>#$%])$/.exec(rest);
  if (suffix === null) return undefined;
  const level = suffix.groups!.mode !== undefined
    ? "config"
    : suffix.groups!.end === "#"
    ? "privileged"
    : "exec";
  const mode = suffix.groups!.mode ?? level;
  return { kind: "own", prompt: { text: line, host, level, mode } };
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
