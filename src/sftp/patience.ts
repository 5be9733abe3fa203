import { abortable, type Clock, within } from "../clock.ts";

/** A line as slow as 16 KB/s still brings a file across. */
const SLOW_BYTES_PER_MS = 16;

/** How long a transfer may take. */
export interface Patience {
  readonly clock: Clock;
  /** For all that transfers nothing, such as requests about a file. */
  readonly quietMs: number;
  /** Bytes that went across by now; each adds the time that a slow line needs for it. */
  readonly transferredBytes: () => number;
  /** Bytes that add time at most. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** A transfer took longer than its {@link Patience}. */
export class TooSlow {
  constructor(readonly spentMs: number) {}
}

/**
 * The outcome of a transfer, or that it is too slow for the bytes it has brought across. The
 * transfer itself goes on: whoever gives up closes its channel.
 *
 * @throws The transfer's error, or the signal's reason.
 */
export async function withPatience<T>(
  transfer: Promise<T>,
  { clock, quietMs, transferredBytes, limitBytes, signal }: Patience,
): Promise<{ readonly value: T } | TooSlow> {
  const startedAt = clock.now();
  const startBytes = transferredBytes();
  const outcome = transfer.then((value) => ({ value }));
  let leftMs = quietMs;
  let spentMs = 0;
  while (leftMs > 0) {
    const settled = await abortable(within(clock, leftMs, outcome), signal);
    if (settled !== undefined) return settled;
    spentMs = clock.now() - startedAt;
    const bytes = Math.min(limitBytes, transferredBytes() - startBytes);
    leftMs = quietMs + bytes / SLOW_BYTES_PER_MS - spentMs;
  }
  return new TooSlow(spentMs);
}
