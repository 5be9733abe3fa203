import type { Question, QuestionKind } from "../../shell.ts";
import type { CommandRun } from "../command_run.ts";
import { leadsToShell, wordsLeadToShell } from "./leads_to_shell.ts";
import type { ReaderVerdict, Reads } from "./reader_verdict.ts";

/** The meaning of the cursor's line. */
export type LineJudgement =
  | { readonly kind: "ask"; readonly question: Question }
  /** As far as its look says: to be asked after a longer silence. */
  | { readonly kind: "unproven"; readonly question: Question }
  | { readonly kind: "none" };

/** The facts about the cursor's line. */
export interface StandingLine {
  readonly reader: ReaderVerdict;
  /** The question that the line reads like. */
  readonly question: Question | undefined;
  readonly run: Pick<CommandRun, "command" | "cursorLine">;
  readonly screen: "primary" | "alternate";
}

/** Joins who reads the terminal with what the line reads like. */
export function judgeLine({ reader, question, run, screen }: StandingLine): LineJudgement {
  if (question?.kind === "screen" && reader.kind !== "nobody") {
    // A pager reads by a descriptor of its own: so it may still wait for what it is to show.
    return { kind: reader.kind === "unproven" ? "unproven" : "ask", question };
  }
  switch (reader.kind) {
    case "nobody":
      return { kind: "none" };
    case "shell":
      // A terminal inside the terminal lets none of our markers through.
      if (screen === "alternate" || isPlainQuestion(question)) return proven(question);
      return { kind: "ask", question: { kind: "shell", text: question?.text ?? run.cursorLine } };
    case "foreign-shell":
      return { kind: "ask", question: { kind: "text", text: question?.text ?? run.cursorLine } };
    case "program":
      return reader.reads === "anything"
        ? provenOrPlain({ reader, question, run })
        : secret({ reads: reader.reads, question, run });
    case "itself":
      if (reader.reads !== "anything") return secret({ reads: reader.reads, question, run });
      if (!/\bexec\b/.test(run.command)) return provenOrPlain({ reader, question, run });
      if (reader.edits && !isPlainQuestion(question) && !EDITS_A_LINE.test(run.command)) {
        return { kind: "ask", question: { kind: "shell", text: question?.text ?? run.cursorLine } };
      }
      return question?.kind === "shell" ? unproven(question) : proven(question);
    case "carrier":
      return mayBeShell(wordsLeadToShell(reader.arguments) || leadsToShell(run.command), question);
    case "unproven":
      if (reader.hidesInput && question !== undefined && !saysWhat(question)) {
        return unproven({ ...question, kind: "password" });
      }
      return mayBeShell(leadsToShell(run.command), question);
  }
}

/** Commands of a shell that edit a line: bash's `read -e`, zsh's `vared`. */
const EDITS_A_LINE = /\b(?:read|vared|select|source|eval)\b/;

/** Start-up files may ask as the shell itself reads: no shell has such words for its prompt. */
export function isPlainQuestion(question: Question | undefined): boolean {
  return question !== undefined && PLAIN_QUESTIONS.includes(question.kind);
}

const PLAIN_QUESTIONS: readonly QuestionKind[] = ["password", "passphrase", "yes-no", "press-key"];

function mayBeShell(leads: boolean, question: Question | undefined): LineJudgement {
  if (question === undefined) return { kind: "none" };
  return unproven(question.kind === "shell" && !leads ? { ...question, kind: "text" } : question);
}

function unproven(question: Question): LineJudgement {
  return { kind: "unproven", question: { ...question, isGuess: true } };
}

/** A secret is read, whatever the words, unless they say otherwise: git asks for a name so, too. */
function secret(
  { reads, question, run }: Pick<StandingLine, "question" | "run"> & { readonly reads: Reads },
): LineJudgement {
  if (question === undefined && reads === "secrets-only") return { kind: "none" };
  const { text, kind } = question ?? { text: run.cursorLine, kind: "text" };
  if (saysWhat({ text, kind })) return proven(question);
  return { kind: "ask", question: { kind: "password", text } };
}

/** Whether the words of a question, read without echo, say that it is no secret, or which one. */
function saysWhat({ kind, text }: Question): boolean {
  return (kind !== "text" && kind !== "shell") || NAMES_SOMEBODY.test(text);
}

const NAMES_SOMEBODY = /\b(?:user(?:name)?|login|account|e-?mail|name)\b/i;

/** A reader that is blocked until something is typed asks for it, whatever was printed before. */
function provenOrPlain({ reader, question, run }: {
  readonly reader: { readonly waitsForInput: boolean };
  readonly question: Question | undefined;
  readonly run: Pick<CommandRun, "cursorLine">;
}): LineJudgement {
  if (question !== undefined || !reader.waitsForInput) return proven(question);
  return proven({ kind: "text", text: run.cursorLine });
}

/** A program that is no shell asks no shell's question. */
function proven(question: Question | undefined): LineJudgement {
  if (question === undefined) return { kind: "none" };
  const { kind, text } = question;
  return { kind: "ask", question: { kind: kind === "shell" ? "text" : kind, text } };
}
