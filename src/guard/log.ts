import { type Clock, isoTime } from "../clock.ts";

/** How much is logged; each level contains those before it. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** Facts of one log line; undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where log lines go. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes one line with its LF; must not block. */
  readonly write: (line: string) => void;
}

/** JSON lines of `time`, `level`, `event` and the event's own facts. No output, no secrets. */
export class Log {
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  error(event: string, fields: LogFields = {}): void {
    this.#write("error", event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#write("warn", event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#write("info", event, fields);
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#write("debug", event, fields);
  }

  #write(level: LogLevel, event: string, fields: LogFields): void {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.#options.level)) return;
    const time = isoTime(this.#options.clock.now());
    this.#options.write(`${JSON.stringify({ time, level, event, ...fields })}\n`);
  }
}

/** The level named by MCP_SSH_LOG; undefined for a word that is none. */
export function parseLogLevel(word: string): LogLevel | undefined {
  return LEVELS.find((level) => level === word.toLowerCase());
}
