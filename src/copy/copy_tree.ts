import { createHash } from "node:crypto";
import { posix } from "node:path";
import { abortable } from "../clock.ts";
import { FileError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import { directoryOf, inDirectory, nameOf, shownPath } from "../sftp/remote_path.ts";
import {
  type CopyDestination,
  type CopySource,
  type OpenDestination,
  type OpenSource,
  SHORT_BYTES,
  type SourceFacts,
} from "./copy_ends.ts";

/** A file that was copied. */
export interface CopiedFile {
  /** At the destination. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the bytes as they were read at the source. */
  readonly sha256: string;
}

/** The files copied so far; it grows while the copy runs. */
export interface CopyReport {
  readonly files: CopiedFile[];
  directories: number;
  links: number;
  /** Bytes that were read, also of files that are under way. */
  bytes: number;
  /** Size of the one file that is copied; undefined for a directory. */
  totalBytes: number | undefined;
  /** Differences from the plain case, such as files that changed meanwhile. */
  readonly notes: string[];
}

/** One copy. */
export interface CopyRequest {
  readonly source: CopySource;
  readonly destination: CopyDestination;
  readonly from: string;
  readonly to: string;
  readonly recursive: boolean;
  /** Whether both paths are of one host and one user. */
  readonly isWithinHost: boolean;
  readonly signal: AbortSignal;
  readonly report: CopyReport;
}

/** A file of this size takes as much room as four short ones. */
const LONG_BYTES = 256 * 1024;
const LONG_FILES = 4;
const NOTES = 20;

/** An empty report. */
export function newReport(): CopyReport {
  return { files: [], directories: 0, links: 0, bytes: 0, totalBytes: undefined, notes: [] };
}

/**
 * Copies a file, or a directory with all that is in it, as `scp -p` does: into `to` if that is a
 * directory, else as `to`. Symbolic links in a directory stay links; one that is named is followed.
 *
 * Each file is written aside and renamed, so that no half file ever has its name.
 *
 * @throws {FileError} At the first file that cannot be copied; those before it stay.
 */
export async function copyTree(request: CopyRequest): Promise<void> {
  const { source, destination, from, recursive, report } = request;
  const facts = await source.stat(from);
  const to = await targetPath(request);
  if (facts.kind === "directory") {
    if (!recursive) {
      throw new FileError(
        `Cannot copy ${shownPath(from)}: it is a directory`,
        "Pass recursive=true, or name a file in it",
        "EISDIR",
      );
    }
    if (request.isWithinHost && isBelow(to, from)) throw intoItself(from, to);
    return await copyDirectory(request, to, facts);
  }
  if (facts.kind !== "file" && facts.kind !== "unknown") throw kindError("read", from, facts.kind);
  report.totalBytes = facts.sizeBytes;
  await destination.kindOf(directoryOf(to));
  await copyFile(request, from, to);
}

/** Into a directory that is there, under the source's name. */
async function targetPath({ destination, from, to }: CopyRequest): Promise<string> {
  const name = nameOf(from);
  const isNamed = !["", ".", ".."].includes(name);
  const kind = await destination.kindOf(to);
  if (kind === "directory") return isNamed ? inDirectory(to.replace(/\/$/, "") || "/", name) : to;
  if (kind === undefined && to.endsWith("/")) {
    throw new FileError(
      `Cannot write ${shownPath(to)}: no such directory`,
      "Make it with execute_command, or leave out the slash at its end",
      "ENOENT",
    );
  }
  return to;
}

/** Whether `path` is the directory or lies in it, as far as the paths show it. */
function isBelow(path: string, directory: string): boolean {
  const way = posix.relative(posix.normalize(directory), posix.normalize(path));
  return way !== ".." && !way.startsWith("../");
}

function intoItself(from: string, to: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(from)} into itself as ${shownPath(to)}`,
    "Name a destination outside of it",
    "EINVAL",
  );
}

interface Directory {
  readonly path: string;
  readonly facts: SourceFacts;
}

interface Link {
  readonly path: string;
  /** Where it leads to, as readlink(2) has it. */
  readonly text: string;
}

async function copyDirectory(
  request: CopyRequest,
  target: string,
  facts: SourceFacts,
): Promise<void> {
  const made: Directory[] = [];
  const links: Link[] = [];
  const slots = new Slots(
    Math.min(request.source.pace.files, request.destination.pace.files),
  );
  const stop = new AbortController();
  const inner = { ...request, signal: AbortSignal.any([request.signal, stop.signal]) };
  try {
    await walk(inner, { from: request.from, to: target, facts, made, links, slots });
  } catch (error) {
    stop.abort(error);
    await slots.settled();
    throw slots.failure ?? error;
  }
  await slots.settled();
  if (slots.failure !== undefined) throw slots.failure;
  // Behind all files: through a link that the source listed first, its next name could lead out.
  for (const { path, text } of links) {
    request.signal.throwIfAborted();
    await request.destination.symlink(path, text);
    request.report.links++;
  }
  // Deepest first: setting one's times changes none of those above, and a mode may shut it.
  for (const { path, facts } of made.reverse()) {
    await request.destination.finishDirectory(path, facts);
  }
}

interface Walk {
  readonly from: string;
  readonly to: string;
  readonly facts: SourceFacts;
  readonly made: Directory[];
  readonly links: Link[];
  readonly slots: Slots;
}

async function walk(request: CopyRequest, place: Walk): Promise<void> {
  const { from, to, facts, made, links, slots } = place;
  const { source, destination, report } = request;
  await destination.makeDirectory(to);
  made.push({ path: to, facts });
  report.directories++;
  for await (const entry of source.list(from)) {
    request.signal.throwIfAborted();
    if (slots.failure !== undefined) throw slots.failure;
    if (!isOneName(entry.name)) throw noName(from, entry.name);
    const [inner, target] = [inDirectory(from, entry.name), inDirectory(to, entry.name)];
    const { kind } = entry.facts;
    if (kind === "directory") {
      await walk(request, { ...place, from: inner, to: target, facts: entry.facts });
    } else if (kind === "symlink") {
      links.push({ path: target, text: await source.readlink(inner) });
    } else if (kind === "file" || kind === "unknown") {
      const room = entry.facts.sizeBytes < LONG_BYTES ? 1 : LONG_FILES;
      await slots.run(room, () => copyFile(request, inner, target));
    } else {
      note(report, `${shownPath(inner)} is a ${kind} and was left out`);
    }
  }
}

/** Whether a name stays in its directory: that is its host's word, which may be a lie. */
function isOneName(name: string): boolean {
  return !["", ".", ".."].includes(name) && !/[/\0]/.test(name);
}

function noName(directory: string, name: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(directory)}: its host lists ${shownPath(name)} in it`,
    "That is no file name: do not trust this host",
    "EBADMSG",
  );
}

