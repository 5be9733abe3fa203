import type { Clock } from "../clock.ts";
import { ChannelError, FileError, UnsupportedError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";
import { isWindowsServer } from "../transport/windows_server.ts";
import type { Elevation } from "./script/elevation.ts";
import { hasExtras } from "./script/file_extras.ts";
import { loginDirectory } from "./login_directory.ts";
import { inDirectory } from "./remote_path.ts";
import type { FileRange, RangeRequest, WriteReport, WriteRequest } from "./file_range.ts";
import { readByScript, readBySudoCat } from "./script/script_read.ts";
import { writeByScript } from "./script/script_write.ts";
import { SudoRefusedError } from "./script/script_run.ts";
import { withOwnerNames } from "./owner_names.ts";
import { SftpPool } from "./sftp_pool.ts";
import { readOverSftp } from "./sftp_read.ts";
import { APPEND_LIMIT_BYTES, appendOverSftp, OwnerError, replaceOverSftp } from "./sftp_write.ts";
import { UnsafePathError } from "./unsafe_path.ts";

/** How a file is reached. */
export interface FileOptions {
  /** How the file may be reached where the user's own rights do not suffice. */
  readonly elevation: Elevation;
  readonly signal?: AbortSignal | undefined;
}

/** A write whose connection went: what may be left beside the file. */
export interface WriteOptions extends FileOptions {
  readonly onAside: (path: string | undefined) => void;
}

/** Which way a file went. */
export type AccessMethod = "sftp" | "shell" | "sudo";

type Result<T> = T & { readonly via: AccessMethod };

/**
 * Files of far ends: over SFTP; where that is not offered, by a shell script in a channel of its
 * own; where the user may not, by the same script under sudo, if that is allowed.
 */
export class RemoteFiles {
  readonly #clock: Clock;
  readonly #pool: SftpPool;
  readonly #withoutSftp = new WeakSet<Connection>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
    this.#pool = new SftpPool(options.clock);
  }

  /**
   * Reads a range.
   *
   * @throws {FileError} In exact words, with the errno name as code where it is known.
   * @throws {PrivilegeError} When sudo refuses.
   */
  async read(
    connection: Connection,
    path: string,
    options: FileOptions & { readonly request: RangeRequest },
  ): Promise<Result<FileRange>> {
    const byScript = async (elevation: Elevation): Promise<FileRange> => {
      const script = { ...options, clock: this.#clock, elevation };
      try {
        return await readByScript(connection, path, script);
      } catch (error) {
        if (!(error instanceof SudoRefusedError) || !error.mayAllowOthers) throw error;
        return await readBySudoCat(connection, path, script).catch((seen) => {
          throw seen instanceof FileError && seen.code !== undefined ? seen : error;
        });
      }
    };
    return await this.#byMethods(connection, options, {
      sftp: () =>
        this.#pool.use(
          connection,
          (sftp) => readOverSftp(sftp, path, { ...options.request, clock: this.#clock }),
          { signal: options.signal, transferBytes: options.request.limitBytes },
        ),
      script: byScript,
      retriesInShell: (error) => error.code === undefined,
    });
  }

  /** A path made absolute from the login directory; as it is where the host does not tell that. */
  async absolutePath(connection: Connection, path: string): Promise<string> {
    if (path.startsWith("/")) return path;
    const login = await this.#loginDirectory(connection);
    if (login === undefined) return path;
    const name = path.replace(/^\.\//, "");
    return path === "." ? login : inDirectory(login, name);
  }

  async #loginDirectory(connection: Connection): Promise<string | undefined> {
    if (this.#withoutSftp.has(connection)) return await loginDirectory(connection);
    try {
      return await this.#pool.use(connection, (sftp) => sftp.realpath("."), { transferBytes: 0 });
    } catch (error) {
      if (error instanceof ChannelError) return await loginDirectory(connection);
      if (error instanceof FileError) return undefined;
      throw error;
    }
  }

  /**
   * Replaces, creates or appends to a file.
   *
   * @throws {FileError} The file is as it was; nothing is left beside it.
   * @throws {PrivilegeError} When sudo refuses; the file is as it was.
   * @throws {ConnectionLostError} The file is the old one or the new one.
   */
  async write(
    connection: Connection,
    path: string,
    options: WriteOptions & { readonly request: WriteRequest },
  ): Promise<Result<WriteReport>> {
    const { request, elevation } = options;
    const mayElevate = elevation.kind === "sudo";
    if (request.permissions !== undefined && isWindowsServer(connection.ident)) {
      throw noPermissions();
    }
    return await this.#byMethods(connection, options, {
      sftp: () => this.#writeOverSftp(connection, path, options),
      script: (as) =>
        writeByScript(connection, path, {
          ...options,
          clock: this.#clock,
          elevation: as,
          // The last method takes what it can keep; an earlier one leaves it to sudo.
          acceptsOwnerChange: !mayElevate || as.kind !== "none",
        }),
      retriesInShell: (error) => error.code === undefined || error.code === "EACCES",
      prefersShell: isVirtual(path) ||
        (request.mode === "append" && request.content.length > APPEND_LIMIT_BYTES),
    });
  }

  /** Removes what a cut connection left; false when it is not there: then the rename was done. */
  async removeLeftover(connection: Connection, path: string): Promise<boolean> {
    return await this.#pool.use(connection, async (sftp) => {
      try {
        await sftp.remove(path);
        return true;
      } catch (error) {
        if (error instanceof FileError && error.code === "ENOENT") return false;
        throw error;
      }
    }, { transferBytes: 0 });
  }

  #writeOverSftp(
    connection: Connection,
    path: string,
    options: WriteOptions & { readonly request: WriteRequest },
  ): Promise<WriteReport> {
    const { elevation, onAside } = options;
    const isOnWindows = isWindowsServer(connection.ident);
    const request = { ...options.request, isOnWindows };
    return this.#pool.use(connection, async (sftp) => {
      const named = async (report: WriteReport): Promise<WriteReport> => ({
        ...report,
        facts: await withOwnerNames(sftp, report.facts),
      });
      if (request.mode === "append") {
        const appended = await appendOverSftp(sftp, path, request);
        if (appended !== undefined) return await named(appended);
      }
      const report = await replaceOverSftp(sftp, path, request, {
        acceptsOwnerChange: elevation.kind !== "sudo",
        onAside,
        // Its lists of access rights are the folder's anyway, and no script runs there.
        hasExtras: async (file) => !isOnWindows && await hasExtras(connection, file),
      });
      if (!isOnWindows) return await named(report);
      if (report.outcome !== "replaced") return report;
      return { ...report, notes: [...report.notes, INHERITED] };
      // No signal: given up in the middle, it would leave the file beside the target.
    }, { transferBytes: request.content.length });
  }

  async #byMethods<T extends object>(
    connection: Connection,
    options: FileOptions,
    methods: AccessMethods<T>,
  ): Promise<Result<T>> {
    const { elevation } = options;
    // No script of ours runs there.
    if (isWindowsServer(connection.ident)) return { ...await methods.sftp(), via: "sftp" };
    let failure: unknown;
    if (!this.#withoutSftp.has(connection) && methods.prefersShell !== true) {
      try {
        return { ...await methods.sftp(), via: "sftp" };
      } catch (error) {
        failure = error;
        if (isMissingSftp(error)) this.#withoutSftp.add(connection);
        else if (isDenied(error) && elevation.kind === "sudo") {
          return await this.#bySudo(error, elevation, methods);
        } else if (!(error instanceof FileError) || !methods.retriesInShell(error)) throw error;
      }
    }
    return await this.#byShell(failure, options, methods);
  }

  async #bySudo<T extends object>(
    denial: FileError,
    elevation: Elevation,
    methods: AccessMethods<T>,
  ): Promise<Result<T>> {
    try {
      return { ...await methods.script(elevation), via: "sudo" };
    } catch (error) {
      if (!isNoShell(error)) throw error;
      throw withoutSudo(denial, error);
    }
  }

  async #byShell<T extends object>(
    failure: unknown,
    { elevation }: FileOptions,
    methods: AccessMethods<T>,
  ): Promise<Result<T>> {
    try {
      return { ...await methods.script({ kind: "none" }), via: "shell" };
    } catch (error) {
      if (isDenied(error) && elevation.kind === "sudo") {
        return await this.#bySudo(error, elevation, methods);
      }
      if (isNoShell(error) && failure instanceof FileError) throw failure;
      if (isNoShell(error) && methods.prefersShell === true) {
        return { ...await methods.sftp(), via: "sftp" };
      }
      throw error;
    }
  }
}

