import { Buffer } from "node:buffer";
import { runScript } from "../sftp/script/script_run.ts";
import { assignment, posixScript, PRELUDE } from "../sftp/script/script_text.ts";
import type { ScriptEnd } from "./script_ends.ts";

/** A shorter file is read anew in less time than a channel takes to open. */
export const BESIDE_BYTES: number = 32 * 1024 ** 2;

const MIB = 1024 ** 2;
const STEP_BYTES = 32 * MIB;
/** The copy itself decides how long it takes. */
const QUIET_MS = 24 * 3_600_000;

/**
 * Reads the file `$p` once, so many MiB for each number on standard input, and says its sha256; the
 * disk gets what was read meanwhile, so that less is left for the fsync(2) at the end. Others' commands
 * go before it.
 */
const BESIDE_SCRIPT: string = PRELUDE + posixScript`
sha256sum </dev/null >/dev/null 2>&1 || fail none
exec 3<"$p" || fail none
renice -n 10 -p $$ >/dev/null 2>&1
flush= b=
case $(sync --help 2>&1) in *FILE*) flush=1 ;; esac
say begin
while read -r c; do
  dd bs=1048576 count="$c" <&3 2>/dev/null
  echo . >&2
  if [ -n "$flush" ] && ! kill -0 "$b" 2>/dev/null; then
    sync "$p" </dev/null >/dev/null 2>&1 &
    b=$!
  fi
done | sha256sum
say end
`;

/** The sha256 of a file at the destination that is read while it is written. */
export class DigestBeside {
  /** Resolves when nothing runs any more. */
  readonly ended: Promise<void>;
  readonly #digest: Promise<string | undefined>;
  readonly #counts = new Counts();
  readonly #stopped = new AbortController();
  #askedBytes = 0;

  constructor(
    path: string,
    { end, signal }: { readonly end: ScriptEnd; readonly signal: AbortSignal },
  ) {
    const { connection, clock, elevation } = end;
    const running = runScript(connection, `${assignment("p", path)}\n${BESIDE_SCRIPT}`, {
      clock,
      elevation,
      content: this.#counts,
      quietMs: QUIET_MS,
      signal: AbortSignal.any([signal, this.#stopped.signal]),
    });
    this.#digest = running.then(({ output, scriptLines }) => {
      const [begin, ended] = ["begin", "end"].map((word) =>
        scriptLines.find((it) => it.word === word)
      );
      if (begin === undefined || ended === undefined) return undefined;
      const text = new TextDecoder().decode(output.subarray(begin.end, ended.start));
      return /^([0-9a-f]{64}) /.exec(text)?.[1];
    }).catch(() => undefined);
    this.ended = this.#digest.then(() => this.#counts.end());
  }

  /** So many bytes from the first on are in the file. */
  advance(writtenBytes: number): void {
    if (writtenBytes - this.#askedBytes < STEP_BYTES) return;
    const count = Math.floor((writtenBytes - this.#askedBytes) / MIB);
    this.#askedBytes += count * MIB;
    this.#counts.add(count);
  }

  /** All is in the file; resolves with its sha256, or undefined where it could not be had. */
  finish(sizeBytes: number): Promise<string | undefined> {
    this.#counts.add(Math.floor((sizeBytes - this.#askedBytes) / MIB) + 1);
    this.#counts.end();
    return this.#digest;
  }

  /** Gives up. */
  stop(): void {
    this.#stopped.abort();
    this.#counts.end();
  }
}

/** Numbers on their way to the script. */
class Counts implements AsyncIterable<Uint8Array> {
  #waiting: number[] = [];
  #isEnded = false;
  #wake: () => void = () => {};

  add(count: number): void {
    this.#waiting.push(count);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const some = this.#waiting.splice(0);
      if (some.length > 0) yield Buffer.from(`${some.join("\n")}\n`);
      else if (this.#isEnded) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
