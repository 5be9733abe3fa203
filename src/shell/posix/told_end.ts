import { readStatus, type ToldStatus } from "./exit_status.ts";

/** What marker D or P says. */
export interface ToldEnd {
  readonly status: ToldStatus;
  /** `$-`; "" in marker P. */
  readonly flags: string;
  readonly terminal: "cooked" | "raw";
  /** What another program printed into the marker, behind its LF. */
  readonly intruded: string;
}

const SHAPE = /^([^;]*);([^;\r\n]*);?(\r?)\n?([^]*)$/;

/**
 * Reads `status;flags LF` of a shell of this kind.
 *
 * The field ends in LF, of which a cooked terminal makes CR LF (ONLCR, termios(3)): so a terminal
 * that a program left raw is noticed. Shells that print by stdio(3), bash among them, write up to the
 * LF first and then the marker's end: what a background job prints in between is none of the field.
 */
export function readToldEnd(fields: string, shellKind: string | undefined): ToldEnd {
  const [, status = "", flags = "", cr = "", intruded = ""] = SHAPE.exec(fields) ?? [];
  return {
    status: readStatus(status, shellKind),
    flags: flags.trim(),
    terminal: cr === "" ? "raw" : "cooked",
    intruded,
  };
}
