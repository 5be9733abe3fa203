import type { TerminalSize } from "../terminal/screen.ts";

/** As much output as is kept of one session, in UTF-16 units. */
export const RECORDING_UNITS = 4 * 1024 * 1024;
const SEGMENTS = 4;

/** One event: `o` is output, `m` a marker. */
interface RecordedEvent {
  readonly atMs: number;
  readonly kind: "o" | "m";
  readonly text: string;
}

interface Segment {
  readonly events: RecordedEvent[];
  units: number;
}

/** The header of a downloaded recording. */
export interface CastHead {
  readonly version: 2 | 3;
  readonly title: string;
}

/**
 * The last output of a session, as a terminal's recording (asciicast).
 *
 * Kept in segments, each of which begins with a picture of the screen, so that what is left after
 * the oldest was dropped plays as it was.
 */
export class Recording {
  readonly size: TerminalSize;
  readonly #limitUnits: number;
  #segments: Segment[] = [];

  constructor(size: TerminalSize, limitUnits: number = RECORDING_UNITS) {
    this.size = size;
    this.#limitUnits = limitUnits;
  }

  /** All that is kept, in UTF-16 units. */
  get units(): number {
    return this.#segments.reduce((sum, { units }) => sum + units, 0);
  }

  /** Adds output; `picture` draws the screen as it is behind it. */
  output(text: string, atMs: number, picture: () => string): void {
    const segment = this.#segments.at(-1);
    if (segment !== undefined && segment.units + text.length <= this.#limitUnits / SEGMENTS) {
      return add(segment, { atMs, kind: "o", text });
    }
    this.cut(atMs, picture);
  }

  /** Output is missing: goes on with a picture. */
  cut(atMs: number, picture: () => string): void {
    const segment: Segment = { events: [], units: 0 };
    add(segment, { atMs, kind: "o", text: picture() });
    this.#segments.push(segment);
    while (this.#segments.length > 1 && this.units > this.#limitUnits) this.#segments.shift();
  }

  /** Adds a marker, which players can jump to. */
  marker(text: string, atMs: number): void {
    const segment = this.#segments.at(-1);
    if (segment !== undefined) add(segment, { atMs, kind: "m", text });
  }

  /** The recording as asciicast v2 (which asciinema 2 plays) or v3, UTF-8 lines of JSON. */
  *lines({ version, title }: CastHead): Generator<string> {
    const events = this.#segments.flatMap(({ events }) => events);
    const startMs = events[0]?.atMs ?? 0;
    const { columns, rows } = this.size;
    const timestamp = Math.floor(startMs / 1000);
    const type = "xterm-256color";
    yield version === 3
      ? line({ version, term: { cols: columns, rows, type }, timestamp, title })
      : line({ version, width: columns, height: rows, timestamp, title, env: { TERM: type } });
    let before = startMs;
    for (const { atMs, kind, text } of events) {
      const seconds = (atMs - (version === 3 ? before : startMs)) / 1000;
      yield line([Number(Math.max(0, seconds).toFixed(6)), kind, text]);
      before = atMs;
    }
  }
}

function add(segment: Segment, event: RecordedEvent): void {
  segment.events.push(event);
  segment.units += event.text.length;
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
