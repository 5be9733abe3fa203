/** Deno lets imports of some hosts through --deny-import; --no-remote stops those. */
export const REFUSAL = /^(?:NotCapable|denied|.*--no-remote is specified)/;

/** Acts that the shipped permissions refuse, whatever code runs under them. */
export const REFUSED: readonly string[] = [
  "write a file",
  "append to a file",
  "make a directory",
  "remove a file",
  "rename a file",
  "change a mode",
  "make a symbolic link",
  "make a temporary file",
  "write by node:fs",
  "run a program",
  "run a program by node:child_process",
  "load a library",
  "ask for the host name",
  "ask for the user id",
  "kill a process",
  "import from a network host",
  "import from a host that needs no permission",
  "be granted more",
];