function note(report: CopyReport, text: string): void {
  if (report.notes.length < NOTES) report.notes.push(text);
  else if (report.notes.length === NOTES) report.notes.push("more notes are left out");
}

async function copyFile(request: CopyRequest, from: string, to: string): Promise<void> {
  const { source, destination, report, signal } = request;
  await using reading = await abortable(source.open(from), signal);
  const before = await reading.facts();
  const writing = await destination.open(to);
  try {
    const { sizeBytes, sha256 } = await pump(request, reading, { writing, before });
    const after = await reading.facts();
    if (sizeBytes < before.sizeBytes || after.sizeBytes < before.sizeBytes) throw shrank(from);
    if (after.sizeBytes !== before.sizeBytes || after.modifyTime !== before.modifyTime) {
      note(report, `${shownPath(from)} changed while it was copied`);
    }
    signal.throwIfAborted();
    for (const text of await writing.commit(before, sizeBytes)) note(report, text);
    report.files.push({ path: to, sizeBytes, sha256 });
  } catch (error) {
    await writing.discard();
    throw error;
  }
}

function shrank(path: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(path)}: it became shorter while it was copied`,
    "Copy it again when nothing changes it; the destination is as it was",
    "ESTALE",
  );
}

interface Pumped {
  readonly writing: OpenDestination;
  readonly before: SourceFacts;
}

/**
 * Several chunks are read ahead and several written behind; they are hashed in their order. Their
 * buffers are used again, so that memory does not grow with the file.
 */
async function pump(
  { source, destination, signal, report }: CopyRequest,
  reading: OpenSource,
  { writing, before }: Pumped,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const chunkBytes = Math.max(source.pace.chunkBytes, destination.pace.chunkBytes);
  const depth = Math.min(source.pace.depth, destination.pace.depth);
  const hash = createHash("sha256");
  const buffers = new Buffers();
  const reads: Read[] = [];
  const writes: Promise<void>[] = [];
  let asked = 0;
  let sizeBytes = 0;
  // Files of procfs say size 0 whatever they hold.
  const isSized = before.sizeBytes > 0;
  const wantedAt = (offset: number): number =>
    isSized ? Math.min(chunkBytes, before.sizeBytes - offset) : chunkBytes;
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
    if (writes.length >= depth) await abortable(writes.shift()!, signal);
    const writingIt = data.length > 0 ? writing.write(sizeBytes, data) : Promise.resolve();
    writes.push(quiet(writingIt.then(() => buffers.giveBack(next.buffer))));
    sizeBytes += data.length;
    report.bytes += data.length;
    if (isLast) break;
  }
  // A short one is answered together with what goes out behind it.
  if (sizeBytes > SHORT_BYTES) { for (const write of writes) await abortable(write, signal); }
  return { sizeBytes, sha256: hash.digest("hex") };
}

interface Read {
  readonly buffer: Uint8Array;
  readonly data: Promise<Uint8Array>;
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

/** Bounds how much runs at once; the first failure is kept. */
class Slots {
  failure: unknown;
  readonly #running = new Set<Promise<void>>();
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when there is room for the next. */
  async run(room: number, work: () => Promise<void>): Promise<void> {
    this.#taken += room;
    const running = work().catch((error) => {
      this.failure ??= error;
    }).finally(() => {
      this.#taken -= room;
      this.#running.delete(running);
    });
    this.#running.add(running);
    while (this.#taken >= this.#limit) await Promise.race(this.#running);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