/** A new file takes the folder's list; SFTP cannot read that of the old one. */
const INHERITED =
  "its access rights are those of its folder now, and marks such as hidden are gone (icacls and " +
  "attrib show them)";

function noPermissions(): UnsupportedError {
  return new UnsupportedError(
    "permissions do not exist on a Windows host, which has access control lists",
    "Leave them out, and run icacls with execute_command",
  );
}

/** Both facts, where sudo cannot even be started. */
function withoutSudo(denial: FileError, failure: UnsupportedError | ChannelError): FileError {
  return new FileError(
    `${denial.message}, and sudo is out of reach: ${failure.message}`,
    failure.advice,
    denial.code,
    { cause: failure },
  );
}

interface AccessMethods<T> {
  readonly sftp: () => Promise<T>;
  readonly script: (elevation: Elevation) => Promise<T>;
  /** Whether a shell may do better, or at least tell the true reason. */
  readonly retriesInShell: (error: FileError) => boolean;
  readonly prefersShell?: boolean | undefined;
}

function isDenied(error: unknown): error is FileError {
  if (!(error instanceof FileError) || error instanceof UnsafePathError) return false;
  return error instanceof OwnerError || error.code === "EACCES" || error.code === "EPERM";
}

function isMissingSftp(error: unknown): boolean {
  return error instanceof ChannelError || error instanceof UnsupportedError;
}

function isNoShell(error: unknown): error is UnsupportedError | ChannelError {
  return error instanceof UnsupportedError || error instanceof ChannelError;
}

/** Files of the kernel: no file can be made beside them. */
function isVirtual(path: string): boolean {
  return /^\/+(?:proc|sys)\//.test(path);
}
