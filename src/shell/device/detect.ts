import { type LinePattern, PATTERN_LINE_LIMIT } from "./profiles/line_pattern.ts";
import type { DeviceProfile } from "./profiles/profile.ts";
import { BUILT_IN_PROFILES } from "./profiles/built_in_profiles.ts";
import { ProfileTable } from "./profiles/profile_table.ts";
import { readPrompt } from "./prompt.ts";

/** The facts of a far end before anything was typed. */
export interface Evidence {
  /** Identification string (RFC 4253 §4.2), such as "SSH-2.0-Cisco-1.25". */
  readonly ident: string;
  /** Text before login (RFC 4252 §5.4). */
  readonly banner: string;
  /** The first output of the shell. */
  readonly firstOutput?: string;
}

/** Whether a far end is a device beyond doubt. */
export type Classification =
  | { readonly kind: "device"; readonly profile: string }
  | { readonly kind: "unknown" };

const BUILT_IN = new ProfileTable();
/**
 * Servers of Unix hosts and devices alike, which no built-in family has for its own: compiling the
 * patterns of all families to find that out cost 24 ms at the first login.
 */
const EVERYWHERE = /^(?:OpenSSH|dropbear)[-_]/;
/** Prompts of programs that a ForceCommand may start; a command line of lines, not of a device. */
const INTERPRETER =
  /^(?:mysql|sqlite|psql|redis|mongo|ftp|sftp|lftp|gdb|irb|node|ghci)(?:\([^()]*\))?> ?$|=[>#*] ?$/i;
/** Shells that have no prompt set show their name and version; `sw-test-1# ` is a device's. */
const SHELL_VERSION = /^-?(?:ba|rba|da|k|mk|z|a|ya|po|tc|c)?sh-\d[\d.]*[$#%] $/;
/** The end of a banner's last line, where it is no space. */
const GLUE = [">", "#", "*", "!", ":", ".", "=", "|"];
/** Words of a menu or a form, whose answer an Enter would be. */
const ASKING =
  /\b(?:enter|select|choose|choice|pick|type|press|input|option|your|which|what)\b|\?/i;
/** A product names itself at the beginning. */
const TEXT_LINES = 500;

/**
 * Tells a device by its SSH identification alone; words of a banner decide nothing.
 *
 * "unknown" is what most far ends are: OpenSSH, dropbear and every library run on Unix hosts and
 * on devices alike. The profile is the first that fits; {@link pickProfile} looks closer.
 */
export function classify(
  evidence: Evidence,
  table: ProfileTable = BUILT_IN,
): Classification {
  const software = softwareOf(evidence.ident);
  const candidates = EVERYWHERE.test(software)
    ? table.profiles.filter((profile) => !BUILT_IN_PROFILES.includes(profile))
    : table.profiles;
  const found = candidates.find(({ detect }) => detect.ident?.test(software));
  return found === undefined ? { kind: "unknown" } : { kind: "device", profile: found.id };
}

/** Whether a whole line has the shape of a network device's prompt and of no Unix shell's. */
export function promptLooksLikeDevice(line: string, table: ProfileTable = BUILT_IN): boolean {
  if (promptLooksLikeUnix(line) || INTERPRETER.test(line)) return false;
  return table.profiles.some((profile) => readPrompt(line, profile) !== undefined);
}

/** Whether a line of no known shape ends as the prompts of consoles do: `> `, `racadm>>`, `=>`. */
export function endsLikePrompt(line: string): boolean {
  return /^\S{0,40}> ?$/.test(line) && !promptLooksLikeUnix(line) && !INTERPRETER.test(line);
}

/** Whether a whole line is a device's prompt, or what only devices ask before it. */
export function looksLikeDevice(line: string, table: ProfileTable = BUILT_IN): boolean {
  if (line.length > PATTERN_LINE_LIMIT) return false;
  const common = table.generic.login;
  return promptLooksLikeDevice(line, table) ||
    table.profiles.some(({ login }) =>
      login.some((answer) =>
        typeof answer.send === "string" && !common.includes(answer) && answer.match.test(line)
      )
    );
}

/**
 * Whether a prompt stands behind text without a line end, as a banner leaves it: `staff only>r1> `.
 *
 * Enter then shows which tail comes again; what asks for an answer is left alone.
 */
export function endsLikeGluedPrompt(line: string, table: ProfileTable = BUILT_IN): boolean {
  const end = line.trimEnd();
  if (promptLooksLikeUnix(line)) return false;
  if (line.length - end.length > 1 || ASKING.test(line.slice(-PATTERN_LINE_LIMIT))) return false;
  const word = end.slice(end.lastIndexOf(" ") + 1);
  const from = GLUE.reduce((at, mark) => Math.max(at, word.lastIndexOf(mark, word.length - 2)), -1);
  const prompt = word.slice(from + 1) + line.slice(end.length);
  return word.length < end.length && promptLooksLikeDevice(prompt, table);
}

/** Whether a whole line looks like the prompt of a Unix shell: `$ `, `[u@h ~]# `, `u@h:/srv$ `. */
export function promptLooksLikeUnix(line: string): boolean {
  return endsLikeUnix(line) && !isRouterOs(line) || SHELL_VERSION.test(line);
}

/** `$ ` alone, or a directory right before the mark: `…:/srv$ `, `… ~]# `. */
function endsLikeUnix(line: string): boolean {
  const prompt = line.endsWith(" ") ? line.slice(0, -1) : line;
  if (/^[$%#]$/.test(prompt)) return true;
  if (!/[$#%>]$/.test(prompt)) return false;
  const text = prompt.slice(0, prompt.at(-2) === " " ? -2 : -1);
  return /[:\s][~/]/.test(text.slice(Math.max(0, lastBlank(text))));
}

/** `[admin@MikroTik] > `, `[admin@MikroTik] /ip/address> `. */
function isRouterOs(line: string): boolean {
  const close = line.indexOf("] ");
  const at = line.indexOf("@");
  if (!line.startsWith("[") || at < 2 || at > close - 2 || line.indexOf("]") < close) return false;
  const menu = line.slice(close + 2);
  const end = menu.endsWith(" ") ? menu.slice(0, -1) : menu;
  return end === ">" || end.startsWith("/") && end.indexOf(">") === end.length - 1;
}

function lastBlank(text: string): number {
  for (let at = text.length - 1; at >= 0; at--) if (/\s/.test(text[at]!)) return at;
  return -1;
}

/** The families left by what is known without typing; one left decides. */
export function narrowProfiles(
  table: ProfileTable,
  known: Evidence & { readonly prompt: string },
): readonly DeviceProfile[] {
  const software = softwareOf(known.ident);
  const text = `${known.banner}\n${known.firstOutput ?? ""}`;
  let left = table.profiles.filter((profile) =>
    profile.id !== "generic" && readPrompt(known.prompt, profile) !== undefined
  );
  left = prefer(left, ({ detect }) => detect.ident?.test(software) === true);
  left = prefer(left, ({ detect }) => anyLine(detect.banner, text));
  return prefer(left, ({ detect }) => detect.prompt?.test(known.prompt) === true);
}

/** Lines to try, one after the other, until an answer names a product; two at most. */
export function probesOf(left: readonly DeviceProfile[]): readonly string[] {
  return [...new Set(left.map(({ detect }) => detect.probe))].slice(0, 2);
}

/** The family that the answer to a probe names: one of those left, or any other. */
export function pickByAnswer(
  table: ProfileTable,
  left: readonly DeviceProfile[],
  answer: string,
): DeviceProfile | undefined {
  const names = ({ detect }: DeviceProfile): boolean => anyLine(detect.answer, answer);
  return left.find(names) ?? table.profiles.find(names);
}

/** Line by line, and only so much of each that no pattern takes long. */
function anyLine(pattern: LinePattern | undefined, text: string): boolean {
  if (pattern === undefined) return false;
  const lines = text.split(/\r?\n/).slice(0, TEXT_LINES);
  return lines.some((line) => pattern.test(line.slice(0, PATTERN_LINE_LIMIT)));
}

function prefer(
  profiles: readonly DeviceProfile[],
  holds: (profile: DeviceProfile) => boolean,
): DeviceProfile[] {
  const chosen = profiles.filter(holds);
  return chosen.length === 0 ? [...profiles] : chosen;
}

/** "SSH-2.0-Cisco-1.25" → "Cisco-1.25". */
function softwareOf(ident: string): string {
  return ident.replace(/^SSH-[\d.]+-/, "").trim();
}
