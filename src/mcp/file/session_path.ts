import { FileError } from "../../errors.ts";
import type { NestedPlace } from "../../shell/shell.ts";
import { inDirectory, isWindowsAbsolute, remotePath } from "../../sftp/remote_path.ts";
import { type Call, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";

type FileArguments = TargetArguments & { readonly remote_path: string };

/** A path as the session that a call names sees it. */
export interface SessionPath {
  /** Relative only where no session is open: then to the login directory. */
  readonly path: string;
  /** Says that the session is in a nested shell, where files are not of the host that runs commands. */
  readonly nested: string | undefined;
}

/**
 * Adds to the errors of a tool about a file that it was looked for on the login host, where the
 * session is in a nested shell.
 */
export function sayingWhere<Args extends FileArguments, Result>(
  run: (args: Args, call: Call) => Promise<Result>,
): (args: Args, call: Call) => Promise<Result> {
  return async (args, call) => {
    try {
      return await run(args, call);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const { nested } = await sessionPath(args, call);
      if (nested === undefined) throw error;
      throw error.reworded(`${error.message}; ${nested}, and files are those of the login host`);
    }
  };
}

/**
 * Takes a relative path from the session's working directory, where the session is open.
 *
 * Files are those of the host that the connection leads to: in a nested shell, of the login shell's
 * directory there.
 *
 * @throws {InputError} When no file can have that name.
 */
export async function sessionPath(
  args: FileArguments,
  call: Call,
): Promise<SessionPath> {
  const given = args.remote_path;
  const path = remotePath(given);
  const registry = await call.services.registry();
  const shell = (await registry.find(targetOf(args), args.session))?.facts.shell;
  const { loginCwd, nested } = shell ?? {};
  const isOnWindows = loginCwd !== undefined && isWindowsAbsolute(loginCwd);
  const isRelative = !/^(?:\/|~(?:\/|$))/.test(given) &&
    !(isOnWindows && (isWindowsAbsolute(given) || given.startsWith("~\\")));
  return {
    path: isRelative && loginCwd !== undefined ? inDirectory(loginCwd, path) : path,
    nested: nested && nestedRemark(nested),
  };
}

function nestedRemark({ user, host }: NestedPlace): string {
  const where = [user, host].filter((name) => name !== undefined).join("@");
  return `the session is in a nested shell${where === "" ? "" : ` (${where})`}`;
}
