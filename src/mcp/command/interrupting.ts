import type { CommandSignal } from "../../session/session.ts";

/** How long a reply waits for what a signal does. */
export const ANSWER_WITHIN_MS = 2_000;

/** The advice when a program goes on in spite of a signal. */
export const STRONGER: Readonly<Record<CommandSignal, string>> = {
  INT: `signal="TERM"`,
  QUIT: `signal="TERM"`,
  TSTP: `signal="INT"`,
  HUP: `signal="TERM"`,
  TERM: `signal="KILL"`,
  KILL: "",
};
