import { InputError } from "../errors.ts";

const LIMIT_BYTES = 4_096;

/**
 * A remote path as the far end takes it; relative paths start at the login directory.
 *
 * `~` and `~/…` stand for that directory; a file of that very name is `./~`.
 *
 * @throws {InputError} When no file can have that name (path_resolution(7)).
 */
export function remotePath(path: string): string {
  if (path === "" || path.includes("\0")) {
    throw new InputError("remote_path is empty or contains NUL", "Give the path of a file");
  }
  if (!path.isWellFormed()) {
    throw new InputError(
      "remote_path contains a lone surrogate, which UTF-8 cannot encode",
      "Pass the path as it is; where its bytes are not UTF-8, use execute_command",
    );
  }
  if (new TextEncoder().encode(path).length > LIMIT_BYTES) {
    throw new InputError(`remote_path is longer than ${LIMIT_BYTES} bytes`, "Give a shorter path");
  }
  if (path === "~") return ".";
  return path.startsWith("~/") ? `./${path.slice(2).replace(/^\/+/, "")}` : path;
}

/** Whether a path is absolute in the way of Windows: `C:\x`, `C:/x`, `\\server\share`. */
export function isWindowsAbsolute(path: string): boolean {
  return /^(?:[A-Za-z]:(?:[\\/]|$)|\\\\[^\\/])/.test(path);
}

/** A path of a Windows host as its sftp server takes it: `C:\x` and `C:/x` are `/C:/x`. */
export function windowsPath(path: string): string {
  const slashed = path.replaceAll("\\", "/");
  return /^[A-Za-z]:/.test(slashed) ? `/${slashed}` : slashed;
}

/** The lookbehind makes it linear: no run is tried from its middle. */
const TRAILING_SLASHES = /(?<!\/)\/+$/;

/** The directory a path's last name stands in, as written: symbolic links are left to the host. */
export function directoryOf(path: string): string {
  const trimmed = path.replace(TRAILING_SLASHES, "");
  const cut = trimmed.lastIndexOf("/");
  return cut < 0 ? "." : trimmed.slice(0, cut).replace(TRAILING_SLASHES, "") || "/";
}

/** The last name of a path; trailing slashes do not count. */
export function nameOf(path: string): string {
  const trimmed = path.replace(TRAILING_SLASHES, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

/** The path that a link's text names, seen from the link's own path (path_resolution(7)). */
export function linkTarget(link: string, text: string): string {
  return text.startsWith("/") ? text : inDirectory(directoryOf(link), text);
}

/** A name in a directory; `..` is left for the host to resolve, since links may lie before it. */
export function inDirectory(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** A path as errors and results show it: what is invisible or moves the cursor is escaped. */
export function shownPath(path: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path)
    ? JSON.stringify(path).replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
    : path;
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
