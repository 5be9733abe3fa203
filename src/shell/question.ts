import { cursorRow, type Screen, type ScreenSnapshot } from "../terminal/screen.ts";
import type { Question, QuestionKind } from "./shell.ts";

/** A question that the cursor's line may be, and how long the far end must be quiet before it is. */
export interface Suspicion {
  readonly question: Question;
  readonly quietMs: number;
}

/** A password prompt waits 150 ms; words that merely end in a colon, or a prompt, wait longer. */
const KNOWN_MS = 150;
const VAGUE_MS = 600;
const SHELL_MS = 800;

/** A read-eval-print loop of a language or a database is text to answer, not a shell to adopt. */
const INTERPRETER =
  /^(?:>>>|\.\.\.|In \[\d+\]:|[\w.-]*(?:sql|sqlite|db|mongo|redis|gdb|irb|pdb|node|ghci|ftp)\b[^$#]*>)\s*$/i;
/** Words that make a menu's question of what else would be a prompt. */
const ASKING =
  /choi[cs]e|choose|select|option|menu|enter|pick|answer|login|user|name|number|input/i;

const shapes: readonly {
  readonly kind: QuestionKind;
  readonly shape: { test(text: string): boolean };
  quietMs: number;
}[] = [
  { kind: "passphrase", shape: /pass\s?phrase\b[^\n]*:\s*$/i, quietMs: KNOWN_MS },
  {
    kind: "password",
    shape:
      /(?:pass(?:word|wort|code)|kennwort|contraseña|mot de passe|senha|密码|密碼|パスワード|пароль|\b(?:PIN|OTP|token|secret|(?:verification|one-time) code)\b)[^\n]{0,80}[:：]\s*$/iu,
    quietMs: KNOWN_MS,
  },
  {
    kind: "host-key",
    shape: /continue connecting \(yes\/no(?:\/\[fingerprint\])?\)\?\s*$|Please type 'yes'/i,
    quietMs: KNOWN_MS,
  },
  {
    kind: "yes-no",
    shape:
      /[[(<]\s*(?:y(?:es)?\s*[/|,]\s*n(?:o)?|n(?:o)?\s*[/|,]\s*y(?:es)?|j\s*\/\s*n|[yn](?:\/[a-z?])+)\b[^\])>]{0,80}[\])>]\s*[?:]?\s*[^\s]{0,2}\s*$|\b(?:y\/n|yes\/no)\s*[?:]\s*$/i,
    quietMs: KNOWN_MS,
  },
  {
    kind: "pager",
    shape:
      /^(?::|\(END\)|.*--\s?More\s?--.*|.*\(press h for help or q to quit\).*|lines \d+-\d+.*)$/i,
    quietMs: KNOWN_MS,
  },
  // less in the clothes of more(1): the file's name and how far; a progress display reads alike.
  { kind: "pager", shape: /^\S+ \(\d+%\)\s*$/, quietMs: VAGUE_MS },
  {
    kind: "press-key",
    shape:
      /\btype one of the keys\b|\b(?:press|hit)\s+(?:<?(?:any|enter|return|space)\b|\[?enter)[^\n]*$/i,
    quietMs: KNOWN_MS,
  },
  { kind: "text", shape: INTERPRETER, quietMs: VAGUE_MS },
  {
    kind: "shell",
    shape: { test: endsLikeShell },
    quietMs: SHELL_MS,
  },
  { kind: "text", shape: { test: endsLikeQuestion }, quietMs: VAGUE_MS },
];

/** `… $ `, `user@host:dir> `, `~> `. */
function endsLikeShell(text: string): boolean {
  const prompt = /[ \u00a0]$/.test(text) ? text.slice(0, -1) : text;
  if (/[$#%❯➜λ]$/u.test(prompt)) return prompt.length === 1 || prompt.slice(0, -1).trim() !== "";
  const end = /\s$/.test(text) ? text.slice(0, -1) : text;
  return end.endsWith(">") && /[@~/]/.test(text.split(/\s/, 1)[0]!);
}

/** Words and what ends a question, or `> `. */
function endsLikeQuestion(text: string): boolean {
  const end = text.trimEnd();
  if (!/[?:>\])]$/.test(end)) return false;
  return end === ">" || end.slice(0, -1).trim() !== "";
}

/** A progress display that pauses: `at 45%`, `45% (450/1000)`, `[ 45%]`, `[====>   ]`. */
function isProgress(text: string): boolean {
  const end = text.trimEnd();
  if (/[[|][=#>.*~█▓▒░\s-]{3,200}[\]|]$/u.test(end)) return true;
  const numbers = [...end.matchAll(/(?<![\w.-])\d{1,20}(?:[.,]\d{1,20})?\s?%/gu)];
  const last = numbers.at(-1);
  if (last === undefined) return false;
  return /[)\]]$/.test(end) || last.index + last[0].length === end.length;
}

/** ksh93's line editor wipes to the terminal's edge with blanks, which are none of its prompt. */
const WIPED_COLUMNS = 20;

/**
 * Whether the cursor's line reads like a question, and of which kind.
 *
 * `line` is the unfinished line as the terminal shows it: a line that ended with LF is never one.
 * It is a suspicion, not a verdict: it holds once the far end stays quiet for `quietMs`.
 */
export function suspectQuestion(line: string): Suspicion | undefined {
  if (line.trim() === "") return undefined;
  const end = line.trimEnd();
  const wiped = line.slice(end.length);
  const isWiped = wiped.length >= WIPED_COLUMNS && wiped === " ".repeat(wiped.length);
  const shown = isWiped ? `${end} ` : line;
  const text = shown.length > 400 ? shown.slice(-400) : shown;
  const found = shapes.find(({ shape }) => shape.test(text));
  if (found === undefined) return undefined;
  const isVague = found.kind === "text" || found.kind === "shell";
  if (isVague && isProgress(text)) return undefined;
  return { question: { kind: found.kind, text: shown }, quietMs: found.quietMs };
}

/** A full-screen program asks on its screen, everything else on the text's last line. */
export async function suspectOn(screen: Screen, cursorLine: string): Promise<Question | undefined> {
  return screen.fullScreen
    ? suspectOnScreen(await screen.snapshot())
    : suspectQuestion(cursorLine)?.question;
}

/**
 * The question of a full-screen program: one that the cursor stands behind, or its whole screen.
 *
 * A shell's prompt in there belongs to a terminal inside the terminal (tmux, screen), which lets
 * none of our markers through: it is text to answer, no shell to adopt.
 */
function suspectOnScreen(screen: ScreenSnapshot): Question | undefined {
  const text = cursorRow(screen);
  const { row, column } = screen.cursor;
  const isLastRow = row === screen.rows.length - 1;
  if (screen.cursorText === "standout" && isLastRow) return { kind: "pager", text };
  const question = column < text.length ? undefined : suspectQuestion(text)?.question;
  // Nothing is drawn yet: a pager may still wait for what it is to show.
  if (screen.rows.every((row) => row === "")) return undefined;
  // What reads like any other question (nano's "Save modified buffer?") mostly takes a key alone.
  if (question === undefined || question.kind === "text") return { kind: "screen", text };
  return question.kind === "shell" ? { kind: "text", text } : question;
}

/** A prompt of an ordinary Unix shell, beyond doubt: `$ `, `# `, `user@host…$ `, `sh-5.2# `. */
export function isSurePrompt(line: string): boolean {
  return /^(?:[$#%] |-?(?:ba|rba|da|k|mk|z|a|ya|po|tc|c)?sh-\d[\d.]*[$#%] |\[?[\w.+-]+@[\w.-]+.*[$#%>] ?)$/
    .test(line);
}

/** A prompt that a shell may have, and a question hardly ever: `> `, `web1> `, `--> `. */
export function isBarePrompt(line: string): boolean {
  return /^\S{0,40}> ?$/.test(line) && !INTERPRETER.test(line) && !ASKING.test(line);
}

/** A possible prompt: it ends like one. */
export function isLikelyPrompt(line: string): boolean {
  return /[$#%>❯➜λ»:](?:\x20|\u00a0)*$/u.test(line) &&
    suspectQuestion(line)?.question.kind !== "password";
}
