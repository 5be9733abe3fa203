import { type Clock, isoTime, within } from "../../clock.ts";
import { ConfigError, RefusedError } from "../../errors.ts";
import { clipMiddle } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import { AuditChain, type AuditFields, LAST_EVENT } from "./audit_chain.ts";
import type { AuditEntry, AuditSink } from "./audit_sink.ts";

/** A collector that takes longer has not taken it. */
const SEND_MS = 5_000;
/** Records that wait for a slow or absent collector; what comes then is counted as lost. */
const QUEUE_LIMIT = 1_000;
/** The largest message that all syslog collectors take is 8 KiB; a command is the longest part. */
const TEXT_CHARS = 1_500;
const CLOSING_MS = 800;

/** The parts of an audit trail. */
export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly sinks: readonly AuditSink[];
  /** Whether what cannot be recorded must not run. */
  readonly isRequired: boolean;
  readonly onFault?: (sink: string, error: unknown) => void;
}

/** Hides the secrets that a caller's calls know. */
export interface AuditConcealer {
  conceal(text: string, host: string | undefined): string;
}

/** One sink and what waits for it. */
interface Lane {
  readonly sink: AuditSink;
  readonly queue: { readonly entry: AuditEntry; readonly done: PromiseWithResolvers<boolean> }[];
  isSending: boolean;
  lost: number;
}

/** Records of what callers do, each sent to every sink in order. */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #chain = new AuditChain();
  readonly #lanes: readonly Lane[];

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#lanes = options.sinks.map((sink) => ({ sink, queue: [], isSending: false, lost: 0 }));
  }

  /** How many records have not reached a sink, over all sinks. */
  get lost(): number {
    return this.#lanes.reduce((sum, { lost }) => sum + lost, 0);
  }

  /**
   * Records what is about to happen; with `required`, resolves once every sink has it.
   *
   * @throws {RefusedError} Where it must be recorded and is not: it must not happen.
   */
  async before(event: string, fields: AuditFields, concealer: AuditConcealer): Promise<void> {
    const sent = this.#send(event, shown(fields, concealer));
    if (!this.#options.isRequired) return;
    const failed = (await sent).findIndex((isSent) => !isSent);
    if (failed >= 0) throw notRecorded(this.#lanes[failed]!.sink.name);
  }

  /** Records what has happened; a loss is counted. */
  after(event: string, fields: AuditFields, concealer: AuditConcealer): void {
    void this.#send(event, shown(fields, concealer));
  }

  /** Sends the last record, waits a moment for those on their way, and closes the sinks. */
  async close(): Promise<void> {
    const last = this.#send(LAST_EVENT, {});
    await within(this.#options.clock, CLOSING_MS, last);
    for (const { sink } of this.#lanes) sink.close();
  }

  #send(event: string, fields: AuditFields): Promise<readonly boolean[]> {
    const time = this.#options.clock.date();
    const { lost } = this;
    const line = this.#chain.add({
      time: isoTime(time),
      "event.name": event,
      ...fields,
      ...(lost > 0 ? { "audit.lost": lost } : {}),
    });
    const entry = { line, event, time };
    return Promise.all(this.#lanes.map((lane) => this.#enqueue(lane, entry)));
  }

  #enqueue(lane: Lane, entry: AuditEntry): Promise<boolean> {
    if (lane.queue.length >= QUEUE_LIMIT) {
      lane.lost++;
      return Promise.resolve(false as boolean);
    }
    const done = Promise.withResolvers<boolean>();
    lane.queue.push({ entry, done });
    if (!lane.isSending) void this.#drain(lane);
    return done.promise;
  }

  async #drain(lane: Lane): Promise<void> {
    lane.isSending = true;
    for (let next = lane.queue.shift(); next !== undefined; next = lane.queue.shift()) {
      const isSent = await this.#sendOne(lane.sink, next.entry);
      if (!isSent) lane.lost++;
      next.done.resolve(isSent);
    }
    lane.isSending = false;
  }

  /** Once more where a connection turned out to be gone. */
  async #sendOne(sink: AuditSink, entry: AuditEntry): Promise<boolean> {
    const late = new AbortController();
    using _timer = this.#options.clock.after(
      SEND_MS,
      () => late.abort(new Error(`no answer within ${SEND_MS / 1000} s`)),
    );
    for (let attempt = 1;; attempt++) {
      try {
        await sink.send(entry, late.signal);
        return true;
      } catch (error) {
        if (attempt < 2 && !late.signal.aborted) continue;
        this.#options.onFault?.(sink.name, error);
        return false;
      }
    }
  }
}

function shown(fields: AuditFields, concealer: AuditConcealer): AuditFields {
  const address = fields["server.address"];
  const host = typeof address === "string" ? address : undefined;
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => [
      name,
      typeof value === "string"
        ? makeVisible(clipMiddle(concealer.conceal(value, host), TEXT_CHARS)).text
        : value,
    ]),
  );
}

/** The settings in MCP_SSH_AUDIT. */
export interface AuditPlan {
  readonly isRequired: boolean;
  /** `stderr`, or where a collector is. */
  readonly places: readonly ("stderr" | URL)[];
}

/**
 * Reads MCP_SSH_AUDIT: `required` or `best-effort`, and places, parted by blanks.
 *
 * @throws {ConfigError} At a word that is neither.
 */
export function auditPlan(setting: string | undefined): AuditPlan {
  const words = (setting ?? "").split(/\s+/).filter((word) => word !== "");
  const places = words.filter((word) => word !== "required" && word !== "best-effort");
  if (words.length > 0 && places.length === 0) throw badPlace("no place at all");
  return {
    isRequired: words.includes("required"),
    places: places.map((word) => {
      if (word === "stderr") return word;
      const url = URL.canParse(word) ? new URL(word) : undefined;
      const isKnown = /^(?:syslog\+(?:udp|tcp|tls)|https?):$/.test(url?.protocol ?? "");
      if (url === undefined || !isKnown || url.hostname === "") throw badPlace(word);
      return url;
    }),
  };
}

function badPlace(word: string): ConfigError {
  return new ConfigError(
    `MCP_SSH_AUDIT names ${word.slice(0, 200)}`,
    "It takes required or best-effort, and stderr, syslog+udp://HOST:PORT, syslog+tcp://HOST:PORT, " +
      "syslog+tls://HOST:PORT?ca=FILE, https://HOST:PORT/v1/logs (OTLP)",
  );
}

function notRecorded(sink: string): RefusedError {
  return new RefusedError(
    `This call cannot be recorded (${sink}), and what is not recorded must not run here; nothing ` +
      "was done",
    "Try again once the collector is back; only whoever runs this server can change MCP_SSH_AUDIT",
  );
}
