import * as z from "zod";
import type { FileEncoding } from "../../sftp/encoding.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import type { Elevation } from "../../sftp/script/elevation.ts";
import type { RemoteFiles } from "../../sftp/remote_files.ts";
import type { Connection } from "../../transport/transport.ts";
import { noSudo } from "../../shell/powershell/powershell_errors.ts";
import { remotePath, windowsPath } from "../../sftp/remote_path.ts";
import { isWindowsServer } from "../../transport/windows_server.ts";
import { type Call, targetOf } from "../call.ts";
import { sessionPath } from "./session_path.ts";
import { type TargetArguments, targetShape } from "../schemas.ts";

/** The parameters of all tools about one file. */
export const pathShape = {
  ...targetShape,
  remote_path: z.string().min(1).describe("absolute, ~/…, or from the session's directory"),
};

/** The encoding of content. */
const encodingShape = {
  encoding: z.string().min(1).default("utf-8")
    .describe("utf-8, base64, hex, latin1, ascii, utf-16le, windows-1252, …"),
};

/** As whom a file is reached. */
export const sudoShape = {
  use_sudo: z.boolean().default(false as boolean).describe("by sudo, where permission is denied"),
  sudo_password: z.string().min(1).optional(),
};

/** The parameters that read_file and write_file share. */
export const fileShape = { ...pathShape, ...encodingShape, ...sudoShape };

/** The connection of a call about a file, and what may be done on it. */
export interface FileCall {
  readonly host: ResolvedHost;
  readonly connection: Connection;
  readonly files: RemoteFiles;
  readonly elevation: Elevation;
  /** Absolute, as far as the host tells. */
  readonly path: string;
  /** A note on the session and the connection, for the reply that shows it. */
  readonly takeNote: () => string | undefined;
}

/** Connects, if need be. A sudo password that comes with the call allows sudo as well. */
export async function openFileCall(
  args: TargetArguments & {
    readonly remote_path: string;
    readonly use_sudo: boolean;
    readonly sudo_password?: string | undefined;
  },
  call: Call,
): Promise<FileCall> {
  const seen = await sessionPath(args, call);
  const [registry, files] = await Promise.all([call.services.registry(), call.services.files()]);
  const { host, connection, takeNote } = await registry.connection(targetOf(args), {
    signal: call.signal,
  });
  // The operator's word goes before the caller's.
  const password = host.sudoPassword ?? args.sudo_password;
  const mayElevate = args.use_sudo || args.sudo_password !== undefined;
  const elevation: Elevation = !mayElevate
    ? { kind: "none" }
    : { kind: "sudo", ...(password === undefined ? {} : { password }) };
  const isOnWindows = isWindowsServer(connection.ident);
  if (isOnWindows && mayElevate) throw noSudo("windows");
  const path = await files.absolutePath(
    connection,
    isOnWindows ? remotePath(windowsPath(seen.path)) : seen.path,
  );
  const noteOnBoth = (): string | undefined => {
    const nested = seen.nested && `${seen.nested}; this is the login host's file`;
    const notes = [nested, takeNote()].filter((one) => one !== undefined);
    return notes.length === 0 ? undefined : notes.join("; ");
  };
  return { host, connection, files, elevation, path, takeNote: noteOnBoth };
}

/**
 * Loads how files are read as text at its first use: `node:buffer` below it slows a start.
 *
 * @throws {InputError} When there is no such encoding.
 */
export async function encodingOf(name: string): Promise<FileEncoding> {
  const { fileEncoding } = await import("../../sftp/encoding.ts");
  return fileEncoding(name);
}
