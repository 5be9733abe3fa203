import {
  type Entry,
  EXIT_STATUSES,
  OPTIONS,
  usageOf,
  VARIABLES,
  type Word,
  WORDS,
} from "./words.ts";

const WIDTH = 100;
const NAME_WIDTH = 33;

/** The text of `--help`. */
export function helpText(): string {
  const words: readonly Entry[] = [
    ["mcp-ssh-session", "serve MCP on standard input and output"],
    ...WORDS.map((word): Entry => [`mcp-ssh-session ${usageOf(word)}`, word.summary]),
  ];
  return [
    "mcp-ssh-session: persistent SSH sessions for MCP clients\n",
    section("Usage", words),
    section("Options", OPTIONS),
    section("Environment", VARIABLES),
    section("Exit status", EXIT_STATUSES),
    'mcp-ssh-session help WORD says more about one word, "mcp-ssh-session manual | man -l -" all.\n',
  ].join("\n");
}

/** The text of `help WORD`. */
export function helpOf(word: Word): string {
  const paragraphs = word.details.map((text) => `\n${wrapped(text, WIDTH - 2, "  ")}\n`);
  const head = `mcp-ssh-session ${usageOf(word)}\n  ${word.summary}\n`;
  return `${head}${paragraphs.join("")}\n${section("Exit status", EXIT_STATUSES)}`;
}

/** Printed for a command line that makes no sense. */
export function usageError(seen: string): string {
  return `mcp-ssh-session: ${seen}\nTry "mcp-ssh-session --help"\n`;
}

function section(title: string, entries: readonly Entry[]): string {
  const lines = entries.map(([name, meaning]) => {
    const text = wrapped(meaning, WIDTH - NAME_WIDTH, " ".repeat(NAME_WIDTH));
    const head = `  ${name}`;
    const fits = head.length < NAME_WIDTH - 1;
    return fits ? head.padEnd(NAME_WIDTH) + text.trimStart() : `${head}\n${text}`;
  });
  return `${title}:\n${lines.join("\n")}\n`;
}

function wrapped(text: string, width: number, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join("\n");
}
