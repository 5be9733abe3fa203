import { createHash } from "node:crypto";
import { FileError } from "../errors.ts";
import { shownPath } from "../sftp/remote_path.ts";
import { runScript } from "../sftp/script/script_run.ts";
import { posixScript, PRELUDE } from "../sftp/script/script_text.ts";
import type { CopySource } from "./copy_ends.ts";
import { BESIDE_BYTES, DigestBeside } from "./digest_beside.ts";
import type { ScriptEnd } from "./script_ends.ts";

/** A file that was copied. */
export interface CopiedFile {
  /** At the destination. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the bytes as they were read at the source. */
  readonly sha256: string;
}

/** The means of reading the copies anew. */
export interface CopyCheckParts {
  readonly end: ScriptEnd;
  readonly reader: () => Promise<CopySource>;
  readonly signal: AbortSignal;
}

/** Names on standard input, each with NUL behind it, `$n` bytes; says the hashes in their order. */
const DIGEST_SCRIPT: string = "p=/\n" + PRELUDE + posixScript`
sha256sum </dev/null >/dev/null 2>&1 && xargs -0 </dev/null >/dev/null 2>&1 || fail none
say begin
head -c "$n" | xargs -0 sha256sum --
say end $?
`;

const FILES_AT_ONCE = 500;
/** So long no script is silent on a slow disk. */
const BYTES_AT_ONCE = 1024 ** 3;

/**
 * Reads the copied files anew at the destination and compares their hashes, some hundred at a time
 * while the next are copied: by sha256sum(1) there, else through the connection.
 */
export class CopyCheck implements AsyncDisposable {
  readonly #parts: CopyCheckParts;
  #gathered: CopiedFile[] = [];
  #gatheredBytes = 0;
  #checking: Promise<void> = Promise.resolve();
  #beside: DigestBeside | undefined;

  constructor(parts: CopyCheckParts) {
    this.#parts = parts;
  }

  /** Begins to read a long file while it is written; undefined where that cannot be had. */
  beside(aside: string | undefined, sizeBytes: number): DigestBeside | undefined {
    const { end, signal } = this.#parts;
    const isApt = sizeBytes >= BESIDE_BYTES && end.elevation.kind === "none";
    if (!isApt || aside === undefined || this.#beside !== undefined) return undefined;
    const beside = new DigestBeside(aside, { end, signal });
    this.#beside = beside;
    void beside.ended.then(() => this.#beside = undefined);
    return beside;
  }

  /**
   * Takes a file that has its name; waits while the batch before is checked.
   *
   * @throws {FileError} At a file that is not what was read at the source.
   */
  async add(file: CopiedFile, beside?: DigestBeside): Promise<void> {
    if (beside !== undefined && await beside.finish(file.sizeBytes) === file.sha256) return;
    this.#gathered.push(file);
    this.#gatheredBytes += file.sizeBytes;
    if (this.#gathered.length < FILES_AT_ONCE && this.#gatheredBytes < BYTES_AT_ONCE) return;
    const files = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const before = this.#checking;
    this.#checking = before.then(() => verify(files, this.#parts));
    this.#checking.catch(() => {});
    await before;
  }

  /** Checks the rest. @throws {FileError} As {@link add}. */
  async finish(): Promise<void> {
    await this.#checking;
    if (this.#gathered.length > 0) await verify(this.#gathered.splice(0), this.#parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#beside?.stop();
    await this.#checking.catch(() => {});
  }
}

async function verify(
  files: readonly CopiedFile[],
  { end, reader, signal }: CopyCheckParts,
): Promise<void> {
  signal.throwIfAborted();
  const hashes = await digestsThere(files, end, signal) ?? await digestsHere(files, reader, signal);
  for (const [index, file] of files.entries()) {
    if (hashes[index] === file.sha256) continue;
    throw new FileError(
      `${shownPath(file.path)} has another sha256 than its source: ${hashes[index]}, not ` +
        file.sha256,
      "Something else wrote it, or the disk is faulty: copy it again",
      "EIO",
    );
  }
}

async function digestsThere(
  files: readonly CopiedFile[],
  { connection, clock, elevation }: ScriptEnd,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  // Large files take longer than one script may.
  if (files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > 8 * 1024 ** 3) return undefined;
  const names = files.map(({ path }) => `${path.startsWith("/") ? path : `./${path}`}\0`);
  const content = new TextEncoder().encode(names.join(""));
  const result = await runScript(connection, `n=${content.length}\n${DIGEST_SCRIPT}`, {
    clock,
    elevation,
    content,
    signal,
  }).catch(() => undefined);
  signal.throwIfAborted();
  const begin = result?.scriptLines.find(({ word }) => word === "begin");
  const end = result?.scriptLines.find(({ word }) => word === "end");
  if (result === undefined || begin === undefined || end?.rest !== "0") return undefined;
  const text = new TextDecoder().decode(result.output.subarray(begin.end, end.start));
  const hashes = text.split("\n").filter((line) => line !== "")
    .map((line) => /^\\?([0-9a-f]{64}) /.exec(line)?.[1]);
  const isWhole = hashes.length === files.length && hashes.every((hash) => hash !== undefined);
  return isWhole ? hashes as string[] : undefined;
}

async function digestsHere(
  files: readonly CopiedFile[],
  open: () => Promise<CopySource>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await using reader = await open();
  const hashes: string[] = [];
  for (const { path } of files) {
    await using file = await reader.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(reader.pace.chunkBytes);
    for (let offset = 0;;) {
      signal.throwIfAborted();
      const data = await file.read(offset, buffer);
      hash.update(data);
      offset += data.length;
      if (data.length < reader.pace.chunkBytes) break;
    }
    hashes.push(hash.digest("hex"));
  }
  return hashes;
}
