import { suspectQuestion, type Suspicion } from "../question.ts";

/** A confirmation, `[Y] Yes  [A] Yes to All  [N] No … (default is "Y"):`. */
const CONFIRMATION = /\[[A-Z?]\] [^[\]]{1,80}\[[A-Z?]\] /;
/** PowerShell's own prompt, which a program may print; nobody stands behind it here. */
const PROMPT = /^(?:\[[^\]]{1,200}\]: )?PS [^>]{0,500}> ?$/;

/** Of a row of choices. */
const CHOICES_CHARS = 1_000;

/** How much longer a line must stand that only ends like a question: who reads cannot be asked. */
const VAGUE_FACTOR = 2.5;
const CONFIRMATION_MS = 150;

/** The question that the unfinished line of a command may be; it is never a shell to adopt. */
export function suspectLine(line: string): Suspicion | undefined {
  if (PROMPT.test(line)) return undefined;
  if (CONFIRMATION.test(line) && line.trimEnd().endsWith(":")) {
    return { question: { kind: "yes-no", text: line, isGuess: true }, quietMs: CONFIRMATION_MS };
  }
  const found = suspectQuestion(line);
  if (found === undefined) return undefined;
  const { kind, text } = found.question;
  const isVague = kind === "text" || kind === "shell";
  return {
    question: { kind: kind === "shell" ? "text" : kind, text, isGuess: true },
    quietMs: isVague ? found.quietMs * VAGUE_FACTOR : found.quietMs,
  };
}

/**
 * The line that ends what a stopped command asks and agrees to nothing: an empty one, or the choice
 * that refuses. An empty one would take a confirmation's default, which is mostly Yes; undefined
 * where the choices are a script's own, or on the row above in a narrow console.
 */
export function refusalOf(line: string): string | undefined {
  const found = [...line.slice(0, CHOICES_CHARS).matchAll(/\[([^\]]{1,20})\] ([^[(]{1,80})/g)];
  const choices = found.map(([, key, label]) => ({ key: key!, label: label!.trim() }))
    .filter(({ key }) => key !== "?");
  const isChoice = found.length > choices.length || /["”»’'] ?\) ?[:：] ?$/.test(line);
  if (!isChoice) return "";
  const refusal = choices.find(({ label }) => label === "No" || label === "Halt Command");
  // In other languages: Yes, Yes to All, No, No to All, Suspend; Yes, Yes to All, Halt, Suspend.
  return (refusal ?? (choices.length > 3 ? choices[2] : undefined))?.key;
}
