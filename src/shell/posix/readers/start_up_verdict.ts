import type { TerminalListing } from "./terminal_readers.ts";
import { ECHO_EDITING_SHELLS, isOldEditor, isShell, isShellAtPrompt } from "./shell_at_prompt.ts";
import { isAway, isCarrier, isMultiplexer, isReading } from "./terminal_process.ts";

/** The state of login shells that are starting, by their terminals. */
export type StartUpVerdict =
  | "prompt"
  | "question"
  /** A question, unless the line is an ordinary prompt beyond doubt. */
  | "doubtful"
  /** Nobody reads yet. */
  | "busy"
  /** A recorder of sessions, or a login to elsewhere, passes on what is typed: who reads is not shown. */
  | "carried"
  | "multiplexer"
  | "unknown";

/** The state of starting login shells, and of their terminals. */
export interface StartUpLook {
  readonly verdict: StartUpVerdict;
  /** Printable characters that are keys of one of the terminals. */
  readonly keys: string;
}

/** Shells that read their own prompt only through a line editor, which takes the terminal raw. */
const EDITING_SHELLS = new Set("bash rbash zsh rzsh fish ash".split(" "));

/** Judges terminals whose shells are all just starting: a prompt only when each one has prompted. */
export function judgeStartUp(terminals: readonly TerminalListing[]): StartUpVerdict {
  const verdicts = terminals.map(startUpOf);
  for (
    const verdict of ["multiplexer", "question", "doubtful", "carried", "unknown", "busy"] as const
  ) {
    if (!verdicts.includes(verdict)) continue;
    // Of several that start at once, another may be set up by now: it reads without a line editor.
    return verdict === "question" && verdicts.length > 1 ? "doubtful" : verdict;
  }
  return verdicts.length === 0 ? "unknown" : "prompt";
}

function startUpOf(terminal: TerminalListing): StartUpVerdict {
  const { processes, mode } = terminal;
  if (processes.length === 0 || mode === undefined) return "unknown";
  if (processes.some(isMultiplexer)) return "multiplexer";
  const awake = processes.filter((process) => !isAway(process));
  // sudo(8) with use_pty waits for its child, and passes on what is typed to a terminal of its own.
  const carriers = awake.length > 0 ? awake : processes.filter(({ wait }) => wait !== "elsewhere");
  if (mode === "raw" && carriers.length === 1 && isCarrier(carriers[0]!)) return "carried";
  if (awake.length === 0) return "busy";
  const [only] = awake;
  if (awake.length > 1) {
    const [reader, ...readers] = awake.filter((process) => isReading(process, terminal));
    if (reader === undefined) return "unknown";
    // A shell edits no line while it waits for a command: the others were left behind by its files.
    const isPrompt = readers.length === 0 && mode === "raw" && isShellAtPrompt(reader, terminal);
    return isPrompt ? "prompt" : "question";
  }
  if (isShellAtPrompt(only!, terminal)) return "prompt";
  if (isOldEditor(only!, terminal)) return "unknown";
  const isEditing = EDITING_SHELLS.has(only!.name) && (mode === "cooked" || terminal.echoes);
  // busybox ash polls its terminal for `read`.
  if (isEditing && only!.wait === "polls" && only!.inputIsTerminal === true) return "question";
  if (!isShell(only!) || isEditing) return isReading(only!, terminal) ? "question" : "unknown";
  if (!isReading(only!, terminal)) return "unknown";
  if (ECHO_EDITING_SHELLS.has(only!.name)) return "doubtful";
  return only!.holdsFile ? "question" : "unknown";
}
