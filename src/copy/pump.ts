import { createHash } from "node:crypto";
import { abortable, afterOthers } from "../clock.ts";
import { type OpenDestination, type OpenSource, type Pace, SHORT_BYTES } from "./copy_ends.ts";

/** The content of one file on its way. */
export interface Pumping {
  readonly reading: OpenSource;
  readonly writing: OpenDestination;
  /** Size of the source when it was opened. */
  readonly sizeBytes: number;
  readonly paces: { readonly source: Pace; readonly destination: Pace };
  readonly signal: AbortSignal;
  /** Called with the bytes of each piece that was read. */
  readonly onRead: (bytes: number) => void;
  /** Called with the bytes, from the first on, whose writes are answered. */
  readonly onWritten: (bytes: number) => void;
}

/** The content as it was read. */
export interface Pumped {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Several chunks are read ahead and several written behind; they are hashed in their order. Their
 * buffers are used again, so that memory does not grow with the file. The write of a short file may
 * still be under way at the end.
 */
export async function pump(pumping: Pumping): Promise<Pumped> {
  const { reading, writing, signal, onRead } = pumping;
  const { source, destination } = pumping.paces;
  const chunkBytes = Math.max(source.chunkBytes, destination.chunkBytes);
  const depth = Math.min(source.depth, destination.depth);
  const hash = createHash("sha256");
  const buffers = new Buffers();
  const reads: Read[] = [];
  const writes = new Writes(pumping);
  let asked = 0;
  let sizeBytes = 0;
  // Files of procfs say size 0 whatever they hold.
  const isSized = pumping.sizeBytes > 0;
  const wantedAt = (offset: number): number =>
    isSized ? Math.min(chunkBytes, pumping.sizeBytes - offset) : chunkBytes;
  while (true) {
    while (reads.length < (isSized ? depth : 1) && wantedAt(asked) > 0) {
      const buffer = buffers.take(wantedAt(asked));
      reads.push({ buffer, data: quiet(reading.read(asked, buffer)) });
      asked += buffer.length;
    }
    const next = reads.shift();
    if (next === undefined) break;
    const data = await abortable(next.data, signal);
    const isLast = data.length < wantedAt(sizeBytes);
    hash.update(data);
    await writes.settle(depth - 1);
    const writingIt = data.length > 0 ? writing.write(sizeBytes, data) : Promise.resolve();
    sizeBytes += data.length;
    writes.add(writingIt.then(() => buffers.giveBack(next.buffer)), sizeBytes);
    onRead(data.length);
    if (isLast || wantedAt(sizeBytes) <= 0) break;
    // Several answers come at once; a chunk takes 2 ms, and others' commands wait for the turn's end.
    await new Promise<void>(afterOthers);
  }
  if (sizeBytes > SHORT_BYTES) await writes.settle(0);
  return { sizeBytes, sha256: hash.digest("hex") };
}

interface Read {
  readonly buffer: Uint8Array;
  readonly data: Promise<Uint8Array>;
}

/** Writes under way, in their order. */
class Writes {
  readonly #underWay: { readonly done: Promise<void>; readonly end: number }[] = [];
  readonly #pumping: Pumping;

  constructor(pumping: Pumping) {
    this.#pumping = pumping;
  }

  /** `end`: the offset behind it. */
  add(done: Promise<void>, end: number): void {
    this.#underWay.push({ done: quiet(done), end });
  }

  /** Waits until at most so many are under way. */
  async settle(most: number): Promise<void> {
    while (this.#underWay.length > most) {
      const { done, end } = this.#underWay.shift()!;
      await abortable(done, this.#pumping.signal);
      this.#pumping.onWritten(end);
    }
  }
}

/** Buffers of one size, or shorter where the last chunk is. */
class Buffers {
  readonly #free: Uint8Array[] = [];

  take(lengthBytes: number): Uint8Array {
    const free = this.#free.pop();
    return free?.length === lengthBytes ? free : new Uint8Array(lengthBytes);
  }

  giveBack(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }
}

/** A promise that may be given up: its failure is then nobody's. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
