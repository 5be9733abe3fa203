/** Characters of a full chunk, in UTF-16 units. */
const CHUNK_CHARS = 65_536;

const FIRST_BYTES = 1_024;
const GROWTH = 4;
/** Buffers of full chunks that wait to be used again, 8 MiB at most. */
const SPARE_BUFFERS = 128;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const spare: Uint8Array<ArrayBuffer>[] = [];

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

  /** Begins at an offset; only before anything is here. */
  startAt(offset: number): void {
    this.#start = this.#end = offset;
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

/**
 * A piece of text under absolute offsets, at most {@link CHUNK_CHARS} long, that grows at its end.
 *
 * Text is kept as bytes while it is ASCII, which nearly all output is: outside of the collector's
 * heap, in buffers used again. Strings that live as long as a chunk takes to fill all become old,
 * and 100 jobs that print made the heap grow by 300 MB of them.
 */
class TextChunk {
  readonly start: number;
  #length = 0;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #pieces: string[] = [];
  #isAscii = true;

  constructor(start: number) {
    this.start = start;
  }

  /** Offset after the last character. */
  get end(): number {
    return this.start + this.#length;
  }

  /** Takes as much as fits and returns the rest. */
  append(text: string): string {
    const room = CHUNK_CHARS - this.#length;
    const piece = text.length > room ? text.slice(0, room) : text;
    if (!this.#encode(piece)) this.#keepAsString(piece);
    this.#length += piece.length;
    return text.length > room ? text.slice(room) : "";
  }

  /** The characters between two absolute offsets, as far as they are here. */
  slice(from: number, to: number): string {
    const first = Math.max(0, from - this.start);
    const last = Math.min(this.#length, to - this.start);
    if (first >= last) return "";
    if (!this.#isAscii) return this.#text().slice(first, last);
    return decoder.decode(this.#bytes?.subarray(first, last));
  }

  /** Takes back what is behind an absolute offset. */
  cutBack(offset: number): void {
    const length = Math.max(0, offset - this.start);
    if (!this.#isAscii) this.#pieces = [this.#text().slice(0, length)];
    this.#length = length;
  }

  /** Absolute offset of the last line feed before one; −1 when there is none. */
  lineFeedBefore(offset: number): number {
    const from = Math.min(offset - this.start, this.#length) - 1;
    if (from < 0) return -1;
    const found = this.#isAscii
      ? this.#bytes?.lastIndexOf(0x0a, from) ?? -1
      : this.#text().lastIndexOf("\n", from);
    return found < 0 ? -1 : this.start + found;
  }

  /** Gives the buffer back; the chunk must not be used any more. */
  release(): void {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes?.length === CHUNK_CHARS && spare.length < SPARE_BUFFERS) spare.push(bytes);
  }

  /** False, and nothing changed, when the piece is not ASCII or some before it was not. */
  #encode(piece: string): boolean {
    if (!this.#isAscii) return false;
    const bytes = this.#bufferFor(this.#length + piece.length);
    const { read, written } = encoder.encodeInto(piece, bytes.subarray(this.#length));
    return read === piece.length && written === read;
  }

  #bufferFor(length: number): Uint8Array<ArrayBuffer> {
    const old = this.#bytes;
    if (old !== undefined && old.length >= length) return old;
    let size = old?.length ?? FIRST_BYTES;
    while (size < length) size *= GROWTH;
    const bytes = size === CHUNK_CHARS ? spare.pop() ?? new Uint8Array(size) : new Uint8Array(size);
    if (old !== undefined) bytes.set(old.subarray(0, this.#length));
    return this.#bytes = bytes;
  }

  #keepAsString(piece: string): void {
    if (this.#isAscii) {
      this.#pieces = [this.slice(this.start, this.end)];
      this.#isAscii = false;
      this.release();
    }
    this.#pieces.push(piece);
  }

  // Joining makes one flat string: a rope of many small pieces would cost several times its size.
  #text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join("")];
    return this.#pieces[0] ?? "";
  }
}
