import { createHash } from "node:crypto";
import { FileError } from "../errors.ts";
import { shownPath } from "../sftp/remote_path.ts";
import { runScript } from "../sftp/script/script_run.ts";
import { posixScript, PRELUDE } from "../sftp/script/script_text.ts";
import type { CopySource } from "./copy_ends.ts";
import type { CopiedFile } from "./copy_tree.ts";
import type { ScriptEnd } from "./script_ends.ts";

/** Names on standard input, each with NUL behind it, `$n` bytes; says the hashes in their order. */
const DIGEST_SCRIPT: string = "p=/\n" + PRELUDE + posixScript`
sha256sum </dev/null >/dev/null 2>&1 && xargs -0 </dev/null >/dev/null 2>&1 || fail none
say begin
head -c "$n" | xargs -0 sha256sum --
say end $?
`;

const FILES_AT_ONCE = 500;

/**
 * Reads the copied files anew at the destination and compares their hashes: by sha256sum(1) there,
 * else through the connection.
 *
 * @throws {FileError} At a file that is not what was read at the source.
 */
export async function verifyCopies(
  files: readonly CopiedFile[],
  { end, reader, signal }: {
    readonly end: ScriptEnd;
    readonly reader: () => Promise<CopySource>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    signal.throwIfAborted();
    const some = files.slice(at, at + FILES_AT_ONCE);
    const hashes = await digestsThere(some, end) ?? await digestsHere(some, reader);
    for (const [index, file] of some.entries()) {
      if (hashes[index] === file.sha256) continue;
      throw new FileError(
        `${shownPath(file.path)} has another sha256 than its source: ${hashes[index]}, not ` +
          file.sha256,
        "Something else wrote it, or the disk is faulty: copy it again",
        "EIO",
      );
    }
  }
}

async function digestsThere(
  files: readonly CopiedFile[],
  { connection, clock, elevation }: ScriptEnd,
): Promise<readonly string[] | undefined> {
  // Large files take longer than one script may.
  if (files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > 8 * 1024 ** 3) return undefined;
  const names = files.map(({ path }) => `${path.startsWith("/") ? path : `./${path}`}\0`);
  const content = new TextEncoder().encode(names.join(""));
  const result = await runScript(connection, `n=${content.length}\n${DIGEST_SCRIPT}`, {
    clock,
    elevation,
    content,
  }).catch(() => undefined);
  const begin = result?.sayings.find(({ word }) => word === "begin");
  const end = result?.sayings.find(({ word }) => word === "end");
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
): Promise<readonly string[]> {
  await using reader = await open();
  const hashes: string[] = [];
  for (const { path } of files) {
    await using file = await reader.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(reader.pace.chunkBytes);
    for (let offset = 0;;) {
      const data = await file.read(offset, buffer);
      hash.update(data);
      offset += data.length;
      if (data.length < reader.pace.chunkBytes) break;
    }
    hashes.push(hash.digest("hex"));
  }
  return hashes;
}
