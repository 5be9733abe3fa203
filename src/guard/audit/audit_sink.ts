/** One record on its way. */
export interface AuditEntry {
  readonly line: string;
  readonly event: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A place that records go to. */
export interface AuditSink {
  /** For messages; without a password. */
  readonly name: string;
  /**
   * Resolves when the record has been handed over: to a collector that answers, its answer; else to
   * the network.
   *
   * @throws The fault, after which the next call tries anew.
   */
  send(entry: AuditEntry, signal: AbortSignal): Promise<void>;
  close(): void;
}
