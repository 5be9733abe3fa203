import { posix } from "node:path";
import { abortable } from "../clock.ts";
import { FileError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import { asideName } from "../sftp/file_range.ts";
import { directoryOf, inDirectory, nameOf, shownPath } from "../sftp/remote_path.ts";
import { type CopyDestination, type CopySource, type SourceFacts } from "./copy_ends.ts";
import type { CopiedFile, CopyCheck } from "./copy_check.ts";
import { pump } from "./pump.ts";

/** The copy so far. */
export interface CopyReport {
  files: number;
  /** The file copied last. */
  last: CopiedFile | undefined;
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
  /** Reads the copied files anew. */
  readonly check: CopyCheck;
}

/** A file of this size takes as much room as four short ones. */
const LONG_BYTES = 256 * 1024;
const LONG_FILES = 4;
const NOTES = 20;
/** Of the names of directories and links, which are kept until the end: a host may list without end. */
const KEPT_CHARS = 64 * 1024 ** 2;
/** An entry takes some room, however short its name is. */
const ENTRY_CHARS = 100;

/** An empty report. */
export function newReport(): CopyReport {
  return {
    files: 0,
    last: undefined,
    directories: 0,
    links: 0,
    bytes: 0,
    totalBytes: undefined,
    notes: [],
  };
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
  await request.check.finish();
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
  const mark = asideName();
  const inner = { ...request, signal: AbortSignal.any([request.signal, stop.signal]) };
  try {
    const room = { chars: KEPT_CHARS };
    await walk(inner, { from: request.from, to: target, facts, made, links, slots, mark, room });
  } catch (error) {
    stop.abort(error);
    await slots.settled();
    throw slots.failure ?? error;
  } finally {
    if (made.length > 0) await removeMark(request, inDirectory(target, mark));
  }
  await slots.settled();
  if (slots.failure !== undefined) throw slots.failure;
  await request.check.finish();
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
  /** Name of a directory in the copy: a source that lists it is the destination itself. */
  readonly mark: string;
  /** Left for the names of directories and links. */
  readonly room: { chars: number };
}

function removeMark({ destination }: CopyRequest, path: string): Promise<void> {
  return destination.removeDirectory(path).catch(() => {});
}

async function walk(request: CopyRequest, place: Walk): Promise<void> {
  const { from, to, facts, made, links, slots } = place;
  const { source, destination, report } = request;
  await destination.makeDirectory(to);
  made.push({ path: to, facts });
  if (made.length === 1) await destination.makeDirectory(inDirectory(to, place.mark));
  report.directories++;
  const below: { readonly name: string; readonly facts: SourceFacts }[] = [];
  for await (const entry of source.list(from)) {
    request.signal.throwIfAborted();
    if (slots.failure !== undefined) throw slots.failure;
    if (entry.name === place.mark) throw intoItself(request.from, request.to);
    if (!isOneName(entry.name)) throw noName(from, entry.name);
    const [inner, target] = [inDirectory(from, entry.name), inDirectory(to, entry.name)];
    const { kind } = entry.facts;
    if (kind === "directory") {
      keep(place, target);
      below.push(entry);
    } else if (kind === "symlink") {
      const text = await source.readlink(inner);
      keep(place, target + text);
      links.push({ path: target, text });
    } else if (kind === "file" || kind === "unknown") {
      const room = entry.facts.sizeBytes < LONG_BYTES ? 1 : LONG_FILES;
      await slots.run(room, () => copyFile(request, inner, target));
    } else {
      note(report, `${shownPath(inner)} is a ${kind} and was left out`);
    }
  }
  // Behind all names: the mark may be the last of them, and what the copy has made goes deeper for ever.
  for (const { name, facts } of below) {
    const [inner, target] = [inDirectory(from, name), inDirectory(to, name)];
    await walk(request, { ...place, from: inner, to: target, facts });
  }
}

/** @throws {FileError} Where no more names can be kept. */
function keep({ from, room }: Walk, text: string): void {
  room.chars -= text.length + ENTRY_CHARS;
  if (room.chars >= 0) return;
  throw new FileError(
    `Cannot copy ${shownPath(from)}: there are more directories and links than one copy can keep`,
    "Copy its subdirectories one by one, or pack it into one file first",
    "EFBIG",
  );
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
  const { source, destination, report, signal, check } = request;
  await using reading = await abortable(source.open(from), signal);
  const before = await reading.facts();
  const writing = await destination.open(to);
  const beside = check.beside(writing.aside, before.sizeBytes);
  try {
    const { sizeBytes, sha256 } = await pump({
      reading,
      writing,
      sizeBytes: before.sizeBytes,
      paces: { source: source.pace, destination: destination.pace },
      signal,
      onRead: (bytes) => report.bytes += bytes,
      onWritten: (bytes) => beside?.advance(bytes),
    });
    const after = await reading.facts();
    if (sizeBytes < before.sizeBytes || after.sizeBytes < before.sizeBytes) throw shrank(from);
    if (after.sizeBytes !== before.sizeBytes || after.modifyTime !== before.modifyTime) {
      note(report, `${shownPath(from)} changed while it was copied`);
    }
    signal.throwIfAborted();
    for (const text of await writing.commit(before, sizeBytes)) note(report, text);
    const file = { path: to, sizeBytes, sha256 };
    await check.add(file, beside);
    report.files++;
    report.last = file;
  } catch (error) {
    beside?.stop();
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
