import { createHash, type Hash } from "node:crypto";
import { type Clock, within } from "../clock.ts";
import { FileError, SshError } from "../errors.ts";
import { kindError } from "../sftp/file_errors.ts";
import { shownPath } from "../sftp/remote_path.ts";
import type { CommandEvent } from "../shell/shell.ts";
import type { CopySource, OpenSource, SourceFacts } from "./copy_ends.ts";
import type { DownloadDoor } from "./download_door.ts";

const PROGRESS_MS = 1_000;

/** A file of a host that is fetched from this machine. */
export interface Download {
  readonly door: DownloadDoor;
  readonly source: CopySource;
  readonly path: string;
  /** How to fetch it, as a line to be shown. */
  readonly advise: (url: string) => string;
  readonly clock: Clock;
  /** Aborts with the name of a signal as its reason. */
  readonly signal: AbortSignal;
  /** Called once the file is on offer and the line has been taken. */
  readonly onOffered: () => void;
}

interface Sent {
  bytes: number;
  readonly hash: Hash;
}

/** The download as the events of a command: first how to fetch it, then what came of it. */
export async function* downloadEvents(download: Download): AsyncGenerator<CommandEvent> {
  const { source, path, signal } = download;
  yield { kind: "started" };
  await using _source = source;
  try {
    const named = await source.stat(path);
    if (named.kind === "directory") throw isDirectory(path);
    if (named.kind !== "file" && named.kind !== "unknown") {
      throw kindError("read", path, named.kind);
    }
    await using file = await source.open(path);
    yield* offered(download, file, await file.facts());
  } catch (error) {
    if (!signal.aborted && !(error instanceof SshError)) throw error;
    const text = signal.aborted ? "interrupted; the file is no longer on offer" : errorText(error);
    yield { kind: "output", text: `${text}\n`, line: "" };
    const exit = signal.aborted
      ? { exitStatus: 130, exitSignal: String(signal.reason) }
      : { exitStatus: 1, exitSignal: null, note: (error as SshError).advice };
    yield { kind: "exited", exit };
  }
}

async function* offered(
  { door, source, path, advise, clock, signal, onOffered }: Download,
  file: OpenSource,
  facts: SourceFacts,
): AsyncGenerator<CommandEvent> {
  if (facts.sizeBytes === 0 && (await file.read(0, new Uint8Array(1))).length > 0) {
    throw withoutSize(path);
  }
  const sent: Sent = { bytes: 0, hash: createHash("sha256") };
  const content = (): AsyncIterable<Uint8Array> =>
    contentOf(file, { facts, pace: source.pace, path, sent });
  const { url, fetched } = await door.offer({ sizeBytes: facts.sizeBytes, content }, signal);
  const intro = `${advise(url)}\n${facts.sizeBytes} bytes, once, within 2 minutes\n`;
  yield { kind: "output", text: intro, line: "" };
  onOffered();
  let outcome: boolean | undefined;
  while (outcome === undefined) {
    outcome = await within(
      clock,
      PROGRESS_MS,
      fetched.catch((error) => {
        throw error instanceof SshError || signal.aborted ? error : cutOff(path);
      }),
    );
    if (outcome === undefined) yield { kind: "output", text: "", line: `${sent.bytes} bytes sent` };
  }
  if (!outcome) throw expired(path);
  // Nobody asks the content for more than was promised, so this is not looked at there.
  const after = await file.facts();
  if (after.modifyTime !== facts.modifyTime || after.sizeBytes !== facts.sizeBytes) {
    throw changed(path);
  }
  const result =
    `sent ${sent.bytes} bytes\nsha256 ${sent.hash.digest("hex")} of ${shownPath(path)} as it was ` +
    "sent; compare it with sha256sum of the local file\n";
  yield { kind: "output", text: result, line: "" };
  yield { kind: "exited", exit: { exitStatus: 0, exitSignal: null } };
}

interface ContentOptions {
  readonly facts: SourceFacts;
  readonly pace: CopySource["pace"];
  readonly path: string;
  readonly sent: Sent;
}

/** As many bytes as were promised; several chunks are read ahead. */
async function* contentOf(
  file: OpenSource,
  { facts, pace, path, sent }: ContentOptions,
): AsyncGenerator<Uint8Array> {
  const reads: Promise<Uint8Array>[] = [];
  let asked = 0;
  while (sent.bytes < facts.sizeBytes) {
    while (reads.length < pace.depth && asked < facts.sizeBytes) {
      const length = Math.min(pace.chunkBytes, facts.sizeBytes - asked);
      const read = file.read(asked, new Uint8Array(length));
      read.catch(() => {});
      reads.push(read);
      asked += length;
    }
    const expected = Math.min(pace.chunkBytes, facts.sizeBytes - sent.bytes);
    const data = await reads.shift()!;
    if (data.length < expected) throw shrank(path);
    sent.hash.update(data);
    sent.bytes += data.length;
    yield data;
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isDirectory(path: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(path)}: it is a directory`,
    "Pack it first, as by execute_command with tar, and copy the archive",
    "EISDIR",
  );
}

/** As of procfs. */
function withoutSize(path: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(path)}: the host does not tell its size`,
    "read_file shows it",
    "EINVAL",
  );
}

function shrank(path: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(path)}: it became shorter while it was copied`,
    "Copy it again when nothing changes it, and drop what was fetched",
    "ESTALE",
  );
}

function changed(path: string): FileError {
  return new FileError(
    `${shownPath(path)} changed while it was copied`,
    "Copy it again when nothing changes it, and drop what was fetched",
    "ESTALE",
  );
}

function cutOff(path: string): FileError {
  return new FileError(
    `Cannot copy ${shownPath(path)}: whoever fetched it left before its end`,
    "Copy it again, and drop what was fetched",
    "EPIPE",
  );
}

function expired(path: string): FileError {
  return new FileError(
    `${shownPath(path)} was not fetched within 2 minutes and is no longer on offer`,
    "Call copy_file again, and fetch it at once in a terminal of this machine",
    "ETIMEDOUT",
  );
}
