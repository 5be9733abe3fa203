import { type Asker, NOBODY_ASKS } from "./askers.ts";

/** Where the conversation about one command's passwords stands; data for {@link nextSudoStep}. */
export type SudoState =
  /** Nobody asked yet. */
  | { readonly kind: "quiet"; readonly tail: string; readonly looked?: "once" }
  /** The password was typed; `since` is what came after the line feed that ended it. */
  | {
    readonly kind: "answered";
    readonly askers: readonly Asker[];
    readonly lineFeed: "expected" | "half" | "seen" | "shown";
    readonly since: string;
    readonly suspected: boolean;
  }
  /** The password was refused; ^C was typed. */
  | { readonly kind: "refused" };

/** What the driver saw. */
export type SudoEvent =
  /** Text of the terminal between markers, raw, in order. */
  | { readonly kind: "text"; readonly text: string }
  /** The marker of sudo's question, or a question of doas or su that {@link findAskers} backs. */
  | { readonly kind: "prompt"; readonly askers: readonly Asker[] };

/** What the driver does next; `output` is the part of a text event that the command printed. */
export interface SudoStep {
  readonly state: SudoState;
  readonly output: string;
  readonly action: SudoAction;
}

/** `look-again`: wait, find the askers anew and tell the same prompt once more. */
export type SudoAction =
  | { readonly kind: "none" }
  | { readonly kind: "type-password" }
  | { readonly kind: "look-again"; readonly afterMs: number }
  /** A person has to decide: treat the question as any other the command asks. */
  | { readonly kind: "ask-caller" }
  | { readonly kind: "refused" };

/** The state before a command. */
export const sudoStart: SudoState = { kind: "quiet", tail: "" };

/** A process that was let in needs up to this long to have a child of its own (PAM, loggers). */
const LOOK_AGAIN_MS = 400;
const SINCE_CHARS = 4_096;

/**
 * Decides what a question for a password means. Pure.
 *
 * One process is answered once. A second question is a refusal when the very same processes still
 * ask, and another sudo's when they changed: measured with sudo 1.9, a refusal and a second sudo
 * print the same shape (line feed, lines, prompt), in words that locale and sudoers(5) choose. Where
 * the processes cannot be seen, the known words of a refusal decide, then silence, and in doubt the
 * caller.
 */
export function nextSudoStep(state: SudoState, event: SudoEvent): SudoStep {
  switch (event.kind) {
    case "text":
      return readText(state, event.text);
    case "prompt":
      return readPrompt(state, event.askers);
  }
}

function readText(state: SudoState, text: string): SudoStep {
  switch (state.kind) {
    case "refused":
      return { state, output: text, action: { kind: "none" } };
    case "quiet": {
      const tail = (state.tail + text).slice(-SINCE_CHARS);
      return { state: { kind: "quiet", tail }, output: text, action: { kind: "none" } };
    }
    case "answered":
      return readAnswered(state, text);
  }
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
  const since = (state.since + output).slice(-SINCE_CHARS);
  return { state: { ...state, lineFeed, since }, output, action: { kind: "none" } };
}

function readPrompt(state: SudoState, askers: readonly Asker[]): SudoStep {
  // The marker came from elsewhere, such as from a program that prints its environment: were it a
  // question after all, the caller sees it.
  if (askers === NOBODY_ASKS) {
    const hasRead = state.kind === "quiet" && state.looked === "once";
    return hasRead ? passed(quietAgain(state)) : askCaller(state);
  }
  if (askers.some(({ reads }) => reads !== undefined)) return leaveAlone(state);
  switch (state.kind) {
    case "refused":
      return { state, output: "", action: { kind: "none" } };
    case "quiet":
      return isPrintedVariable(state.tail) && askers.length === 0 ? passed(state) : answer(askers);
    case "answered":
      return readNextPrompt(state, askers);
  }
}

