/** An occurrence: the pattern's index and where it lies, in UTF-16 units. */
export interface Found {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** Units of UTF-16, so that a node and a unit make one key. */
const UNITS = 0x10000;

/**
 * Looks for many strings at once (Aho and Corasick, 1975): the time grows with the text alone,
 * however many strings there are and whatever they have in common.
 */
export class MultiSearch {
  readonly #lengths: readonly number[];
  readonly #next = new Map<number, number>();
  /** Which units of ASCII leave the root: most text has few of them and is passed over quickly. */
  readonly #starts = new Uint8Array(128);
  /** By node: the node of its longest proper suffix, the pattern that ends there, and a shorter one's node. */
  readonly #suffix: number[] = [0];
  readonly #pattern: number[] = [-1];
  readonly #shorter: number[] = [0];
  readonly #depth: number[] = [0];

  /** Empty patterns and doubles are found nowhere. */
  constructor(patterns: readonly string[]) {
    this.#lengths = patterns.map(({ length }) => length);
    patterns.forEach((pattern, index) => this.#add(pattern, index));
    this.#link();
  }

  /**
   * Calls `take` for occurrences in the order of their ends: the longest first and, until that says
   * true, the shorter ones inside of it.
   */
  scan(text: string, take: (found: Found) => boolean): void {
    let node = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (node === 0 && unit < 128 && this.#starts[unit] === 0) continue;
      node = this.#step(node, unit);
      for (let hit = node; hit !== 0; hit = this.#shorter[hit]!) {
        const index = this.#pattern[hit]!;
        if (index < 0) continue;
        if (take({ index, start: at + 1 - this.#lengths[index]!, end: at + 1 })) break;
      }
    }
  }

  /** How many units at the text's end begin a pattern and do not finish it. */
  openEnd(text: string): number {
    let node = 0;
    for (let at = 0; at < text.length; at++) node = this.#step(node, text.charCodeAt(at));
    return this.#pattern[node] === -1 ? this.#depth[node]! : 0;
  }

  #add(pattern: string, index: number): void {
    let node = 0;
    for (let at = 0; at < pattern.length; at++) {
      const unit = pattern.charCodeAt(at);
      if (node === 0 && unit < 128) this.#starts[unit] = 1;
      const key = node * UNITS + unit;
      let child = this.#next.get(key);
      if (child === undefined) {
        child = this.#suffix.push(0) - 1;
        this.#pattern.push(-1);
        this.#shorter.push(0);
        this.#depth.push(at + 1);
        this.#next.set(key, child);
      }
      node = child;
    }
    if (node !== 0 && this.#pattern[node] === -1) this.#pattern[node] = index;
  }

  /** Breadth first: a node's suffix is shorter, so it is linked before. */
  #link(): void {
    const children: (readonly [unit: number, child: number])[][] = [];
    for (const [key, child] of this.#next) {
      (children[Math.floor(key / UNITS)] ??= []).push([key % UNITS, child]);
    }
    const queue = [0];
    for (const node of queue) {
      for (const [unit, child] of children[node] ?? []) {
        const suffix = node === 0 ? 0 : this.#step(this.#suffix[node]!, unit);
        this.#suffix[child] = suffix;
        this.#shorter[child] = this.#pattern[suffix] === -1 ? this.#shorter[suffix]! : suffix;
        queue.push(child);
      }
    }
  }

  #step(from: number, unit: number): number {
    for (let node = from;; node = this.#suffix[node]!) {
      const child = this.#next.get(node * UNITS + unit);
      if (child !== undefined) return child;
      if (node === 0) return 0;
    }
  }
}
