/** How a shell can be told a control character inside a word. */
export type ControlStyle =
  /** `$'\t'`: bash, zsh, ksh93, mksh, busybox ash. */
  | "ansi-c"
  /** Raw where a cooked terminal passes it, else `"$(printf '\001')"`: dash and other plain shells. */
  | "printf";

/** Bytes of one typed line; a cooked terminal holds 4,095 on Linux and 1,023 on macOS. */
const LINE_BYTES = 1_000;
const PIECE_BYTES = 900;
const SHORT_CHARS = 400;
/** Printable ASCII without a quote. */
const PLAIN = /^[ -&(-~]*$/;

/**
 * One POSIX shell word that stands for `text`, safe to type into a cooked terminal.
 *
 * No line is longer than about 1,000 bytes: pieces are joined by `\` and a line feed, which the
 * shell removes (POSIX XCU §2.2.1). No control character is typed raw, but for line feed and tab
 * in the `printf` style. `text` must not contain NUL.
 */
export function quotePosix(text: string, style: ControlStyle): string {
  if (text.length <= SHORT_CHARS && PLAIN.test(text)) return `'${text}'`;
  const lines: string[] = [];
  let line = "";
  let bytes = 0;
  for (const token of tokens(text, style)) {
    const size = byteLength(token);
    if (bytes > 0 && bytes + size > PIECE_BYTES) {
      lines.push(line);
      line = "";
      bytes = 0;
    }
    // Two quotes in a row are one quote inside the word under zsh's RC_QUOTES.
    line += line.endsWith("'") && token.startsWith("'") ? `""${token}` : token;
    const lineFeed = token.lastIndexOf("\n");
    bytes = lineFeed < 0 ? bytes + size : byteLength(token.slice(lineFeed + 1));
  }
  lines.push(line);
  const word = lines.join("\\\n");
  return word === "" ? "''" : word;
}

/** Joins parts of a command line, with a continuation where a line would become too long. */
export function continued(parts: readonly string[]): string {
  const whole = parts.join("");
  if (!whole.includes("\n") && byteLength(whole) <= LINE_BYTES) return whole;
  let text = "";
  let bytes = 0;
  for (const part of parts) {
    const [first = ""] = part.split("\n", 1);
    const isTooLong = bytes > 0 && bytes + byteLength(first) > LINE_BYTES;
    text += isTooLong ? `\\\n${part}` : part;
    const lineFeed = part.lastIndexOf("\n");
    const last = byteLength(part.slice(lineFeed + 1));
    bytes = lineFeed < 0 && !isTooLong ? bytes + last : last;
  }
  return text;
}

/** A word for `sh` on a command line of its own, such as an exec request: plain single quotes. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One fish word: single quotes, with control characters as escapes between them. */
export function quoteFish(text: string): string {
  // deno-lint-ignore no-control-regex
  const parts = text.match(/[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g) ?? [];
  const word = parts.map((part) =>
    part.length === 1 && (part < " " || part === "\x7f")
      ? `\\x${part.charCodeAt(0).toString(16).padStart(2, "0")}`
      : `'${part.replace(/[\\']/g, "\\$&")}'`
  ).join("");
  return word === "" ? "''" : word;
}

/** Complete quoted stretches, each short enough for one line. */
function* tokens(text: string, style: ControlStyle): Generator<string> {
  const raw = style === "printf" ? "\t\n" : "";
  let plain = "";
  let plainBytes = 0;
  for (const character of text) {
    const isRaw = raw.includes(character);
    if (!isRaw && isControl(character)) {
      if (plain !== "") yield quoteWord(plain);
      plain = "";
      plainBytes = 0;
      yield control(character, style);
      continue;
    }
    plain += character;
    plainBytes = character === "\n" ? 0 : plainBytes + quotedBytes(character);
    if (plainBytes >= PIECE_BYTES / 2) {
      yield quoteWord(plain);
      plain = "";
      plainBytes = 0;
    }
  }
  if (plain !== "") yield quoteWord(plain);
}

/** At most: a quote becomes `'\\''`, UTF-8 has up to four bytes. */
function quotedBytes(character: string): number {
  return character < "\x80" && character !== "'" ? 1 : 4;
}

function isControl(character: string): boolean {
  return character < " " || character === "\x7f";
}

function control(character: string, style: ControlStyle): string {
  const octal = `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
  return style === "ansi-c" ? `$'${octal}'` : `"$(printf '${octal}')"`;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}
