import { abortable, type Clock } from "../clock.ts";

/** How long a closed channel's session is expected to be counted still, at most. */
const LEAVING_MS = 2_000;

/** How long an opening waits for room, at most. */
const PATIENCE_MS = 10_000;

/** Before the second try, the third, and so on; the last for all that follow. */
const PAUSES_MS = [2, 4, 8, 16, 32, 64, 128] as const;

/** Whether a channel ends by itself in a moment, as a lookup does, or stays until it is closed. */
export type Stay = "passing" | "staying";

/**
 * Room for channels where the far end opens no more of them (sshd's MaxSessions).
 *
 * Idle channels are closed for others, and passing ones are waited for: each shell is opened with a
 * lookup beside it. sshd counts a session until it has seen its process end, and tells nobody when
 * that is: for 2 s after a channel was closed, an opening that is refused is asked for again, unless
 * another one has taken the room. A refused opening has done nothing.
 */
export class ChannelRoom {
  readonly #clock: Clock;
  readonly #isFull: (error: unknown) => boolean;
  readonly #idle = new Set<() => Promise<void>>();
  #closing: Promise<void> | undefined;
  /** When channels were closed whose room nobody has taken. */
  #left: number[] = [];
  #passing = 0;
  readonly #waiters = new Set<() => void>();

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

  /** A channel was opened; what is returned is to be called once, when either side closes it. */
  enter(stay: Stay): () => void {
    const passing = stay === "passing" ? 1 : 0;
    this.#passing += passing;
    return () => {
      this.#passing -= passing;
      this.#left = [...this.#recent(), this.#clock.now()];
      for (const waiter of this.#waiters) waiter();
    };
  }

  /**
   * The result of `open`, asked for again while there may be room after all.
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
    const wait = { signal: first.signal, until: this.#clock.now() + PATIENCE_MS };
    let { refusal } = first;
    let mayFit = await this.#closeIdle() || await this.#leaves(wait);
    for (let tries = 0; mayFit; tries++) {
      if (tries > 0) await this.#nextLeave(wait, PAUSES_MS[tries - 1] ?? PAUSES_MS.at(-1)!);
      try {
        return await this.#open(open);
      } catch (error) {
        if (!this.#isFull(error)) throw error;
        refusal = error;
      }
      mayFit = await this.#leaves(wait);
    }
    throw refusal;
  }

  /** Whether a channel was closed lately; where one is to end by itself, once it has. */
  async #leaves(wait: Wait): Promise<boolean> {
    if (this.#passing > 0 && this.#recent().length === 0) await this.#nextLeave(wait, PATIENCE_MS);
    return this.#recent().length > 0 && this.#clock.now() < wait.until;
  }

  /** One that is granted has taken the room of a channel that was closed before it was asked for. */
  async #open<T>(open: () => Promise<T>): Promise<T> {
    const askedAt = this.#clock.now();
    const opened = await open();
    const recent = this.#recent();
    this.#left = recent.toSpliced(0, recent[0] !== undefined && recent[0] <= askedAt ? 1 : 0);
    return opened;
  }

  /** Until a channel is closed, or so much time has passed. */
  async #nextLeave({ signal, until }: Wait, withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#clock.after(Math.min(withinMs, until - this.#clock.now()), resolve);
    this.#waiters.add(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiters.delete(resolve);
    }
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

/** Limits of an opening's wait. */
interface Wait {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds of the clock. */
  readonly until: number;
}

async function closeAll(
  earlier: Promise<void> | undefined,
  releases: readonly (() => Promise<void>)[],
): Promise<void> {
  await earlier;
  await Promise.allSettled(releases.map((release) => release()));
}
