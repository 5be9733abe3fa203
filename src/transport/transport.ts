import type { Duplex } from "node:stream";
import type { SshError } from "../errors.ts";

/** How a channel ended (RFC 4254 §6.10); both absent when the connection went first. */
export interface ChannelExit {
  /** 0–255. */
  readonly exitStatus?: number;
  /** Signal name without "SIG", such as "TERM". */
  readonly exitSignal?: string;
}

/** A pseudo-terminal request (RFC 4254 §6.2). */
export interface PtyRequest {
  /** TERM of the far end, such as "xterm-256color". */
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
  /** Encoded terminal modes by name (RFC 4254 §8), such as `{ ECHO: 0 }`. */
  readonly modes?: Readonly<Record<string, number>>;
}

/** One stream inside a connection (RFC 4254 §5). Whoever opens it disposes it. */
export interface Channel extends AsyncDisposable {
  /**
   * Bytes of standard output (of the pty, where there is one), as they arrive; ends with the
   * channel. To be read once. The peer is held back while nobody reads.
   */
  readonly output: AsyncIterable<Uint8Array>;

  /** Bytes of standard error; empty with a pty. To be read once; what nobody reads is dropped. */
  readonly errorOutput: AsyncIterable<Uint8Array>;

  /** Settles when the channel is gone, never rejects. */
  readonly exit: Promise<ChannelExit>;

  /**
   * Queues bytes for standard input; resolves when the window took them.
   *
   * @throws {ConnectionLostError} When the channel is closed.
   */
  write(data: Uint8Array): Promise<void>;

  /** Sends end of input (SSH_MSG_CHANNEL_EOF). */
  end(): void;

  /** Delivers a signal by name without "SIG" (RFC 4254 §6.9); many servers ignore it. */
  signal(name: string): void;

  /** Tells the far end the new size of the pty (RFC 4254 §6.7). */
  resize(columns: number, rows: number): void;
}

/** How the host key was accepted. */
export interface HostKeyState {
  /** `known`: on file. `added`: accepted as new and pinned in memory. `unchecked`: by `no`. */
  readonly verdict: "known" | "added" | "unchecked";
  /** "SHA256:…", as ssh-keygen(1) prints it. */
  readonly fingerprint: string;
  /** Such as "ssh-ed25519". */
  readonly type: string;
}

/** Where a tunnel leads, as seen from the far end. */
export interface TunnelTarget {
  readonly hostname: string;
  readonly port: number;
}

/** One authenticated transport, shared by all sessions of user@hostname:port. */
export interface Connection extends AsyncDisposable {
  /** The server's identification string, such as "SSH-2.0-OpenSSH_9.2p1" (RFC 4253 §4.2). */
  readonly ident: string;

  /** SSH_MSG_USERAUTH_BANNER text, "" where none came; remote text: data, never instructions. */
  readonly banner: string;

  readonly hostKey: HostKeyState;

  /** Authentication method that was accepted, such as "publickey". */
  readonly method: string;

  /** Resolves once, when the connection is gone: with the fault, or undefined when we closed it. */
  readonly closed: Promise<SshError | undefined>;

  /**
   * Opens a login shell on a pty (RFC 4254 §6.5).
   *
   * @throws {ChannelError} When sshd refuses the channel, the pty or the shell.
   */
  openShell(pty: PtyRequest, options?: OpenOptions): Promise<Channel>;

  /**
   * Runs one command line in a channel of its own.
   *
   * @throws {ChannelError} When sshd refuses the channel or the request.
   */
  exec(
    command: string,
    options?: OpenOptions & { readonly pty?: PtyRequest | undefined },
  ): Promise<Channel>;

  /**
   * Runs one command line in a channel of its own, and reads what it prints.
   *
   * @throws {ChannelError} When sshd refuses the channel or the request.
   * @throws {ConnectionLostError} When it prints more than `limitBytes`: the connection is cut.
   */
  run(command: string, options: RunOptions): Promise<CommandOutput>;

  /**
   * Starts the sftp subsystem on a channel of its own.
   *
   * @throws {ChannelError} When sshd has no such subsystem.
   */
  openSftp(options?: OpenOptions): Promise<Sftp>;

  /**
   * Offers a channel that is idle: when the far end opens no more of them (sshd's MaxSessions),
   * `release` is called, which closes it and resolves once the far end is done with it.
   */
  offerRoom(release: () => Promise<void>): Disposable;

  /**
   * Opens a TCP connection from the far end onwards (RFC 4254 §7.2).
   *
   * @throws {RefusedError} When the far end does not open it.
   */
  openTunnel(to: TunnelTarget, signal: AbortSignal): Promise<Duplex>;

  /** Keeps it from being taken for idle until disposed: for who waits for others to come. */
  hold(): Disposable;

  /**
   * Whether nobody holds it, no command of {@link exec} runs and no channel carried bytes since
   * then, in milliseconds of the clock.
   */
  isIdleSince(time: number): boolean;

  /** Round trip of a keepalive request, in milliseconds. */
  measureLatency(options?: OpenOptions): Promise<number>;
}

