import { isShell, isShellAtPrompt } from "./shell_at_prompt.ts";
import {
  isAway,
  isCarrier,
  isReading,
  isSameProcess,
  type ProcessIdentity,
} from "./terminal_process.ts";
import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";

/** A question to the terminal in the output of a command, and what is known of who asked it. */
export interface TerminalQuery {
  /** The command as its caller wrote it. */
  readonly command: string;
  /** Units printed since the query began, as the program wrote them. */
  readonly writtenUnits: number;
  /** The processes in the foreground as soon as the query was seen. */
  readonly present: readonly ProcessIdentity[];
}

/** How scripts spell the queries that an emulator answers. */
const SPELT_QUERY = /\[(?:[56]n|\?6n|>?0?c|\??\d{1,5}\\?\$p)/;

/**
 * Whether the one reader of a terminal is the program that asked, as far as its host proves it.
 *
 * It reads raw and without echo, was there when the query came, and has itself written as much as was
 * printed since: what another program printed before it, such as a file with escapes in it, fails that. A
 * shell starts such programs itself, so its own text must spell the query.
 */
export function isAsker(terminal: TerminalListing, query: TerminalQuery): boolean {
  if (terminal.mode !== "raw" || terminal.echoes) return false;
  const awake = terminal.processes.filter((process) => !isAway(process));
  const [only] = awake;
  if (awake.length !== 1 || only === undefined || isCarrier(only)) return false;
  const { present, writtenUnits } = query;
  const isPresent = present.some((process) => isSameProcess(process, only));
  if (!isPresent || (only.written ?? 0) < writtenUnits) return false;
  return isReading(only, terminal) && (!isShell(only) || speltQuery(only, terminal, query));
}

function speltQuery(
  process: TerminalProcess,
  terminal: TerminalListing,
  { command }: TerminalQuery,
): boolean {
  const isLogin = process.pid === terminal.shell && process.start === terminal.shellStart;
  // fish edits lines whenever it reads.
  if (process.name === "fish") return false;
  // The login shell's editor is off: what it reads raw is for its builtin.
  if (isLogin) return SPELT_QUERY.test(command);
  return !isShellAtPrompt(process, terminal) &&
    (process.arguments ?? []).some((word) => SPELT_QUERY.test(word));
}
