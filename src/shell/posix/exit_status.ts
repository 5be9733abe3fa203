/** Signals by number, as Linux counts them; the first fifteen are the same everywhere. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: "HUP",
  2: "INT",
  3: "QUIT",
  4: "ILL",
  5: "TRAP",
  6: "ABRT",
  8: "FPE",
  9: "KILL",
  11: "SEGV",
  13: "PIPE",
  14: "ALRM",
  15: "TERM",
  19: "STOP",
  20: "TSTP",
  24: "XCPU",
  25: "XFSZ",
  31: "SYS",
};

/** An exit status as sh(1) gives it and the signal it stands for. */
export interface ToldStatus {
  /** 0–255; null where the shell could not say. */
  readonly exitStatus: number | null;
  /** Without "SIG"; null where the status stands for none. */
  readonly exitSignal: string | null;
}

/** What a shell adds to a signal's number in `$?`; POSIX XCU §2.8.2 asks for "over 128". */
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
  return { exitStatus: 128 + Number(number ?? 0), exitSignal: exit.exitSignal };
}
