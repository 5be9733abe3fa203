import { RE2JS } from "re2js";

/** Longest line that is looked at; a longer one is neither prompt, pager nor question. */
export const PATTERN_LINE_LIMIT = 512;

/** Lines whose answer is kept, by each pattern. */
const LINES_KNOWN = 16;

/** Longest a pattern may be. */
const PATTERN_LENGTH_LIMIT = 1000;

/** In front of a pattern that is blind to case. */
const BLIND = "(?i)";

/** Where a pattern was found. */
export interface PatternMatch {
  readonly index: number;
  /** Named groups that took part. */
  readonly groups: Readonly<Record<string, string | undefined>>;
}

/**
 * A regular expression in RE2's syntax, which matches in time linear to the line.
 *
 * It has no look-around and no back references. `(?i)` in front makes it blind to case. A "line"
 * pattern matches the whole line, an "end" pattern its end, a "text" pattern any part of it.
 * Compiled at its first use.
 */
export class LinePattern {
  readonly source: string;
  readonly #scope: "line" | "end" | "text";
  #compiled: RE2JS | undefined;
  /** A line is looked at with each piece of output while it is among the last ones. */
  readonly #known = new Map<string, boolean>();

  constructor(source: string, scope: "line" | "end" | "text") {
    this.source = source;
    this.#scope = scope;
  }

  /** Whether the line matches; one of more than {@link PATTERN_LINE_LIMIT} characters never does. */
  test(line: string): boolean {
    if (line.length > PATTERN_LINE_LIMIT) return false;
    const known = this.#known.get(line);
    if (known !== undefined) return known;
    const found = this.#pattern.test(line);
    if (this.#known.size >= LINES_KNOWN) this.#known.clear();
    this.#known.set(line, found);
    return found;
  }

  /** Where the line matches, and its named groups. */
  exec(line: string): PatternMatch | undefined {
    // The test alone runs on a cached automaton and is the answer for almost every line.
    if (!this.test(line)) return undefined;
    const matcher = this.#pattern.matcher(line);
    if (!matcher.find()) return undefined;
    const groups = Object.entries(matcher.getNamedGroups());
    return {
      index: matcher.start(),
      groups: Object.fromEntries(groups.map(([name, text]) => [name, text ?? undefined])),
    };
  }

  /** A pattern that matches where at least one of these does, in a single pass over the line. */
  static anyOf(patterns: readonly LinePattern[]): LinePattern {
    const sources = patterns.map((pattern) => {
      const source = scoped(pattern.source, pattern.#scope);
      return source.startsWith(BLIND) ? `(?i:${source.slice(BLIND.length)})` : `(?:${source})`;
    });
    return new LinePattern(sources.join("|"), "text");
  }

  get #pattern(): RE2JS {
    return this.#compiled ??= RE2JS.compile(scoped(this.source, this.#scope));
  }
}

/** Why a pattern cannot be used, or undefined when it can. */
export function findPatternFault(source: string): string | undefined {
  if (source.length > PATTERN_LENGTH_LIMIT) {
    return `is longer than ${PATTERN_LENGTH_LIMIT} characters`;
  }
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    const fault = (error as Error).message.replace(/^error parsing regexp: /, "");
    return `is not a regular expression of RE2's syntax: ${fault}`;
  }
}

function scoped(source: string, scope: "line" | "end" | "text"): string {
  const flag = source.startsWith(BLIND) ? BLIND : "";
  const body = source.slice(flag.length);
  if (scope === "line") return `${flag}^(?:${body})$`;
  return scope === "end" ? `${flag}(?:${body})$` : source;
}