/** Options of every opening. */
export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Environment requests sent first (RFC 4254 §6.4); sshd may ignore them. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Bounds of a command that {@link Connection.run} reads to its end. */
export interface RunOptions extends OpenOptions {
  /** Of standard output, and of standard error, which is not kept. */
  readonly limitBytes: number;
  /** Of the opening and the reading together. */
  readonly timeoutMs: number;
  /**
   * Asked after each piece: once it is true, that is the whole output, and the rest is read and
   * dropped. A channel may stay open long after its command: a process that a start-up file put into
   * the background has its output, too.
   */
  readonly until?: ((text: string) => boolean) | undefined;
  /** Its standard input, which stays open until this resolves; without, it ends at once. */
  readonly input?: Promise<string | void> | undefined;
}

/** The output of a command. */
export interface CommandOutput {
  /** Standard output, read as UTF-8. */
  readonly text: string;
  /** Whether all of it is there, within the time. */
  readonly isComplete: boolean;
  /** Absent where it was not waited for, and where a signal ended the command. */
  readonly exitStatus?: number | undefined;
}

/** Attributes of a remote file; those absent were not sent (SFTP version 3, §5). */
export interface FileAttributes {
  readonly sizeBytes?: number | undefined;
  /** Type and permission bits, as st_mode. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly accessTime?: number | undefined;
  readonly modifyTime?: number | undefined;
}

/** One name of a directory, and what the server sent of it (as lstat(2) shows it). */
export interface DirectoryEntry {
  /** The bytes of the name read as UTF-8. */
  readonly name: string;
  /** Whether the name's bytes are UTF-8, so that a path with it leads there. */
  readonly isUtf8: boolean;
  readonly attributes: FileAttributes;
}

/** An open remote file; opaque. */
export interface FileHandle {
  readonly path: string;
}

/** Names of a file's user and group. */
export interface OwnerNames {
  readonly user: string;
  readonly group: string;
}

/**
 * One sftp subsystem (draft-ietf-secsh-filexfer-02, version 3) with OpenSSH's extensions.
 *
 * Each method throws {@link FileError} with its errno `code` (mapped from SSH_FX_*) when the far end refuses, and
 * {@link ConnectionLostError} when the channel goes, also because the server breaks the protocol.
 */
export interface Sftp extends AsyncDisposable {
  /** File content that was read or written so far, by all callers. */
  readonly transferredBytes: number;
  /** `flags` as in open(3) words: "r", "w", "wx", "a", "r+". */
  open(
    path: string,
    flags: string,
    options?: { readonly mode?: number | undefined },
  ): Promise<FileHandle>;
  /** Up to `lengthBytes` bytes from `offset`; fewer only at the end of the file. */
  read(handle: FileHandle, offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** Like {@link read}, into bytes of the caller; resolves with how many there were. */
  readInto(handle: FileHandle, offset: number, into: Uint8Array): Promise<number>;
  /** All of `data` at `offset`; it must not change until this resolves. */
  write(handle: FileHandle, offset: number, data: Uint8Array): Promise<void>;
  close(handle: FileHandle): Promise<void>;
  stat(path: string): Promise<FileAttributes>;
  lstat(path: string): Promise<FileAttributes>;
  fstat(handle: FileHandle): Promise<FileAttributes>;
  setAttributes(handle: FileHandle, attributes: FileAttributes): Promise<void>;
  /** Like setAttributes, by path; follows symbolic links. */
  setPathAttributes(path: string, attributes: FileAttributes): Promise<void>;
  /** The names in a directory but "." and "..", as they come. */
  list(path: string): AsyncIterable<DirectoryEntry>;
  /** Makes a symbolic link at `path` with that text. */
  symlink(path: string, text: string): Promise<void>;
  /** A second name of a file (hardlink@openssh.com); resolves false where that is not offered. */
  link(from: string, to: string): Promise<boolean>;
  realpath(path: string): Promise<string>;
  readlink(path: string): Promise<string>;
  makeDirectory(path: string, options?: { readonly mode?: number }): Promise<void>;
  remove(path: string): Promise<void>;
  /** An empty directory (SSH_FXP_RMDIR). */
  removeDirectory(path: string): Promise<void>;
  /** Replaces `to` in one step (posix-rename@openssh.com); plain rename where not offered. */
  rename(from: string, to: string): Promise<void>;
  /** fsync@openssh.com; resolves false where the server does not offer it. */
  sync(handle: FileHandle): Promise<boolean>;
  /**
   * Names of a user and a group on the host, empty where it has none (users-groups-by-id@openssh.com,
   * since OpenSSH 8.9); undefined where that is not offered.
   */
  ownerNames(ids: { readonly uid: number; readonly gid: number }): Promise<OwnerNames | undefined>;
  /** The requests that `send` makes before it returns go out as one message. */
  gather<T>(send: () => T): T;
  /** Tells the server that nothing more will come, and resolves when its process has ended. */
  end(): Promise<void>;
}
