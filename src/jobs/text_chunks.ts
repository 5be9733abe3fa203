import { TextChunk } from "./text_chunk.ts";

/** Text kept in pieces under absolute offsets: cheap to append to, to trim in front, to cut back. */
export class TextChunks {
  /** All but the last are full. */
  #chunks: TextChunk[] = [];
  #start = 0;
  #end = 0;

  /** Offset of the first character kept. */
  get start(): number {
    return this.#start;
  }

  /** Offset after the last character. */
  get end(): number {
    return this.#end;
  }

  append(text: string): void {
    let rest = text;
    while (rest !== "") {
      rest = (this.#chunks.at(-1) ?? this.#begin()).append(rest);
      if (rest !== "") this.#begin(this.#end + text.length - rest.length);
    }
    this.#end += text.length;
  }

  /** Gives up everything before `offset`. */
  dropBefore(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    const gone = this.#chunks.splice(0, this.#find(this.#start));
    for (const chunk of gone) chunk.release();
  }

  /** Takes back everything from `offset` on. */
  cutBack(offset: number): void {
    this.#end = Math.min(this.#end, Math.max(offset, this.#start));
    for (let last = this.#chunks.at(-1); last !== undefined; last = this.#chunks.at(-1)) {
      if (last.start <= this.#end) return last.cutBack(this.#end);
      this.#chunks.pop();
      last.release();
    }
  }

  /** The characters of [from, to) that are kept. */
  slice(from: number, to: number): string {
    const first = Math.max(from, this.#start);
    const last = Math.min(to, this.#end);
    let text = "";
    for (let index = this.#find(first); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      if (chunk.start >= last) break;
      text += chunk.slice(first, last);
    }
    return text;
  }

  /** Where the last `lines` lines begin, each of them ended by a line feed; `start` at most. */
  lineStart(lines: number): number {
    let wanted = lines + 1;
    let before = this.#end;
    for (let index = this.#chunks.length - 1; index >= 0;) {
      const found = this.#chunks[index]!.lineFeedBefore(before);
      if (found < 0) {
        index--;
        continue;
      }
      if (--wanted === 0) return Math.max(this.#start, found + 1);
      before = found;
    }
    return this.#start;
  }

  #begin(start: number = this.#end): TextChunk {
    const chunk = new TextChunk(start);
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Index of the chunk that `offset` lies in; of none when all end before it. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#chunks[middle]!.end <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
