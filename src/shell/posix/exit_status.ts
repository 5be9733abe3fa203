/** Signals by number, as Linux counts them; 10, 12 and those over 15 differ elsewhere (signal(7)). */
const SIGNALS: Readonly<Record<number, string>> = {
  1: "HUP",
  2: "INT",
  3: "QUIT",
  4: "ILL",
  5: "TRAP",
  6: "ABRT",
  8: "FPE",
  7: "BUS",
  9: "KILL",
  10: "USR1",
  11: "SEGV",
  12: "USR2",
  13: "PIPE",
  14: "ALRM",
  15: "TERM",
  16: "STKFLT",
  17: "CHLD",
  18: "CONT",
  19: "STOP",
  20: "TSTP",
  21: "TTIN",
  22: "TTOU",
  23: "URG",
  24: "XCPU",
  25: "XFSZ",
  26: "VTALRM",
  27: "PROF",
  28: "WINCH",
  29: "IO",
  30: "PWR",
  31: "SYS",
};

/** An exit status as sh(1) gives it and the signal it stands for. */
export interface ToldStatus {
  /** 0–255; null where the shell could not say. */
  readonly exitStatus: number | null;
  /** Without "SIG"; null where the status stands for none. */
  readonly exitSignal: string | null;
}

/** Added to a signal's number in `$?`, by shell; POSIX XCU §2.8.2 asks for "over 128". */
const SIGNAL_BASE: Readonly<Record<string, number>> = { ksh93: 256, yash: 384 };

/** Reads `$?` as a shell of this kind tells it; what is over 255 is brought to sh(1)'s form. */
export function readStatus(told: string, shellKind = "sh"): ToldStatus {
  const status = Number.parseInt(told, 10);
  if (Number.isNaN(status)) return { exitStatus: null, exitSignal: null };
  const base = SIGNAL_BASE[shellKind] ?? 128;
  const number = status > base ? status - base : status > 128 ? status - 128 : 0;
  const exitSignal = SIGNALS[number] ?? null;
  if (status <= 255) return { exitStatus: status, exitSignal };
  return status > base && exitSignal !== null
    ? { exitStatus: 128 + number, exitSignal }
    : { exitStatus: status % 256, exitSignal: null };
}

/** A channel's own exit (RFC 4254 §6.10) in the same form; undefined when it told none. */
export function channelStatus(
  exit: { readonly exitStatus?: number; readonly exitSignal?: string },
): ToldStatus | undefined {
  if (exit.exitStatus !== undefined) return readStatus(String(exit.exitStatus));
  if (exit.exitSignal === undefined) return undefined;
  const number = Object.entries(SIGNALS).find(([, name]) => name === exit.exitSignal)?.[0];
  const exitStatus = number === undefined ? null : 128 + Number(number);
  return { exitStatus, exitSignal: exit.exitSignal };
}

/** The end of a command, as marker D or P reports it. */
export interface ReportedEnd {
  /** The command it belongs to; "" where the shell knows of none yet. */
  readonly id: string;
  /** Process id of the shell that prompts; "" in marker D. */
  readonly pid: string;
  readonly status: ToldStatus;
  /** `$-`; "" where it is not reported. */
  readonly flags: string;
  /** Standard output is a pipe: what the command printed may come later than its end. */
  readonly piped: boolean;
  readonly terminal: "cooked" | "raw";
  /** Text that another program printed into the marker, behind its LF. */
  readonly intruded: string;
}

/** The flag of marker D for a standard output that is a pipe. */
export const PIPED = "|";

/**
 * Reads `id;status;flags LF` of marker D, or `id;pid;kept;status;flags LF` of marker P, of a shell of
 * this kind; `kept` is the command's status where the shell could not print marker D.
 *
 * The fields end in LF, of which a cooked terminal makes CR LF (ONLCR, termios(3)): so a terminal
 * that a program left raw is noticed. Shells that print by stdio(3), bash among them, write up to the
 * LF first and then the marker's end: what a background job prints in between is not part of them.
 */
export function readEnd(letter: "D" | "P", text: string, shellKind?: string): ReportedEnd {
  const lineEnd = text.indexOf("\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const isCooked = lineEnd >= 0 && line.endsWith("\r");
  const fields = (isCooked ? line.slice(0, -1) : line).split(";");
  const [id = "", pid = "", kept = "", shown = "", flags = ""] = letter === "P"
    ? fields
    : [fields[0], "", "", fields[1], fields[2]];
  return {
    id,
    pid,
    status: readStatus(kept === "" ? shown : kept, shellKind),
    flags: flags.replace(PIPED, "").trim(),
    piped: flags.includes(PIPED),
    terminal: isCooked ? "cooked" : "raw",
    intruded: lineEnd < 0 ? "" : text.slice(lineEnd + 1),
  };
}
