import { abortable, type Clock, within } from "../../clock.ts";
import { readPieces } from "../../terminal/markers.ts";
import { newNonce } from "../../terminal/nonce.ts";
import type { Channel, Connection } from "../../transport/transport.ts";
import { isWindowsServer } from "../../transport/windows_server.ts";
import type { Shell } from "../shell.ts";
import { bootstrapFor, hasReported } from "./bootstrap.ts";
import { type Interpreter, probeInterpreter } from "./interpreter_probe.ts";
import { noLanguage, notAnswered, notStarted, restrictedLanguage } from "./powershell_errors.ts";
import { PowerShellShell, type Ready } from "./powershell_shell.ts";
import { Said } from "./said.ts";
import { type HostLines, unixLines, windowsLines } from "./start_line.ts";

/** The first start after a boot, with a virus scanner, takes many seconds. */
const START_MS = 60_000;
/** After that a second one is asked for a sign of life. */
const SILENT_MS = 10_000;
const ASK_BYTES = 4_096;
/** A channel may end just before its connection. */
const FAREWELL_MS = 50;

/** The parts and settings for opening a PowerShell session. */
export interface OpenPowerShellOptions {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
  /** The far end's name in errors: its alias. */
  readonly hostName: string;
  /** The probe's finding, where it was asked already. */
  readonly interpreter?: Interpreter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts PowerShell without a terminal, and the loop in it.
 *
 * @throws {UnsupportedError} When it does not start, or may not run the loop.
 */
export async function openPowerShell(
  connection: Connection,
  options: OpenPowerShellOptions,
): Promise<Shell> {
  const { environment, signal } = options;
  const interpreter = options.interpreter ?? await probeInterpreter(connection, signal);
  const lines = linesFor(connection, interpreter);
  const channel = await connection.exec(lines.start, { environment, signal });
  try {
    return await startLoop(connection, channel, { ...options, lines });
  } catch (error) {
    await channel[Symbol.asyncDispose]();
    throw error;
  }
}

function linesFor(connection: Connection, interpreter: Interpreter): HostLines {
  const isWindows = isWindowsServer(connection.ident) || interpreter.kind === "cmd" ||
    interpreter.kind === "powershell" && interpreter.isWindows;
  return isWindows ? windowsLines(interpreter) : unixLines();
}

async function startLoop(
  connection: Connection,
  channel: Channel,
  options: OpenPowerShellOptions & { readonly lines: HostLines },
): Promise<Shell> {
  const { clock, hostName, signal } = options;
  const nonce = newNonce();
  const said = new Said();
  void drain(channel, said);
  const pieces = readPieces(channel.output, (seen) => seen === nonce);
  // PowerShell may end before it has read all of this: then what it printed says why.
  channel.write(new TextEncoder().encode(bootstrapFor(nonce))).catch(() => {});
  const asking = { start: options.lines.start, environment: options.environment, signal };
  const starting = firstWord(pieces, said);
  const found = await abortable(within(clock, SILENT_MS, starting), signal) ??
    await abortable(
      within(clock, START_MS - SILENT_MS, lateWord(connection, starting, asking)),
      signal,
    );
  if (found === undefined) throw notAnswered(hostName, { said: said.text, limitMs: START_MS });
  if (found.kind === "ended") {
    const fault = await within(clock, FAREWELL_MS, connection.closed);
    throw fault ?? notStarted(hostName, said.text);
  }
  if (found.kind === "no-loop") throw noLanguage(hostName, said.text);
  if (found.kind === "restricted") throw restrictedLanguage(hostName, found.mode);
  return new PowerShellShell(connection, channel, {
    clock,
    lines: options.lines,
    ready: found.ready,
    nonce,
    pieces,
    said,
  });
}

interface Asking {
  readonly start: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** The first word of a loop that is silent for long, or the verdict that none will come. */
async function lateWord(
  connection: Connection,
  starting: Promise<FirstWord>,
  asking: Asking,
): Promise<FirstWord> {
  const over = Promise.withResolvers<void>();
  const isMute = isWithoutLanguage(connection, asking, over.promise).catch(() => false);
  try {
    return await Promise.race([
      starting,
      isMute.then((is) => is ? { kind: "no-loop" as const } : starting),
    ]);
  } finally {
    over.resolve();
  }
}

/**
 * Whether a second PowerShell reads the loop to the end of its input, and no loop reports itself:
 * where the language is switched off, nothing runs. One that is only slow reports.
 */
async function isWithoutLanguage(
  connection: Connection,
  { start, environment, signal }: Asking,
  over: Promise<void>,
): Promise<boolean> {
  const nonce = newNonce();
  await using channel = await connection.exec(start, { environment, signal });
  await channel.write(new TextEncoder().encode(bootstrapFor(nonce)));
  channel.end();
  let printed = "";
  const write = (text: string): void => void (printed = (printed + text).slice(-ASK_BYTES));
  const reading = drain({ errorOutput: channel.output }, { write });
  await Promise.race([reading, over]);
  return !hasReported(nonce, printed);
}

/** Standard error: empty, unless the redirection got lost on the way. */
async function drain(
  channel: Pick<Channel, "errorOutput">,
  said: Pick<Said, "write">,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of channel.errorOutput) {
      said.write(decoder.decode(chunk, { stream: true }));
    }
  } catch {
    // The channel's own end is reported by its output.
  }
}

type FirstWord =
  | { readonly kind: "ready"; readonly ready: Ready }
  | { readonly kind: "restricted"; readonly mode: string }
  /** The lines are read, and no loop runs: JEA, or a program that is no PowerShell. */
  | { readonly kind: "no-loop" }
  | { readonly kind: "ended" };

async function firstWord(
  pieces: ReturnType<typeof readPieces>,
  said: Said,
): Promise<FirstWord> {
  let cwd = "";
  let directory: string | undefined;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    for (const piece of next.value) {
      if (piece.kind === "text") said.write(piece.text);
      else if (piece.letter === "W") cwd = piece.fields;
      else if (piece.letter === "F") directory = piece.fields;
      else if (piece.letter === "L") return { kind: "restricted", mode: piece.fields };
      else if (piece.letter === "R") {
        const [version = "", edition = "", pid = ""] = piece.fields.split(";");
        return { kind: "ready", ready: { version, edition, pid, cwd, directory } };
      }
    }
  }
  return { kind: "ended" };
}
