import { buildMarker, MarkerScanner } from "../../src/terminal/markers.ts";
import { PlainText } from "../../src/terminal/plain_text.ts";
import { Screen } from "../../src/terminal/screen.ts";
import type { BenchRow } from "./row.ts";

const CHUNK_BYTES = 32 * 1024;
const NONCE = "0123456789abcdef0123456789abcdef";

interface Stream {
  readonly what: string;
  /** Repeated until `megabytes` are full. */
  readonly sample: string;
  readonly megabytes: number;
  readonly goal?: string;
}

const STREAMS: readonly Stream[] = [
  {
    what: "plain lines",
    sample: "The quick brown fox jumps over the lazy dog, 0123456789 and so on\r\n",
    megabytes: 64,
    goal: "≥ 50 MB/s",
  },
  { what: "lines of one letter (yes)", sample: "y\r\n", megabytes: 32, goal: "≥ 50 MB/s" },
  { what: "lines in UTF-8", sample: "Zażółć gęślą jaźń 日本語テキスト 😀\r\n", megabytes: 32 },
  { what: "one endless line", sample: "abcdefghijklmnopqrstuvwxyz", megabytes: 32 },
  {
    what: "coloured lines (grep, ls)",
    sample: "-rw-r--r-- \x1b[01;31m\x1b[Karchive.tar.gz\x1b[m\x1b[K \x1b[32mok\x1b[0m\r\n",
    megabytes: 32,
    goal: "≥ 10 MB/s",
  },
  {
    what: "a progress bar",
    sample: "\r 12% [=======>                    ] 1.2MB/s eta 3s  ",
    megabytes: 16,
    goal: "≥ 10 MB/s",
  },
  {
    what: "rewrites above the cursor (docker)",
    sample: "\r\n\x1b[3A\x1b[2K\ra2318d6c47ec: Downloading [=>   ] 1.2MB/30MB\r\x1b[3B",
    megabytes: 8,
    goal: "≥ 10 MB/s",
  },
];

/** Output on its way to text: TextDecoder, MarkerScanner, PlainText, in chunks as sshd sends them. */
export async function terminalRows(): Promise<readonly BenchRow[]> {
  const rows = STREAMS.map(({ what, sample, megabytes, goal }): BenchRow => {
    const bytes = filled(sample, megabytes);
    readThrough(bytes.subarray(0, 1_000_000));
    const measured = formatRate(bytes.length, timed(() => readThrough(bytes)));
    return { what: `terminal text: ${what}`, measured, ...(goal === undefined ? {} : { goal }) };
  });
  return [...rows, await unseenScreenRow(), await seenScreenRow()];
}

function readThrough(bytes: Uint8Array): void {
  const decoder = new TextDecoder();
  const scanner = new MarkerScanner({ accepts: (nonce) => nonce === NONCE });
  const plain = new PlainText();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const text = decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true });
    for (const piece of scanner.feed(text)) if (piece.kind === "text") plain.write(piece.text);
  }
  const last = scanner.feed(buildMarker(NONCE, "D", "0"));
  if (last.at(-1)?.kind !== "marker") throw new Error("the marker was not found");
}

async function unseenScreenRow(): Promise<BenchRow> {
  const bytes = filled(STREAMS[0]!.sample, 32);
  const text = new TextDecoder().decode(bytes);
  using screen = new Screen({ columns: 200, rows: 50 });
  const ms = timed(() => feedInChunks(screen, text));
  await screen.snapshot();
  return {
    what: "terminal screen: plain lines nobody looks at",
    measured: formatRate(bytes.length, ms),
  };
}

async function seenScreenRow(): Promise<BenchRow> {
  using screen = new Screen({ columns: 200, rows: 50 });
  const text = "\x1b[?1049h" +
    new TextDecoder().decode(filled("\x1b[5;9Hfull screen\x1b[1mx\x1b[m\r\n", 3));
  const started = performance.now();
  feedInChunks(screen, text);
  await screen.snapshot();
  const measured = formatRate(text.length, performance.now() - started);
  return { what: "terminal screen: a full-screen program", measured };
}

function feedInChunks(screen: Screen, text: string): void {
  for (let at = 0; at < text.length; at += CHUNK_BYTES) {
    screen.feed(text.slice(at, at + CHUNK_BYTES));
  }
}

function filled(sample: string, megabytes: number): Uint8Array {
  const once = new TextEncoder().encode(sample);
  const bytes = new Uint8Array(Math.floor(megabytes * 1_000_000 / once.length) * once.length);
  for (let at = 0; at < bytes.length; at += once.length) bytes.set(once, at);
  return bytes;
}

function timed(action: () => void): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

function formatRate(bytes: number, ms: number): string {
  return `${(bytes / 1_000 / ms).toFixed(0)} MB/s`;
}
