import { SshError, UnknownSessionError } from "../errors.ts";
import type { Shell } from "../shell/shell.ts";
import type { Connection } from "../transport/transport.ts";
import type { CommandOptions, Session, SessionLinks } from "./session.ts";

/** A shell and the notes to report with its first command. */
export interface Acquired {
  readonly shell: Shell;
  readonly lost: string | undefined;
}

/** The shell of a session: opened when a command needs it, forgotten when it is lost. */
export class SessionShell {
  readonly #session: Session;
  readonly #links: SessionLinks;
  #opening: Promise<Shell> | undefined;
  #shell: Shell | undefined;
  #connection: Connection | undefined;
  /** Why the shell before this one is gone; reported once. */
  #lost: string | undefined;
  #closed = false;
  #hasOpened = false;

  constructor(session: Session, links: SessionLinks) {
    this.#session = session;
    this.#links = links;
    this.#lost = links.note;
  }

  /** Undefined until it is open, and once it is lost. */
  get open(): Shell | undefined {
    return this.#shell;
  }

  /** The connection of the newest shell. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** Whether there ever was one. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  /** @throws {UnknownSessionError} When none is open. */
  require(): Shell {
    if (this.#shell !== undefined) return this.#shell;
    const { name, host } = this.#session;
    throw new UnknownSessionError(
      `No shell is open in session "${name}" of ${host.host}`,
      "Run a command there first",
    );
  }

  /** Opens it if need be. */
  async acquire(options: CommandOptions): Promise<Acquired> {
    if (this.#closed) {
      const { name } = this.#session;
      throw new UnknownSessionError(`Session "${name}" was closed`, "Run the command again");
    }
    this.#opening ??= this.#open(options);
    const shell = await this.#opening;
    const notes = [this.#lost, this.#links.takeWarnings()].filter((note) => note !== undefined);
    this.#lost = undefined;
    return { shell, lost: notes.length === 0 ? undefined : notes.join("; ") };
  }

  /** Closes it for good. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#shell !== undefined) return await this.#shell[Symbol.asyncDispose]();
    // It may be waiting for a host that never answers; closing does not.
    void this.#opening?.then((shell) => shell[Symbol.asyncDispose](), () => {});
  }

  async #open(options: CommandOptions): Promise<Shell> {
    try {
      this.#connection = await this.#links.connection(options);
      const shell = await this.#links.openShell(this.#connection, options);
      this.#shell = shell;
      this.#hasOpened = true;
      this.#links.onShell?.(this.#session, shell);
      void this.#watch(shell);
      return shell;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #watch(shell: Shell): Promise<void> {
    const fault = await shell.ended;
    if (this.#shell !== shell) return;
    this.#shell = undefined;
    this.#opening = undefined;
    const why = fault instanceof SshError ? fault.message : "it ended";
    this.#lost = `new shell: the one before is gone (${why}), with its directory and variables`;
  }
}
