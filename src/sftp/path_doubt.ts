import { FileError } from "../errors.ts";
import type { FileAttributes, Sftp } from "../transport/transport.ts";
import { fileError } from "./file_errors.ts";
import type { FileKind } from "./permissions.ts";
import { fileKind } from "./permissions.ts";
import { directoryOf, inDirectory, linkTarget } from "./remote_path.ts";
import { type UnsafePathError, unsafePathError } from "./unsafe_path.ts";
import { asideName, type WriteRequest } from "./file_range.ts";

/** A name on the way to a file, as lstat(2) shows it. */
interface Step {
  readonly path: string;
  readonly attributes: FileAttributes | undefined;
  readonly kind: FileKind;
}

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;
const LINK_LIMIT = 40;
/** PATH_MAX of Linux: each name costs a request, and a link of the far end may have thousands. */
const PATH_LIMIT_CHARS = 4_096;

/**
 * Why a write through SFTP to this path could be redirected by another user; undefined if it cannot.
 *
 * The classes of directories are those of the script (`walk_script.ts`). SFTP shows neither our own
 * uid nor the number of names of a file (draft-ietf-secsh-filexfer-02 §5), so the owner of the login
 * directory stands for the user, and what is doubtful here is decided by the script where there is a
 * shell. All names are looked at in one round trip, and again for each link.
 */
export async function doubtAbout(
  sftp: Sftp,
  path: string,
  { mode }: Pick<WriteRequest, "mode">,
): Promise<UnsafePathError | undefined> {
  let at = path;
  for (let links = 0; links < LINK_LIMIT; links++) {
    if (at.length > PATH_LIMIT_CHARS) throw fileError("write", path, { code: "ENAMETOOLONG" });
    const [home, ...steps] = await Promise.all(
      [".", ...namesOf(at)].map((name) => look(sftp, name)),
    );
    const user = home!.attributes?.uid;
    const seen = firstDoubt(steps, { user, mode });
    if (seen !== undefined) return unsafePathError("write", path, seen, { code: undefined });
    const open = user === 0 ? steps.slice(0, -1).find((step) => isOpen(step, user)) : undefined;
    if (open !== undefined && await isRoot(sftp)) {
      const rest = `directory ${open.attributes?.uid ?? "-"} ${open.path}`;
      return unsafePathError("write", path, rest, { code: undefined });
    }
    const link = steps.slice(0, -1).findIndex(({ kind }) => kind === "symlink");
    if (link < 0) return undefined;
    const target = linkTarget(steps[link]!.path, await sftp.readlink(steps[link]!.path));
    at = inDirectory(target, at.slice(steps[link]!.path.length).replace(/^\/+/, ""));
  }
  return undefined;
}

/** Every directory on the way, from the first on, and the path itself. */
function namesOf(path: string): readonly string[] {
  const names = [path];
  for (let at = path; at !== "/" && at !== ".";) {
    at = directoryOf(at);
    names.unshift(at);
  }
  return names;
}

async function look(sftp: Sftp, path: string): Promise<Step> {
  const attributes = await sftp.lstat(path).catch(() => undefined);
  return { path, attributes, kind: fileKind(attributes?.mode) };
}

interface Viewer {
  readonly user: number | undefined;
  readonly mode: WriteRequest["mode"];
}

/** As a script's `unsafe` line. */
function firstDoubt(steps: readonly Step[], { user, mode }: Viewer): string | undefined {
  for (const [index, { path, attributes, kind }] of steps.entries()) {
    const directory = steps[index - 1]?.attributes;
    if (attributes === undefined) return undefined;
    if (!isSticky(directory) || kind === "directory") continue;
    const { uid } = attributes;
    const isOurs = [0, user, directory?.uid].includes(uid);
    if (!isOurs) return `${kind === "symlink" ? "link" : "file"} ${uid ?? "-"} ${path}`;
    if (mode === "append" && kind !== "symlink") return `names - ${path}`;
    if (kind === "symlink") return undefined;
  }
  return undefined;
}

/** Whether all users put names into a directory, and change none of each other's. */
export function isSticky(directory: FileAttributes | undefined): boolean {
  const mode = directory?.mode ?? 0;
  return (mode & STICKY) !== 0 && (mode & WRITABLE_BY_OTHERS) !== 0;
}

/** Whether somebody else can change every name in it. */
function isOpen({ attributes, kind }: Step, user: number): boolean {
  if (attributes?.uid === undefined || kind !== "directory") return false;
  if (attributes.uid !== 0 && attributes.uid !== user) return true;
  return !isSticky(attributes) && ((attributes.mode ?? 0) & WRITABLE_BY_OTHERS) !== 0;
}

/**
 * Whether the user is root indeed: the login directory of a user in a chroot(2) is root's too, and
 * Windows shows 0 for everybody. It is tried in the login directory: in one that others can change,
 * the trial itself could be sent elsewhere. Only permission that is denied proves that it is not root.
 */
async function isRoot(sftp: Sftp): Promise<boolean> {
  try {
    if (/^\/?[A-Za-z]:/.test(await sftp.realpath("."))) return false;
    const handle = await sftp.open(asideName(), "wx", { mode: 0o600 });
    const { uid } = await sftp.fstat(handle);
    await sftp.close(handle);
    await sftp.remove(handle.path);
    return uid === 0;
  } catch (error) {
    return !(error instanceof FileError && error.code === "EACCES");
  }
}
