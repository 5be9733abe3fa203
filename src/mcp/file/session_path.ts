import type { NestedPlace } from "../../shell/shell.ts";
import { inDirectory, isWindowsAbsolute, remotePath } from "../../sftp/remote_path.ts";
import { type Call, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";

/** A path as the session that a call names sees it. */
export interface SessionPath {
  /** Relative only where no session is open: then to the login directory. */
  readonly path: string;
  /** A remark on the host that the path is on, where a caller may be wrong. */
  readonly remark: string | undefined;
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
  args: TargetArguments & { readonly remote_path: string },
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
    remark: nested && nestedRemark(nested),
  };
}

function nestedRemark({ user, host }: NestedPlace): string {
  const where = [user, host].filter((name) => name !== undefined).join("@");
  return `the session is in a nested shell${
    where === "" ? "" : ` (${where})`
  }; this is the login ` +
    "host's file";
}
