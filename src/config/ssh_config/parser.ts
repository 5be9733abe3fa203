import { ConfigError } from "../../errors.ts";
import { lookUpKeyword } from "./keywords.ts";
import { lowerCase } from "./pattern.ts";
import { splitArguments, takeWord } from "./words.ts";

// npm:ssh-config 5.3 keeps the quotes of `User 'deploy'`, reads `User x#y` as x where ssh reads
// x#y, and reports an open quote as "Unexpected line break" without its line, so it can neither
// agree with ssh nor name the line that ssh rejects. Hence a reader of our own.

/** Keywords that are no settings. */
const BLOCKS = ["host", "match", "include"];

/** One directive of ssh_config(5) before its keyword is understood. */
export interface Directive {
  /** In lower case. */
  readonly keyword: string;
  /** Everything behind the keyword, quotes included. */
  readonly text: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Reads one line; undefined for a comment or an empty one.
 *
 * @throws {ConfigError} For a keyword without arguments.
 */
export function readDirective(
  raw: string,
  place: { readonly file: string; readonly line: number },
): Directive | undefined {
  const line = withoutTrailingSpace(raw.includes("\0") ? raw.slice(0, raw.indexOf("\0")) : raw);
  const first = takeWord(line);
  const { word, rest } = first.word === "" ? takeWord(first.rest) : first;
  if (word === undefined || word === "" || word.startsWith("#")) return undefined;
  const directive = { keyword: lowerCase(word), text: rest ?? "", ...place };
  if (directive.text === "") throw faultAt(directive, "it has no argument");
  return directive;
}

function withoutTrailingSpace(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n\f".includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/**
 * The arguments of a directive.
 *
 * @throws {ConfigError} Where a quote stays open.
 */
export function argumentsOf(directive: Directive): readonly string[] {
  const words = splitArguments(directive.text);
  if (words === undefined) throw faultAt(directive, "a quote is not closed");
  return words;
}

/**
 * A fault in the configuration, named as "file:line: keyword: what".
 *
 * Of the line's own words only a keyword of ssh_config is quoted: Include may lead to any file, and
 * `what` must hold none of them either.
 */
export function faultAt(directive: Directive, what: string): ConfigError {
  const { keyword } = directive;
  const isKnown = BLOCKS.includes(keyword) || lookUpKeyword(keyword) !== undefined;
  return new ConfigError(
    `${placeOf(directive)}: ${isKnown ? `${keyword}: ` : ""}${what}`,
    "Correct the line; ssh refuses it too",
  );
}

/** Where a directive stands, as "file:line". */
export function placeOf(directive: Directive): string {
  return `${directive.file}:${directive.line}`;
}
