import type { Clock } from "../clock.ts";
import { ConnectionLostError, FileError } from "../errors.ts";
import type { Connection, Sftp } from "../transport/transport.ts";

interface Entry {
  readonly opened: Promise<Sftp>;
  users: number;
  /** While nobody uses it. */
  idle: Disposable | undefined;
}

/** How long an unused SFTP channel stays: it takes one of sshd's MaxSessions. */
const IDLE_MS = 20_000;

/** What its server gets to end once told, before the channel is closed under it. */
const END_MS = 1_000;

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
   * A far end that takes longer than `limitMs` (a file system that hangs) loses the channel.
   *
   * @throws {ChannelError} When the far end has no SFTP.
   * @throws {FileError} With code ETIMEDOUT.
   */
  async use<T>(
    connection: Connection,
    work: (sftp: Sftp) => Promise<T>,
    options: { readonly signal?: AbortSignal; readonly limitMs: number },
  ): Promise<T> {
    const entry = this.#entries.get(connection) ?? this.#open(connection);
    entry.idle?.[Symbol.dispose]();
    entry.users++;
    try {
      const sftp = await entry.opened;
      return await this.#bounded(work(sftp), options);
    } catch (error) {
      // A far end that has lost the channel, or a request that nobody waits for: start afresh.
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
  #bounded<T>(
    work: Promise<T>,
    options: { readonly signal?: AbortSignal; readonly limitMs: number },
  ): Promise<T> {
    const { signal, limitMs } = options;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(limitMs, () => reject(hung(limitMs)));
      const onAbort = (): void => reject(signal?.reason);
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      work.then(resolve, reject).finally(() => {
        timer[Symbol.dispose]();
        signal?.removeEventListener("abort", onAbort);
      });
    });
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
    const late = Promise.withResolvers<void>();
    using _timer = this.#clock.after(END_MS, late.resolve);
    await Promise.race([sftp.end(), late.promise]);
    await sftp[Symbol.asyncDispose]();
  }

  #forget(connection: Connection, entry: Entry): void {
    entry.idle?.[Symbol.dispose]();
    if (this.#entries.get(connection) === entry) this.#entries.delete(connection);
  }
}

function hung(limitMs: number): FileError {
  return new FileError(
    `The far end gave no answer for ${Math.round(limitMs / 1000)} s`,
    "Its file system may hang (df and dmesg tell more), or the file has no end",
    "ETIMEDOUT",
  );
}
