import { InputError } from "../errors.ts";

/** st_mode of a regular file's kind (inode(7)). */
const TYPE_MASK = 0o170000;

/** The type of a file. */
export type FileKind =
  | "file"
  | "directory"
  | "symlink"
  | "fifo"
  | "socket"
  | "character device"
  | "block device"
  | "unknown";

const kinds: Readonly<Record<number, FileKind>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
  0o010000: "fifo",
  0o140000: "socket",
  0o020000: "character device",
  0o060000: "block device",
};

/** The kind in the type bits of st_mode (inode(7)); unknown where the far end sent none. */
export function fileKind(mode: number | undefined): FileKind {
  return mode === undefined ? "unknown" : kinds[mode & TYPE_MASK] ?? "unknown";
}

/** The permission bits as chmod(1) takes them: "0644". */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/**
 * Permission bits as a caller writes them: 420, or "0644", "644", "0o644".
 *
 * A number above 0777 is refused: 644 without quotes would mean 01204.
 *
 * @throws {InputError} When it is neither.
 */
export function parsePermissions(permissions: number | string): number {
  if (typeof permissions === "string") {
    if (/^(?:0o)?[0-7]{1,5}$/i.test(permissions.trim())) {
      const mode = Number.parseInt(permissions.trim().replace(/^0o/i, ""), 8);
      if (mode <= 0o7777) return mode;
    }
  } else if (Number.isInteger(permissions) && permissions >= 0 && permissions <= 0o777) {
    return permissions;
  }
  throw new InputError(
    `permissions ${JSON.stringify(permissions)} is not a file mode`,
    'Give octal digits as a string, such as "0644" or "1755", or their value up to 511, such as 420',
  );
}
