import type { Clock } from "../clock.ts";

/** How long a closed channel's session is expected to be counted still, at most. */
const LEAVING_MS = 2_000;

/** Before the second try, the third, and so on; the last for all that follow. */
const PAUSES_MS = [2, 4, 8, 16, 32, 64, 128] as const;

/**
 * Room for channels where the far end opens no more of them (sshd's MaxSessions).
 *
 * Idle channels are closed for others. sshd counts a session until it has seen its process end, and
 * tells nobody when that is: for 2 s after a channel was closed, an opening that is refused is asked
 * for again, unless another one has taken the room. A refused opening has done nothing.
 */
export class ChannelRoom {
  readonly #clock: Clock;
  readonly #isFull: (error: unknown) => boolean;
  readonly #idle = new Set<() => Promise<void>>();
  #closing: Promise<void> | undefined;
  /** When channels were closed whose room nobody has taken. */
  #left: number[] = [];

  /** `isFull` tells the refusal for want of room from other faults. */
  constructor(clock: Clock, isFull: (error: unknown) => boolean) {
    this.#clock = clock;
    this.#isFull = isFull;
  }

  /** A channel that is idle, and what closes it. */
  offer(release: () => Promise<void>): Disposable {
    this.#idle.add(release);
    return { [Symbol.dispose]: () => void this.#idle.delete(release) };
  }

  /** A channel is closed, by whichever side. */
  leave(): void {
    this.#left = [...this.#recent(), this.#clock.now()];
  }

  /**
   * What `open` gives, asked for again while there may be room after all.
   *
   * @throws What `open` throws, or the signal's reason.
   */
  async open<T>(open: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await this.#open(open);
    } catch (error) {
      if (!this.#isFull(error)) throw error;
      return await this.#openAgain(open, { refusal: error, signal });
    }
  }

  async #openAgain<T>(
    open: () => Promise<T>,
    first: { readonly refusal: unknown; readonly signal: AbortSignal | undefined },
  ): Promise<T> {
    const until = this.#clock.now() + LEAVING_MS;
    let { refusal } = first;
    let mayFit = await this.#closeIdle() || this.#recent().length > 0;
    for (let tries = 0; mayFit; tries++) {
      if (tries > 0) await this.#pause(tries, first.signal);
      try {
        return await this.#open(open);
      } catch (error) {
        if (!this.#isFull(error)) throw error;
        refusal = error;
      }
      mayFit = this.#recent().length > 0 && this.#clock.now() < until;
    }
    throw refusal;
  }

  async #open<T>(open: () => Promise<T>): Promise<T> {
    const opened = await open();
    this.#left = this.#recent().slice(1);
    return opened;
  }

  async #pause(tries: number, signal: AbortSignal | undefined): Promise<void> {
    const delayMs = PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1]!;
    await this.#clock.sleep(delayMs, signal === undefined ? {} : { signal });
  }

  /** Whether an idle channel was closed, for this opening or one that was refused beside it. */
  async #closeIdle(): Promise<boolean> {
    const releases = [...this.#idle];
    this.#idle.clear();
    if (releases.length > 0) this.#closing = closeAll(this.#closing, releases);
    const closing = this.#closing;
    await closing;
    if (this.#closing === closing) this.#closing = undefined;
    return closing !== undefined;
  }

  #recent(): number[] {
    const since = this.#clock.now() - LEAVING_MS;
    return this.#left.filter((time) => time > since);
  }
}

async function closeAll(
  earlier: Promise<void> | undefined,
  releases: readonly (() => Promise<void>)[],
): Promise<void> {
  await earlier;
  await Promise.allSettled(releases.map((release) => release()));
}
