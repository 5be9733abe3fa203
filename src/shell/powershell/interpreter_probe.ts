import { ChannelError } from "../../errors.ts";
import type { Connection } from "../../transport/transport.ts";

/**
 * Harmless in every shell, and answered by each in its own way: cmd prints
 * `$0 Windows_NT $PSEdition $IsWindows`, a POSIX shell `bash %OS%`, PowerShell a line for each word.
 */
const PROBE = "echo $0 %OS% $PSEdition $IsWindows";
const ANSWER_MS = 30_000;
const ANSWER_BYTES = 256 * 1024;

/** The command interpreter that sshd hands exec requests to; `unknown`: its answer is none of these. */
export type Interpreter =
  | { readonly kind: "cmd" }
  /** Edition Desktop is Windows PowerShell, Core is PowerShell 6 and later, on any system. */
  | {
    readonly kind: "powershell";
    readonly edition: "Desktop" | "Core";
    readonly isWindows: boolean;
  }
  | { readonly kind: "posix" }
  | { readonly kind: "unknown"; readonly said: string };

/** One connection has one DefaultShell: its later sessions need not ask again. */
const found = new WeakMap<Connection, Interpreter>();

/** Asks, in a channel of its own, for 30 s at most: the first start on a Windows host is slow. */
export async function probeInterpreter(
  connection: Connection,
  signal?: AbortSignal,
): Promise<Interpreter> {
  const interpreter = found.get(connection) ?? await ask(connection, signal);
  if (interpreter.kind !== "unknown") found.set(connection, interpreter);
  return interpreter;
}

async function ask(connection: Connection, signal?: AbortSignal): Promise<Interpreter> {
  try {
    const { text } = await connection.run(PROBE, {
      limitBytes: ANSWER_BYTES,
      timeoutMs: ANSWER_MS,
      until: (said) => readInterpreter(said).kind !== "unknown",
      signal,
    });
    return readInterpreter(text);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    return { kind: "unknown", said: error.message };
  }
}

/** The interpreter that an answer to the probe shows; start-up files may print beside it. */
export function readInterpreter(said: string): Interpreter {
  const lines = said.split("\n").map((line) => line.trim());
  if (lines.some((line) => /^\$0 Windows_NT\b/.test(line))) return { kind: "cmd" };
  const percent = lines.indexOf("%OS%");
  const words = percent < 0 ? [] : lines.slice(percent + 1).filter((line) => line !== "");
  const [edition, isWindows] = words;
  if (edition === "Desktop") return { kind: "powershell", edition, isWindows: true };
  if (edition === "Core" && (isWindows === "True" || isWindows === "False")) {
    return { kind: "powershell", edition, isWindows: isWindows === "True" };
  }
  if (lines.some((line) => /^\S{1,200} %OS%$/.test(line))) return { kind: "posix" };
  return { kind: "unknown", said: said.slice(0, 1_000) };
}
