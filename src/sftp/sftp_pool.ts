import { type Clock, within } from "../clock.ts";
import { ConnectionLostError, FileError } from "../errors.ts";
import type { Connection, Sftp } from "../transport/transport.ts";
import { TooSlow, withPatience } from "./patience.ts";

interface Entry {
  readonly opened: Promise<Sftp>;
  users: number;
  /** While nobody uses it. */
  idle: Disposable | undefined;
}

/** How long an unused SFTP channel stays: it takes one of sshd's MaxSessions. */
const IDLE_MS = 20_000;

/** The longest that requests without data may take together. */
const QUIET_MS = 30_000;

/** Time for the server to exit after end of input, before the channel is closed. */
const END_MS = 1_000;

/** Bounds of one use of the channel. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** File content that is read or written at most. */
  readonly transferBytes: number;
}

/**
 * At most one SFTP channel for each connection, opened at its first use and closed when idle, or
 * when the far end has no room for another channel.
 */
export class SftpPool {
  readonly #clock: Clock;
  readonly #entries = new WeakMap<Connection, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `work` with the connection's SFTP channel; calls may overlap.
   *
   * A far end that is too slow (a file system that hangs) loses the channel.
   *
   * @throws {ChannelError} When the far end has no SFTP.
   * @throws {ConnectionLostError} When it is too slow, breaks the protocol, or is lost.
   */
  async use<T>(
    connection: Connection,
    work: (sftp: Sftp) => Promise<T>,
    options: TransferOptions,
  ): Promise<T> {
    const entry = this.#entries.get(connection) ?? this.#open(connection);
    entry.idle?.[Symbol.dispose]();
    entry.users++;
    try {
      const sftp = await entry.opened;
      return await this.#bounded(sftp, work(sftp), options);
    } catch (error) {
      // The channel is lost, or a request is under way that nobody waits for: the next use opens another.
      const isHung = error instanceof FileError && error.code === "ETIMEDOUT";
      if (isHung || error instanceof ConnectionLostError || options.signal?.aborted) {
        this.#close(connection, entry);
      }
      throw error;
    } finally {
      entry.users--;
      if (entry.users === 0) this.#rest(connection, entry);
    }
  }

  /** Ends the wait, not the work: closing the channel ends that. */
  async #bounded<T>(sftp: Sftp, work: Promise<T>, options: TransferOptions): Promise<T> {
    const outcome = await withPatience(work, {
      clock: this.#clock,
      quietMs: QUIET_MS,
      transferredBytes: () => sftp.transferredBytes,
      limitBytes: options.transferBytes,
      signal: options.signal,
    });
    if (outcome instanceof TooSlow) throw hung(outcome.spentMs);
    return outcome.value;
  }

  #open(connection: Connection): Entry {
    const entry: Entry = { opened: connection.openSftp(), users: 0, idle: undefined };
    this.#entries.set(connection, entry);
    entry.opened.catch(() => this.#forget(connection, entry));
    void connection.closed.then(() => this.#close(connection, entry));
    return entry;
  }

  #rest(connection: Connection, entry: Entry): void {
    if (this.#entries.get(connection) !== entry) return;
    const idle = new DisposableStack();
    idle.use(this.#clock.after(IDLE_MS, () => this.#close(connection, entry)));
    idle.use(connection.offerRoom(() => this.#giveUp(connection, entry)));
    entry.idle = idle;
  }

  #close(connection: Connection, entry: Entry): void {
    this.#forget(connection, entry);
    void entry.opened.then((sftp) => sftp[Symbol.asyncDispose](), () => {});
  }

  /** sshd counts a session until its process has ended. */
  async #giveUp(connection: Connection, entry: Entry): Promise<void> {
    this.#forget(connection, entry);
    const sftp = await entry.opened;
    await within(this.#clock, END_MS, sftp.end());
    await sftp[Symbol.asyncDispose]();
  }

  #forget(connection: Connection, entry: Entry): void {
    entry.idle?.[Symbol.dispose]();
    if (this.#entries.get(connection) === entry) this.#entries.delete(connection);
  }
}

function hung(spentMs: number): ConnectionLostError {
  return new ConnectionLostError(
    `The SFTP channel was closed: the operation was not finished after ${
      Math.round(spentMs / 1000)
    } s`,
    "Its file system may hang (see df and dmesg there), or the file has no end",
  );
}
