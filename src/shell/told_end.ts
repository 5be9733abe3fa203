import { readStatus, type ToldStatus } from "./exit_status.ts";

/** What marker D or P says. */
export interface ToldEnd {
  readonly status: ToldStatus;
  /** `$-`; "" in marker P. */
  readonly flags: string;
  readonly terminal: "cooked" | "raw";
}

/**
 * Reads `status;flags LF` of a shell of this kind.
 *
 * The field ends in LF, of which a cooked terminal makes CR LF (ONLCR, termios(3)): so a terminal
 * that a program left raw is noticed.
 */
export function readToldEnd(fields: string, shellKind: string | undefined): ToldEnd {
  const [status = "", flags = ""] = fields.split(";");
  return {
    status: readStatus(status, shellKind),
    flags: flags.trim(),
    terminal: fields.endsWith("\r\n") ? "cooked" : "raw",
  };
}
