import {
  type Entry,
  EXIT_STATUSES,
  FILES,
  OPTIONS,
  usageOf,
  VARIABLES,
  type Word,
  WORDS,
} from "./words.ts";

/** The manual page of section 1, as man(7) macros. */
export function manualPage(version: string): string {
  return [
    `.TH MCP-SSH-SESSION 1 "" "mcp-ssh-session ${roff(version)}" "User Commands"`,
    ".SH NAME",
    roff("mcp-ssh-session - persistent SSH sessions for MCP clients"),
    ".SH SYNOPSIS",
    ...[undefined, ...WORDS].flatMap(synopsis),
    ".SH DESCRIPTION",
    roff(
      "Without a word it serves the Model Context Protocol on standard input and output, until its " +
        "client closes them. An agent runs commands on the hosts of ssh_config(5) in shells that " +
        "keep their directory, variables and sudo. The process can neither write a file nor start a " +
        "program on this machine.",
    ),
    ".SH COMMANDS",
    ...WORDS.flatMap(section),
    ...entries("OPTIONS", OPTIONS),
    ...entries("ENVIRONMENT", VARIABLES),
    ...entries("FILES", FILES),
    ...entries("EXIT STATUS", EXIT_STATUSES),
    ".SH SEE ALSO",
    ".BR ssh (1),",
    ".BR ssh_config (5),",
    ".BR sshd (8)",
    "",
  ].join("\n");
}

function synopsis(word: Word | undefined): readonly string[] {
  return [`.B ${roff("mcp-ssh-session")}`, ...(word ? [roff(usageOf(word)), ".br"] : [".br"])];
}

function section(word: Word): readonly string[] {
  const [first, ...more] = [`${word.summary}.`, ...word.details];
  return [
    ".TP",
    `.B ${roff(usageOf(word))}`,
    roff(first!.charAt(0).toUpperCase() + first!.slice(1)),
    ...more.flatMap((text) => [".IP", roff(text)]),
  ];
}

function entries(title: string, list: readonly Entry[]): readonly string[] {
  const rows = list.flatMap(([name, meaning]) => [".TP", `.B ${roff(name)}`, roff(meaning)]);
  return [`.SH "${title}"`, ...rows];
}

/** Text in which nothing is a request or an escape of roff. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("~", "\\(ti");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
