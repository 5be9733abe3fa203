import type { PasswordAsker } from "../readers/password_askers.ts";
import { isSameProcess } from "../readers/terminal_process.ts";

/** A host's answer about the readers of a password. */
export type PasswordLook =
  /** The setuid programs that read it, and nobody else does. */
  | { readonly kind: "askers"; readonly askers: readonly PasswordAsker[] }
  /** Nobody reads the terminal. */
  | { readonly kind: "nobody" }
  /** It cannot be proved who reads: no password is typed. */
  | { readonly kind: "unproven" };

/** Where the conversation about one command's passwords stands; data for {@link nextSudoStep}. */
export type SudoState =
  /** Nobody was answered yet. */
  | { readonly kind: "quiet"; readonly isSecondLook: boolean }
  /** The password was typed `answers` times, at most once for each of `askers`. */
  | {
    readonly kind: "answered";
    readonly askers: readonly PasswordAsker[];
    /** Those that asked when it was typed last. */
    readonly asking: readonly PasswordAsker[];
    readonly answers: number;
    readonly lineFeed: "expected" | "half" | "seen" | "shown";
    readonly isSecondLook: boolean;
  }
  /** The password was refused; ^C was typed. */
  | { readonly kind: "refused" };

/** An observation of the driver. */
export type SudoEvent =
  /** Text of the terminal between markers, raw, in order. */
  | { readonly kind: "text"; readonly text: string }
  /** The marker of sudo's question came, or a line that reads like doas's or su's. */
  | { readonly kind: "prompt"; readonly look: PasswordLook };

/** The driver's next act; `output` is the part of a text event that the command printed. */
export interface SudoStep {
  readonly state: SudoState;
  readonly output: string;
  readonly action: SudoAction;
}

/** `look-again`: wait, look anew and tell the same prompt once more. */
export type SudoAction =
  | { readonly kind: "none" }
  /** To be typed once the host has told the same `askers` again. */
  | { readonly kind: "type-password"; readonly askers: readonly PasswordAsker[] }
  | { readonly kind: "look-again"; readonly afterMs: number }
  /** A person has to decide: treat the question as any other the command asks. */
  | { readonly kind: "ask-caller" }
  | { readonly kind: "refused" };

/** The state before a command. */
export const sudoStart: SudoState = { kind: "quiet", isSecondLook: false };

/** A process that was let in needs up to this long to have a child of its own (PAM, loggers). */
const LOOK_AGAIN_MS = 400;

/**
 * Decides what a question for a password means. Pure.
 *
 * One process is answered once. A second question is a refusal when the very same processes still
 * ask, and another sudo's when they changed: measured with sudo 1.9, a refusal and a second sudo
 * print the same shape (line feed, lines, prompt), in words that locale and sudoers(5) choose.
 */
export function nextSudoStep(state: SudoState, event: SudoEvent): SudoStep {
  if (event.kind === "prompt") return readPrompt(state, event.look);
  if (state.kind === "answered") return readAnswered(state, event.text);
  return { state, output: event.text, action: { kind: "none" } };
}

/** The line feed after the typed password belongs to the dialogue: CR LF on a pty, or LF. */
function readAnswered(state: SudoState & { kind: "answered" }, text: string): SudoStep {
  let { lineFeed } = state;
  if (lineFeed === "shown") lineFeed = "seen";
  let output = text;
  if (lineFeed === "expected" && output.startsWith("\r")) {
    output = output.slice(1);
    lineFeed = "half";
  }
  if (lineFeed !== "seen" && output !== "") {
    if (output.startsWith("\n")) output = output.slice(1);
    lineFeed = "seen";
  }
  return { state: { ...state, lineFeed }, output, action: { kind: "none" } };
}

function readPrompt(state: SudoState, look: PasswordLook): SudoStep {
  if (state.kind === "refused") return step(state, { kind: "none" });
  if (look.kind !== "askers") return readUnproven(state, look);
  const { askers: asking } = look;
  if (state.kind === "quiet") return answer({ asking, askers: asking, answers: 1 });
  const askers = union(state.askers, asking);
  const isDue = state.answers < askers.length;
  // sudo ends the line before it asks again, so a question without that is another process's.
  const isAnother = state.lineFeed === "expected" || !isSame(state.asking, asking);
  if (isDue && isAnother) return answer({ asking, askers, answers: state.answers + 1 });
  // As many were answered as ever asked: the marker came from elsewhere.
  if (isAnother) return step(state, { kind: "none" });
  return state.isSecondLook ? refuse() : lookAgain(state);
}

/** The asker may be on its way to its terminal; a program that prints its environment asks nothing. */
function readUnproven(
  state: Exclude<SudoState, { kind: "refused" }>,
  look: PasswordLook,
): SudoStep {
  if (!state.isSecondLook) return lookAgain(state);
  const settled = { ...state, isSecondLook: false };
  return step(settled, { kind: look.kind === "nobody" ? "none" : "ask-caller" });
}

function lookAgain(state: Exclude<SudoState, { kind: "refused" }>): SudoStep {
  return step({ ...state, isSecondLook: true }, { kind: "look-again", afterMs: LOOK_AGAIN_MS });
}

function step(state: SudoState, action: SudoAction): SudoStep {
  return { state, output: "", action };
}

interface Answer {
  readonly asking: readonly PasswordAsker[];
  readonly askers: readonly PasswordAsker[];
  readonly answers: number;
}

function answer({ asking, askers, answers }: Answer): SudoStep {
  // The question of doas and su stands in the output, so the end of its line does too.
  const isShown = asking.every(({ program }) => program !== "sudo");
  const lineFeed = isShown ? "shown" : "expected";
  const state = {
    kind: "answered",
    askers,
    asking,
    answers,
    lineFeed,
    isSecondLook: false,
  } as const;
  return step(state, { kind: "type-password", askers: asking });
}

function refuse(): SudoStep {
  return step({ kind: "refused" }, { kind: "refused" });
}

function union(
  known: readonly PasswordAsker[],
  asking: readonly PasswordAsker[],
): readonly PasswordAsker[] {
  return [...known, ...asking.filter((asker) => !known.some((old) => isSameProcess(old, asker)))];
}

function isSame(one: readonly PasswordAsker[], other: readonly PasswordAsker[]): boolean {
  return one.length === other.length && union(one, other).length === one.length;
}
