import { type Clock, isoTime } from "../clock.ts";
import { clipMiddle } from "../terminal/quote.ts";
import { makeVisible } from "../terminal/visible.ts";

/** How much is logged; each level contains those before it. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** A command may be megabytes long. */
const FIELD_CHARS = 4_000;

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** Facts of one log line; undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where log lines go. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Conceals a line's texts before they are written. */
  readonly concealer?: { conceal(text: string, host: string | undefined): string };
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
    const line = { time, level, event, ...this.#shown(fields) };
    this.#options.write(`${JSON.stringify(line)}\n`);
  }

  /** Texts without secrets, with what cannot be seen escaped, and none of them endless. */
  #shown(fields: LogFields): LogFields {
    const { concealer } = this.#options;
    const host = typeof fields["host"] === "string" ? fields["host"] : undefined;
    const entries = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string"
        ? makeVisible(clipMiddle(concealer?.conceal(value, host) ?? value, FIELD_CHARS)).text
        : value,
    ]);
    return Object.fromEntries(entries) as LogFields;
  }
}

/** The level named by MCP_SSH_LOG; undefined for a word that is none. */
export function parseLogLevel(word: string): LogLevel | undefined {
  return LEVELS.find((level) => level === word.toLowerCase());
}
