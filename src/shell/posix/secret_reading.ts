import { UnsupportedError } from "../../errors.ts";
import type { NamedSecret } from "../shell.ts";
import type { Interpreter } from "./interpreter.ts";
import type { InterpreterState } from "./interpreter_state.ts";
import { type ControlStyle, quotePosix } from "./quoting.ts";
import type { Typist } from "./typist.ts";

/** Bytes of a value in one line: a cooked terminal holds 1,023 on macOS. */
const PIECE_BYTES = 900;

/** The parts of a frame's words that read values. */
export interface SecretWords {
  readonly id: string;
  readonly names: readonly string[];
  readonly quiet: string;
  readonly controlStyle: ControlStyle;
  /** Stands before the shell's own words: `\builtin` or `\command`. */
  readonly own: string;
  /** Prints marker C with other fields than the command's start. */
  readonly tell: (fields: string) => string;
}

/**
 * Words of a frame that read values from the terminal, without echo, and export them.
 *
 * Each value is asked for by a marker when `read` is the next thing that runs, so it is never typed
 * to anybody else, and it is in no line that a shell parses. Whatever comes, a value is read to its
 * last line: no part of it is left for the shell to run. All is well when `k` holds "y".
 */
export function readSecrets(words: SecretWords): readonly string[] {
  const { id, names, quiet, tell, own } = words;
  const [line, value, well] = [`_${id}l`, `_${id}v`, `_${id}k`];
  const lineFeed = quotePosix("\n", words.controlStyle);
  const rest = `\${${line}#?}`;
  const append = (text: string): string => `${value}=$${value}${text}`;
  const test = names.map((name) => `${name}=`).join(";");
  return [
    `${well}=;{ (${test}); } ${quiet}&&{ \\command stty -echo </dev/tty; } ${quiet}&&${well}=y;`,
    ...names.map((name, index) =>
      `case $${well} in y)${well}= ${value}=;${tell(askFields(id, index))};` +
      `while IFS= ${own} read -r ${line} </dev/tty;do case $${line} in ` +
      `'.'*)${append(rest)};${well}=\${${well}:-y};break;;'='*)${append(rest)};;` +
      `'+'*)${append(rest + lineFeed)};;` +
      `'c'*)${append(`$(${own} printf "\\\\${rest}")`)};;` +
      `?*)${well}=n;;esac;done;case $${well} in y)${name}=$${value};\\export ${name};;esac;;esac;`
    ),
    `\\unset ${line} ${value};`,
  ];
}

/** The frame's words that run the command only where all values came. */
export function onlyWithSecrets(
  { id, tell }: Pick<SecretWords, "id" | "tell">,
): { readonly before: string; readonly after: string } {
  return {
    before: `case $_${id}k in y) `,
    after: `;; *) ${tell(`${id}-${REFUSED}`)};; esac`,
  };
}

/** Takes names out of a shell's environment; one that the command made readonly stays. */
export function dropSecrets(names: readonly string[], quiet: string): string {
  return names.map((name) =>
    `case \${${name}+x} in x){ (\\unset ${name}); } ${quiet}&&\\unset ${name};;esac;`
  ).join("");
}

const REFUSED = "x";

function askFields(id: string, index: number): string {
  return `${id}-${index}`;
}

/**
 * Answers marker C with fields that ask for a value; false where it tells a command's start.
 *
 * A value is typed once, for the command that is beginning, in its turn.
 */
export function answerSecret(interpreter: Interpreter, fields: string, typist: Typist): boolean {
  const at = fields.indexOf("-");
  if (at < 0) return false;
  const { run } = interpreter.state;
  if (run === undefined || run.id !== fields.slice(0, at) || !interpreter.isBeginning) return true;
  const asked = fields.slice(at + 1);
  if (asked === REFUSED) run.failAtEnd(notRead());
  else {
    const secret = run.takeSecret(Number(asked));
    if (secret !== undefined) typist.write(secretLines(secret));
  }
  return true;
}

/** A value as the lines that {@link readSecrets} reads: no control character is typed. */
export function secretLines(value: string): string {
  let lines = "";
  let piece = "";
  let bytes = 0;
  const end = (kind: string, behind = ""): void => {
    lines += `${kind}${piece}\n${behind}`;
    piece = "";
    bytes = 0;
  };
  for (const character of value) {
    if (character === "\n") end("+");
    else if (character < " " || character === "\x7f") {
      end("=", `c${character.charCodeAt(0).toString(8).padStart(3, "0")}\n`);
    } else {
      if (bytes + 4 > PIECE_BYTES) end("=");
      piece += character;
      bytes += character < "\x80" ? 1 : 4;
    }
  }
  end(".");
  return lines;
}

/** Why a command cannot get secrets here; undefined where it can. */
export function whyNoSecrets(
  state: InterpreterState,
  secrets: readonly NamedSecret[],
  elevates: boolean,
): UnsupportedError | undefined {
  const kind = state.identity?.shellKind;
  const names = secrets.map(({ name }) => name).join(",");
  if (state.depth > 0) {
    return noSecrets(
      "secrets are given to the login shell's commands only, and this session is inside another shell",
      "Leave it with exit, or take another session",
    );
  }
  if (kind === "fish" || state.sink === "" || state.endsAtPrompt || state.flags.includes("r")) {
    return noSecrets(
      `a ${kind ?? "shell"} like this one cannot read a secret so that nothing else sees it`,
      "Use an account with bash, zsh, dash, ksh or mksh and a terminal of its own (/dev/tty)",
    );
  }
  if (elevates) {
    return noSecrets(
      "sudo does not pass the environment on to a command that is run under it as a whole",
      `Write sudo --preserve-env=${names} COMMAND`,
    );
  }
  return undefined;
}

function noSecrets(why: string, advice: string): UnsupportedError {
  return new UnsupportedError(`Nothing was run: ${why}`, advice);
}

function notRead(): UnsupportedError {
  return new UnsupportedError(
    "Nothing was run: the shell could not take the secrets (a variable of that name is readonly, " +
      "stty(1) is missing, or no process can be started)",
    "Choose another session or host, or run it without secrets",
  );
}
