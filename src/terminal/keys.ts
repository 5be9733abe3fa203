import { InputError } from "../errors.ts";

/** Keyboard modes that the program asked for. */
export interface KeyOptions {
  /** DECCKM: arrows, Home and End are sent as `ESC O`, not `ESC [`. */
  readonly applicationCursorKeys: boolean;
}

interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

/** How xterm sends a key (XTerm Control Sequences, "PC-Style Function Keys"). */
type Key =
  /** Also `ESC [ 1 ; modifier final` with a modifier, `ESC O final` in application mode. */
  | { readonly kind: "cursor"; readonly final: string }
  /** `ESC O final`; with a modifier as a cursor key. */
  | { readonly kind: "function"; readonly final: string }
  /** `ESC [ number ~`. */
  | { readonly kind: "editing"; readonly number: number }
  | { readonly kind: "plain"; readonly data: string };

const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ["enter", plain("\r")],
  ["esc", plain("\x1b")],
  ["tab", plain("\t")],
  ["backspace", plain("\x7f")],
  ["space", plain(" ")],
  ["lt", plain("<")],
  ["gt", plain(">")],
  ["up", { kind: "cursor", final: "A" }],
  ["down", { kind: "cursor", final: "B" }],
  ["right", { kind: "cursor", final: "C" }],
  ["left", { kind: "cursor", final: "D" }],
  ["end", { kind: "cursor", final: "F" }],
  ["home", { kind: "cursor", final: "H" }],
  ["insert", { kind: "editing", number: 2 }],
  ["delete", { kind: "editing", number: 3 }],
  ["pageup", { kind: "editing", number: 5 }],
  ["pagedown", { kind: "editing", number: 6 }],
  ...[..."PQRS"].map((final, at): [string, Key] => [`f${at + 1}`, { kind: "function", final }]),
  ...[15, 17, 18, 19, 20, 21, 23, 24].map((number, at): [string, Key] => [
    `f${at + 5}`,
    { kind: "editing", number },
  ]),
]);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["return", "enter"],
  ["ret", "enter"],
  ["cr", "enter"],
  ["escape", "esc"],
  ["bs", "backspace"],
  ["bksp", "backspace"],
  ["del", "delete"],
  ["ins", "insert"],
  ["pgup", "pageup"],
  ["pgdn", "pagedown"],
  ["pgdown", "pagedown"],
  ["spc", "space"],
  ...["up", "down", "left", "right"].flatMap((name): [string, string][] => [
    [`arrow${name}`, name],
    [`${name}arrow`, name],
  ]),
]);

const KEY = /<([^<>\s]{1,32})>/gu;
const MODIFIER = /^(ctrl|control|c|alt|a|meta|m|option|shift|s)[-+](.+)$/iu;
/** Ctrl with what is not a letter, as xterm sends it. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  [" ", "\0"],
  ["@", "\0"],
  ["2", "\0"],
  ["[", "\x1b"],
  ["3", "\x1b"],
  ["\\", "\x1c"],
  ["4", "\x1c"],
  ["]", "\x1d"],
  ["5", "\x1d"],
  ["^", "\x1e"],
  ["6", "\x1e"],
  ["_", "\x1f"],
  ["/", "\x1f"],
  ["7", "\x1f"],
  ["?", "\x7f"],
  ["8", "\x7f"],
  ["\x7f", "\b"],
]);

/** Keys that xterm sends alike with Shift or Ctrl, unless {@link CONTROLS} says otherwise. */
const UNMODIFIED: readonly string[] = ["\r", "\t", "\x1b", "\x7f", " "];

/**
 * Makes of `"<esc>:wq<enter>"` what an xterm keyboard sends.
 *
 * A name in angle brackets is a key, in any case, with `ctrl-`, `alt-` and `shift-` before it; all
 * else is typed as it stands, an LF as Enter. A `<` that no name and `>` follow is itself, and so is
 * `<lt>`.
 *
 * @throws {InputError} When what stands in angle brackets is no key.
 */
