/** A part of a regular expression, as far as its running time depends on it. */
export type Part =
  /** One character, or a place between two; `source` stands for itself. */
  | { readonly kind: "atom"; readonly source: string }
  | { readonly kind: "group"; readonly choices: readonly (readonly Repeated[])[] };

/** A part and how often it may stand. */
export interface Repeated {
  readonly part: Part;
  /** Most repetitions; Infinity for `*`, `+` and `{n,}`. */
  readonly most: number;
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y;
const GROUP_START = /\((?:\?(?::|=|!|<=|<!|<\w+>|[a-z-]+:))?/y;
const ATOM =
  /\\(?:u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|[pP]\{[^}]*\}|k<\w+>|c[A-Za-z]|.)|\[(?:\\.|[^\]\\])*\]|[^]/yu;

/** Takes a valid regular expression (ECMA-262 §22.2.1) apart. */
export function partsOf(source: string): Part {
  const reader = new Reader(source);
  return reader.choices();
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  choices(): Part {
    const choices: Repeated[][] = [[]];
    while (this.#at < this.#source.length && this.#source[this.#at] !== ")") {
      if (this.#source[this.#at] === "|") {
        this.#at++;
        choices.push([]);
      } else choices.at(-1)!.push(this.#repeated());
    }
    return { kind: "group", choices };
  }

  #repeated(): Repeated {
    const part = this.#part();
    const found = this.#take(QUANTIFIER);
    return { part, most: found === null ? 1 : mostOf(found) };
  }

  #part(): Part {
    if (this.#source[this.#at] !== "(") {
      return { kind: "atom", source: this.#take(ATOM)![0] };
    }
    this.#take(GROUP_START);
    const group = this.choices();
    this.#at++;
    return group;
  }

  #take(shape: RegExp): RegExpExecArray | null {
    shape.lastIndex = this.#at;
    const found = shape.exec(this.#source);
    if (found !== null) this.#at += found[0].length;
    return found;
  }
}

function mostOf(quantifier: RegExpExecArray): number {
  const [text, least, range, most] = quantifier;
  if (text.startsWith("?")) return 1;
  if (least === undefined) return Number.POSITIVE_INFINITY;
  if (range === undefined) return Number(least);
  return most === "" ? Number.POSITIVE_INFINITY : Number(most);
}
