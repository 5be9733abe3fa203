import type { Clock } from "../clock.ts";
import type { Log, LogFields } from "../guard/log.ts";

/** Arguments that are facts of the line; all others, content and secrets above all, stay out. */
const FACTS = {
  username: "user",
  session: "session",
  command_id: "command_id",
  remote_path: "path",
  signal: "signal",
  use_sudo: "use_sudo",
  hosts: "selection",
} as const;

/** The parts of a line. */
export interface AuditOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly host: string | undefined;
}

/** The line that one call leaves in the log, whatever becomes of it. */
export class CallAudit {
  readonly #options: AuditOptions;
  readonly #begun: number;
  #facts: LogFields;

  constructor(tool: string, args: unknown, options: AuditOptions) {
    this.#options = options;
    this.#begun = options.clock.now();
    const given = Object(args) as Record<string, unknown>;
    const facts = Object.entries(FACTS).flatMap(([argument, name]) => {
      const value = given[argument];
      return isPlain(value) ? [[name, value] as const] : [];
    });
    this.#facts = { tool, host: options.host, ...Object.fromEntries(facts) };
  }

  /** Facts that the tool found out. */
  add(facts: LogFields): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Writes the line; `outcome` is "ok" or the kind of the error. */
  end(outcome: string): void {
    const duration = Math.round(this.#options.clock.now() - this.#begun);
    this.#options.log.info("call", { ...this.#facts, outcome, duration_ms: duration });
  }
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
