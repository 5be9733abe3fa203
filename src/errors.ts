/** The kind of an error: one word per next move of the caller. */
export type SshErrorKind =
  | "input"
  | "config"
  | "connect"
  | "host-key"
  | "authentication"
  | "connection-lost"
  | "channel"
  | "unknown-command"
  | "unknown-session"
  | "busy"
  | "file"
  | "privilege"
  | "refused"
  | "unsupported";

/** The optional parts of an error. */
export interface SshErrorOptions extends ErrorOptions {
  readonly question?: string | undefined;
}

/**
 * A thing that did not happen: the fact seen, then the caller's next move.
 *
 * `message` is the fact, `advice` the move; neither ends with a full stop nor carries a secret.
 * A command that exits nonzero or is slow is a result and never an `SshError`.
 */
export abstract class SshError extends Error {
  abstract readonly kind: SshErrorKind;

  /** Key of the question that a person could have answered in place of this error. */
  readonly question: string | undefined;

  constructor(seen: string, readonly advice: string, options?: SshErrorOptions) {
    super(seen, options);
    this.name = new.target.name;
    this.question = options?.question;
  }

  /** The same error in other words: its kind, question and cause stay. */
  reworded(seen: string, advice: string = this.advice): SshError {
    const kind = this.constructor as new (
      seen: string,
      advice: string,
      options: SshErrorOptions,
    ) => SshError;
    return new kind(seen, advice, { cause: this.cause, question: this.question });
  }
}

/** An argument that fits the schema and still cannot be meant. */
export class InputError extends SshError {
  override readonly kind = "input";
}

/** A setting in ssh_config(5) or the environment that cannot be used; names file and line. */
export class ConfigError extends SshError {
  override readonly kind = "config";
}

/** No SSH transport came about: name resolution, TCP, key exchange or a jump host failed. */
export class ConnectError extends SshError {
  override readonly kind = "connect";
  /** Whether the host's name is what nobody knows. */
  readonly isUnknownName: boolean;

  constructor(
    seen: string,
    advice: string,
    options?: SshErrorOptions & { readonly isUnknownName?: boolean },
  ) {
    super(seen, advice, options);
    this.isUnknownName = options?.isUnknownName ?? false;
  }
}

/** The host key is unknown, changed or revoked (RFC 4251 §4.1). */
export class HostKeyError extends SshError {
  override readonly kind = "host-key";
}

/** sshd accepted none of the methods offered (RFC 4252 §5.1). */
export class AuthenticationError extends SshError {
  override readonly kind = "authentication";
}

/** The connection or the shell ended under a command or a transfer. */
export class ConnectionLostError extends SshError {
  override readonly kind = "connection-lost";
}

/** sshd refused a channel, a pty, a shell, an exec request or a subsystem (RFC 4254 §5.1). */
export class ChannelError extends SshError {
  override readonly kind = "channel";
  /** The refused request: "channel", "pty", "shell", "exec", …; undefined where there is none. */
  readonly step: string | undefined;

  constructor(
    seen: string,
    advice: string,
    options?: ErrorOptions & { readonly step?: string },
  ) {
    super(seen, advice, options);
    this.step = options?.step;
  }
}

/** No job has this command id. */
export class UnknownCommandError extends SshError {
  override readonly kind = "unknown-command";
}

/** No session of this host and name is open. */
export class UnknownSessionError extends SshError {
  override readonly kind = "unknown-session";
}

/** The shell's running command asks a question, so the next one cannot take its turn. */
export class ShellBusyError extends SshError {
  override readonly kind = "busy";
}

/** A remote file operation failed; the fact is the far end's own word. */
export class FileError extends SshError {
  override readonly kind = "file";

  /** `code`: errno name of the failure, such as "ENOENT"; undefined where none is known. */
  constructor(seen: string, advice: string, readonly code?: string, options?: ErrorOptions) {
    super(seen, advice, options);
  }

  override reworded(seen: string, advice: string = this.advice): FileError {
    return new FileError(seen, advice, this.code, { cause: this.cause });
  }
}

/** sudo, su, doas or enable refused; the shell is clean. */
export class PrivilegeError extends SshError {
  override readonly kind = "privilege";
}

/** The operator's rules forbid it, or a person did not agree to it; nothing was run. */
export class RefusedError extends SshError {
  override readonly kind = "refused";
}

/** Something the far end, the sandbox or this program does not offer. */
export class UnsupportedError extends SshError {
  override readonly kind = "unsupported";
}
