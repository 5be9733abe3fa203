import { ChannelError, FileError, UnsupportedError } from "../errors.ts";
import { UnsafePathError } from "../sftp/unsafe_path.ts";
import type { Sftp } from "../transport/transport.ts";
import type { CopyDestination, CopySource } from "./copy_ends.ts";
import { SCRIPT_PACE, ScriptDestination, type ScriptEnd, ScriptSource } from "./script_ends.ts";
import { SftpDestination, SftpSource } from "./sftp_ends.ts";

/** A source on a host: over SFTP; where there is none, or the user may not, by scripts. */
export async function remoteSource(end: ScriptEnd): Promise<CopySource> {
  const sftp = await openSftp(end);
  const script = new ScriptSource(end);
  if (sftp === undefined) return script;
  const first = new SftpSource(sftp);
  if (end.elevation.kind === "none") return first;
  return {
    pace: SCRIPT_PACE,
    stat: (path) => orElse(() => first.stat(path), () => script.stat(path)),
    list: (path) => listed(path, first, script),
    readlink: (path) => orElse(() => first.readlink(path), () => script.readlink(path)),
    open: (path) => orElse(() => first.open(path), () => script.open(path)),
    [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
  };
}

/** A destination on a host, in the same way. */
export async function remoteDestination(end: ScriptEnd): Promise<CopyDestination> {
  const sftp = await openSftp(end);
  const script = new ScriptDestination(end);
  if (sftp === undefined) return script;
  const first = new SftpDestination(sftp);
  const mayElevate = end.elevation.kind !== "none";
  // Without sudo a script still decides what SFTP cannot see: who else can change the directory.
  const open: CopyDestination["open"] = (path) =>
    orElse(() => first.open(path), () => script.open(path), mayElevate ? isDenied : isDoubtful);
  if (!mayElevate) {
    return {
      pace: first.pace,
      kindOf: (path) => first.kindOf(path),
      makeDirectory: (path) => first.makeDirectory(path),
      finishDirectory: (path, facts) => first.finishDirectory(path, facts),
      removeDirectory: (path) => first.removeDirectory(path),
      symlink: (path, text) => first.symlink(path, text),
      open,
      [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
    };
  }
  return {
    pace: SCRIPT_PACE,
    kindOf: (path) => orElse(() => first.kindOf(path), () => script.kindOf(path)),
    makeDirectory: (path) =>
      orElse(() => first.makeDirectory(path), () => script.makeDirectory(path)),
    finishDirectory: (path, facts) =>
      orElse(() => first.finishDirectory(path, facts), () => script.finishDirectory(path, facts)),
    removeDirectory: (path) =>
      orElse(() => first.removeDirectory(path), () => script.removeDirectory(path)),
    symlink: (path, text) =>
      orElse(() => first.symlink(path, text), () => script.symlink(path, text)),
    open,
    [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
  };
}

async function openSftp({ connection }: ScriptEnd): Promise<Sftp | undefined> {
  try {
    return await connection.openSftp();
  } catch (error) {
    if (error instanceof ChannelError || error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

async function orElse<T>(
  first: () => Promise<T>,
  second: () => Promise<T>,
  isRetried: (error: unknown) => boolean = isDenied,
): Promise<T> {
  try {
    return await first();
  } catch (error) {
    if (!isRetried(error)) throw error;
    return await second();
  }
}

async function* listed(
  path: string,
  first: CopySource,
  second: CopySource,
): ReturnType<SftpSource["list"]> {
  let isBegun = false;
  try {
    for await (const entry of first.list(path)) {
      isBegun = true;
      yield entry;
    }
  } catch (error) {
    if (isBegun || !isDenied(error)) throw error;
    yield* second.list(path);
  }
}

function isDoubtful(error: unknown): boolean {
  return error instanceof UnsafePathError;
}

/** SFTP's status for a failure of no other kind has no code; a script finds the true reason. */
function isDenied(error: unknown): boolean {
  return error instanceof FileError &&
    (error.code === "EACCES" || error.code === "EPERM" || error.code === undefined);
}