function readNextPrompt(
  state: SudoState & { kind: "answered" },
  askers: readonly Asker[],
): SudoStep {
  // sudo ends the line before it asks again, so a question without that is another process's.
  if (state.lineFeed === "expected") return answer(union(state.askers, askers));
  if (isPrintedVariable(state.since) && askers.length === 0) return passed(state);
  if (askers.length > 0 && state.askers.length > 0) {
    if (!isSame(state.askers, askers)) return answer(askers);
    if (state.suspected || isRefusal(state.since)) return refuse();
    const action = { kind: "look-again", afterMs: LOOK_AGAIN_MS } as const;
    return { state: { ...state, suspected: true }, output: "", action };
  }
  if (isRefusal(state.since)) return refuse();
  if (state.since.trim() === "") return answer(askers);
  return { state, output: "", action: { kind: "ask-caller" } };
}

/** sudo -S: what is typed would wait for whoever reads the terminal next; a pipe is read at once. */
function leaveAlone(state: SudoState): SudoStep {
  if (state.kind === "quiet" && state.looked === "once") return askCaller(quietAgain(state));
  const tail = state.kind === "quiet" ? state.tail : "";
  const action = { kind: "look-again", afterMs: LOOK_AGAIN_MS } as const;
  return { state: { kind: "quiet", tail, looked: "once" }, output: "", action };
}

function quietAgain({ tail }: SudoState & { kind: "quiet" }): SudoState {
  return { kind: "quiet", tail };
}

function askCaller(state: SudoState): SudoStep {
  return { state, output: "", action: { kind: "ask-caller" } };
}

function passed(state: SudoState): SudoStep {
  return { state, output: "", action: { kind: "none" } };
}

function answer(askers: readonly Asker[]): SudoStep {
  // The question of doas and su stands in the output, so the end of its line does too.
  const isShown = askers.length > 0 && askers.every(({ program }) => program !== "sudo");
  const state: SudoState = {
    kind: "answered",
    askers,
    lineFeed: isShown ? "shown" : "expected",
    since: "",
    suspected: false,
  };
  return { state, output: "", action: { kind: "type-password" } };
}

function refuse(): SudoStep {
  return { state: { kind: "refused" }, output: "", action: { kind: "refused" } };
}

function union(a: readonly Asker[], b: readonly Asker[]): readonly Asker[] {
  return [...a, ...b.filter(({ pid }) => !a.some((asker) => asker.pid === pid))];
}

function isSame(a: readonly Asker[], b: readonly Asker[]): boolean {
  return a.length === b.length && union(a, b).length === a.length;
}

/** env(1), export -p and declare -x print the prompt's own value; nobody asks there. */
function isPrintedVariable(before: string): boolean {
  return /SUDO_PROMPT[ =]\$?['"]?$/.test(before);
}

/** What sudo 1.9's translations say after a wrong password (msgid "Sorry, try again."), and sudo-rs. */
const REFUSALS: readonly string[] = [
  "Sorry, try again.",
  "sudo: Authentication failed, try again.",
  "Perdona pero volvi tentalo.",
  "Ho sentim, proveu un altre cop.",
  "Je nám líto, zkuste to znovu.",
  "Beklager, prøv igen.",
  "Das hat nicht funktioniert, bitte nochmal probieren.",
  "Συγνώμη, δοκιμάστε ξανά.",
  "Malĝuste, reprovu.",
  "Lo siento, pruebe otra vez.",
  "Yritä uudelleen.",
  "Désolé, essayez de nouveau.",
  "Torne prove.",
  "Pokušajte ponovo.",
  "Elnézést, próbálja újra.",
  "Riprovare.",
  "残念、また試してください。",
  "თავიდან სცადეთ.",
  "죄송합니다만, 다시 시도하십시오.",
  "Feil. Prøv igjen.",
  "Sorry, probeer het opnieuw.",
  "Niestety, proszę spróbować ponownie.",
  "Enganou-se, tente de novo.",
  "Sinto muito, tente novamente.",
  "Încercați din nou.",
  "Попробуйте ещё раз.",
  "Prepáčte, skúste to znovu.",
  "Prosimo, poskusite znova.",
  "Извините, покушајте поново.",
  "Försök igen.",
  "Üzgünüm, yeniden deneyin.",
  "Вибачте, повторіть спробу.",
  "Rất tiếc, hãy thử lại.",
  "对不起，请重试。",
  "抱歉，請重試。",
];

function isRefusal(since: string): boolean {
  const lines = since.split(/\r*\n/).filter((line) => line.trim() !== "");
  const last = lines.at(-1)?.trim() ?? "";
  return REFUSALS.includes(last);
}
