const CHUNK_CHARS = 65_536;
const SPARE_BUFFERS = 4;

/** A sealed chunk: bytes where the text is ASCII, which nearly all output is. */
interface Chunk {
  readonly start: number;
  readonly length: number;
  readonly content: Uint8Array<ArrayBuffer> | string;
}

/**
 * Text kept in pieces under absolute offsets: cheap to append to, to trim in front, to cut back.
 *
 * Chunks of ASCII lie outside of the collector's heap, in buffers used again and again: strings
 * that live for 9 MiB of output all become old, and a stream of 100 MB cost 60 MB more.
 */
export class TextChunks {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #chunks: Chunk[] = [];
  /** What follows the chunks, in pieces. */
  #open: string[] = [];
  #openStart = 0;
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
    if (text === "") return;
    this.#open.push(text);
    this.#end += text.length;
    if (this.#end - this.#openStart >= CHUNK_CHARS) this.#seal();
  }

  /** Gives up everything before `offset`. */
  dropBefore(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    const kept = this.#chunks.findIndex(({ start, length }) => start + length > this.#start);
    const gone = this.#chunks.splice(0, kept < 0 ? this.#chunks.length : kept);
    for (const chunk of gone) this.#recycle(chunk);
    if (this.#start < this.#end || this.#open.length === 0) return;
    this.#open = [];
    this.#openStart = this.#end;
  }

  /** Takes back everything from `offset` on. */
  cutBack(offset: number): void {
    const end = Math.max(offset, this.#start);
    if (end >= this.#end) return;
    while (this.#openStart > end) this.#reopenLast();
    this.#open = [this.#openText().slice(0, end - this.#openStart)];
    this.#end = end;
  }

  /** The characters of [from, to) that are kept. */
  slice(from: number, to: number): string {
    const first = Math.max(from, this.#start);
    const last = Math.min(to, this.#end);
    if (first >= last) return "";
    let text = "";
    for (let index = this.#find(first); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      if (chunk.start >= last) break;
      text += this.#read(chunk, first - chunk.start, last - chunk.start);
    }
    if (last <= this.#openStart) return text;
    return text +
      this.#openText().slice(Math.max(0, first - this.#openStart), last - this.#openStart);
  }

  /** Where the last `lines` lines begin, each of them ended by a line feed; `start` at most. */
  lineStart(lines: number): number {
    let wanted = lines + 1;
    let start = this.#openStart;
    let text = this.#openText();
    for (let index = this.#chunks.length;; index--) {
      for (
        let at = text.lastIndexOf("\n");
        at >= 0;
        at = at > 0 ? text.lastIndexOf("\n", at - 1) : -1
      ) {
        if (--wanted === 0) return Math.max(this.#start, start + at + 1);
      }
      if (index === 0) return this.#start;
      const chunk = this.#chunks[index - 1]!;
      start = chunk.start;
      text = this.#read(chunk, 0, chunk.length);
    }
  }

  /** Makes whole chunks of what is open; the rest stays open. */
  #seal(): void {
    const text = this.#openText();
    let done = 0;
    for (; text.length - done >= CHUNK_CHARS; done += CHUNK_CHARS) {
      const content = this.#pack(text.slice(done, done + CHUNK_CHARS));
      this.#chunks.push({ start: this.#openStart + done, length: CHUNK_CHARS, content });
    }
    this.#open = done < text.length ? [text.slice(done)] : [];
    this.#openStart += done;
  }

  #pack(text: string): Uint8Array<ArrayBuffer> | string {
    const buffer = this.#spare.pop() ?? new Uint8Array(CHUNK_CHARS);
    // As many bytes as characters fit: all are read only where each of them is one byte.
    const { read } = this.#encoder.encodeInto(text, buffer);
    if (read === text.length) return buffer;
    this.#spare.push(buffer);
    return text;
  }

  #read({ content }: Chunk, from: number, to: number): string {
    const first = Math.max(0, from);
    return typeof content === "string"
      ? content.slice(first, to)
      : this.#decoder.decode(content.subarray(first, to));
  }

  #reopenLast(): void {
    const chunk = this.#chunks.pop()!;
    this.#open = [this.#read(chunk, 0, chunk.length)];
    this.#openStart = chunk.start;
    this.#recycle(chunk);
  }

  #recycle({ content }: Chunk): void {
    if (typeof content !== "string" && this.#spare.length < SPARE_BUFFERS) {
      this.#spare.push(content);
    }
  }

  // Joining makes one flat string: a rope of many small pieces would cost several times its size.
  #openText(): string {
    if (this.#open.length > 1) this.#open = [this.#open.join("")];
    return this.#open[0] ?? "";
  }

  /** Index of the chunk that `offset` lies in; of none when all end before it. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { start, length } = this.#chunks[middle]!;
      if (start + length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
