const CHUNK_CHARS = 65_536;

interface Chunk {
  readonly start: number;
  readonly text: string;
}

/** Text kept in pieces under absolute offsets: cheap to append to, to trim in front, to cut back. */
export class TextChunks {
  #chunks: Chunk[] = [];
  #open: string[] = [];
  #openStart: number;
  #end: number;
  #start: number;

  /** Empty, with `start` as the offset of the first character to come. */
  constructor(start: number) {
    this.#start = this.#openStart = this.#end = start;
  }

  /** Offset of the first character kept. */
  get start(): number {
    return this.#start;
  }

  /** Offset after the last character. */
  get end(): number {
    return this.#end;
  }

  append(text: string): void {
    if (text === "") return;
    this.#open.push(text);
    this.#end += text.length;
    if (this.#end - this.#openStart >= CHUNK_CHARS) this.#seal();
  }

  /** Gives up everything before `offset`. */
  dropBefore(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    let gone = 0;
    for (const chunk of this.#chunks) {
      if (chunk.start + chunk.text.length > this.#start) break;
      gone++;
    }
    if (gone > 0) this.#chunks.splice(0, gone);
    if (this.#start < this.#end || this.#open.length === 0) return;
    this.#open = [];
    this.#openStart = this.#end;
  }

  /** Takes back everything from `offset` on. */
  cutBack(offset: number): void {
    if (offset >= this.#end) return;
    this.#seal();
    while (this.#chunks.length > 0 && this.#chunks.at(-1)!.start >= offset) this.#chunks.pop();
    const last = this.#chunks.pop();
    if (last) {
      this.#chunks.push({ start: last.start, text: last.text.slice(0, offset - last.start) });
    }
    this.#end = this.#openStart = Math.max(offset, this.#start);
  }

  /** The characters of [from, to) that are kept. */
  slice(from: number, to: number): string {
    const first = Math.max(from, this.#start);
    const last = Math.min(to, this.#end);
    if (first >= last) return "";
    if (last > this.#openStart) this.#seal();
    let text = "";
    for (let index = this.#find(first); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      if (chunk.start >= last) break;
      text += chunk.text.slice(Math.max(0, first - chunk.start), last - chunk.start);
    }
    return text;
  }

  /** Offset after the line feed that stands `lines` whole lines before the end; `start` if none. */
  lineStart(lines: number): number {
    this.#seal();
    let wanted = lines + 1;
    for (let index = this.#chunks.length - 1; index >= 0; index--) {
      const { start, text } = this.#chunks[index]!;
      let at = text.length;
      while ((at = at > 0 ? text.lastIndexOf("\n", at - 1) : -1) >= 0) {
        if (--wanted === 0) return Math.max(this.#start, start + at + 1);
      }
    }
    return this.#start;
  }

  // Joining makes one flat string: a rope of many small pieces would cost several times its size.
  #seal(): void {
    if (this.#open.length === 0) return;
    const text = this.#open.join("");
    const last = this.#chunks.at(-1);
    if (last && last.text.length + text.length <= CHUNK_CHARS) {
      this.#chunks[this.#chunks.length - 1] = { start: last.start, text: last.text + text };
    } else {
      this.#chunks.push({ start: this.#openStart, text });
    }
    this.#open = [];
    this.#openStart = this.#end;
  }

  #find(offset: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