export function encodeKeys(keys: string, options: KeyOptions): string {
  let data = "";
  let done = 0;
  for (const match of keys.matchAll(KEY)) {
    data += typed(keys.slice(done, match.index)) + encodeKey(match[1]!, options);
    done = match.index + match[0].length;
  }
  return data + typed(keys.slice(done));
}

function encodeKey(name: string, options: KeyOptions): string {
  const { modifiers, base } = splitModifiers(name);
  const key = findKey(base, modifiers);
  const data = key && encode(key, modifiers, options);
  if (data === undefined) throw unknownKey(name);
  return data;
}

function splitModifiers(name: string): { readonly modifiers: Modifiers; readonly base: string } {
  const found = new Set<string>();
  let base = name;
  for (let match = MODIFIER.exec(base); match !== null; match = MODIFIER.exec(base)) {
    const word = match[1]!.toLowerCase();
    found.add(/^c/.test(word) ? "ctrl" : /^s/.test(word) ? "shift" : "alt");
    base = match[2]!;
  }
  const modifiers = { shift: found.has("shift"), alt: found.has("alt"), ctrl: found.has("ctrl") };
  return { modifiers, base };
}

function findKey(base: string, modifiers: Modifiers): Key | undefined {
  if ([...base].length === 1) return parameter(modifiers) > 1 ? plain(base) : undefined;
  const name = base.toLowerCase().replaceAll(/[-_]/g, "");
  if (name === "backtab") return { kind: "plain", data: "\x1b[Z" };
  return KEYS.get(ALIASES.get(name) ?? name);
}

function encode(key: Key, modifiers: Modifiers, options: KeyOptions): string | undefined {
  if (key.kind === "plain") return encodePlain(key.data, modifiers);
  const modifier = parameter(modifiers);
  if (key.kind === "editing") return `\x1b[${key.number}${modifier > 1 ? `;${modifier}` : ""}~`;
  if (modifier > 1) return `\x1b[1;${modifier}${key.final}`;
  const introducer = key.kind === "function" || options.applicationCursorKeys ? "O" : "[";
  return `\x1b${introducer}${key.final}`;
}

function encodePlain(data: string, modifiers: Modifiers): string | undefined {
  let result: string | undefined = data;
  if (modifiers.shift) result = shifted(data);
  if (modifiers.ctrl && result !== undefined) result = controlled(data);
  return modifiers.alt && result !== undefined ? `\x1b${result}` : result;
}

/** Shift changes letters and Tab; Enter, Space and such stay; the rest depends on the keyboard. */
function shifted(data: string): string | undefined {
  if (data === "\t") return "\x1b[Z";
  return UNMODIFIED.includes(data) || /\p{L}/u.test(data) ? data.toUpperCase() : undefined;
}

function controlled(data: string): string | undefined {
  if (/^[a-z]$/i.test(data)) return String.fromCharCode(data.charCodeAt(0) & 0x1f);
  return CONTROLS.get(data) ?? (UNMODIFIED.includes(data) ? data : undefined);
}

/** xterm's modifier parameter: 1 plus the sum of Shift 1, Alt 2, Ctrl 4. */
function parameter(modifiers: Modifiers): number {
  return 1 + Number(modifiers.shift) + 2 * Number(modifiers.alt) + 4 * Number(modifiers.ctrl);
}

function plain(data: string): Key {
  return { kind: "plain", data };
}

function typed(text: string): string {
  return text.replaceAll("\r\n", "\r").replaceAll("\n", "\r");
}

function unknownKey(name: string): InputError {
  const names = [...KEYS.keys()].filter((each) => !/^f\d/.test(each)).map((each) => `<${each}>`);
  return new InputError(
    `<${name}> is not a key`,
    `Use ${names.join(" ")} <f1>…<f12>, with ctrl-, alt- or shift- before a name or one ` +
      "character as in <ctrl-c>; type <lt> for a literal <",
  );
}
