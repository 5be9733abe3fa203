import type { Job } from "../../jobs/job.ts";
import { quoteText } from "../../terminal/quote.ts";
import type { QuestionKind } from "../../shell/shell.ts";

const COMMAND_CHARS = 100;

/** The kind of holder that a job which asks is to those who wait behind it. */
export function whatAsks({ record: { state, command } }: Job): string {
  if (state.kind !== "awaiting-input") return "";
  const { kind, text } = state.question;
  return kind === "screen"
    ? `a full-screen program: ${quoteText(command, COMMAND_CHARS)}`
    : text.trim() === ""
    ? `which waits for input: ${quoteText(command, COMMAND_CHARS)}`
    : `which asks ${quoteText(text.trim(), COMMAND_CHARS)}`;
}

/** The call that ends a job that asks: a program that has the whole screen takes no Ctrl-C. */
export function endingCall(job: Job): string {
  const { state } = job.record;
  const isScreen = state.kind === "awaiting-input" && state.question.kind === "screen";
  return `interrupt_command_by_id(command_id="${job.id}"${isScreen ? ', signal="TERM"' : ""})`;
}

/** The call that answers what a job asks; "" when it asks nothing. */
export function answerAdvice(job: Job): string {
  const { state } = job.record;
  if (state.kind !== "awaiting-input") return "";
  const { kind, text } = state.question;
  if (kind === "text" && text.trim() === "") return plainReaderAdvice(job.id);
  const rest = questionKey(job) === "rest"
    ? "the statement is unfinished, and it asks for the rest; "
    : "";
  const advice = rest + adviceFor(kind, job.id);
  return state.question.isGuess
    ? `it seems to ask, but the host does not show who reads; ${advice}`
    : advice;
}

/** It may read to the end of its input, as cat(1) does, and asks nothing. */
function plainReaderAdvice(id: string): string {
  return `it waits for input: send_input(command_id="${id}", input_text="…") types a line, ` +
    `send_keys(command_id="${id}", keys="<ctrl-d>") ends the input`;
}

/** Equal for questions with the same advice. */
export function questionKey({ record: { state } }: Job): string {
  if (state.kind !== "awaiting-input") return "";
  const { kind, text } = state.question;
  if (kind !== "text") return kind;
  return text.trim() === "" ? "input" : isContinuation(text) ? "rest" : kind;
}

/**
 * Whether a line is the prompt for the rest of a statement: python, sqlite3, psql and mysql have
 * each their own. A bare `> ` may be the main prompt of another.
 */
function isContinuation(line: string): boolean {
  return /^(?:\s{0,20}\.\.\.>?|\s{0,20}(?:-|['"`]|\/\*)>|\w[\w.]{0,60}[-*'"$(][#>])\s?$/.test(line);
}

function adviceFor(kind: QuestionKind, id: string): string {
  switch (kind) {
    case "password":
    case "passphrase":
      return `send_input(command_id="${id}", input_text="…", secret=true) answers it`;
    case "pager":
      return `send_keys(command_id="${id}", keys="<space>") shows more, keys="q" leaves`;
    case "screen":
      return `send_keys(command_id="${id}", keys="…") types to it`;
    case "press-key":
      return `send_keys(command_id="${id}", keys="<enter>") goes on`;
    case "shell":
      return `the next execute_command runs in this inner shell; its command "exit" leaves it`;
    case "host-key":
    case "yes-no":
    case "text":
      return `send_input(command_id="${id}", input_text="…") answers it`;
  }
}
