import { checkCases, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const WORDS = [
  "eval",
  "builtin",
  "command",
  "printf",
  "print",
  "stty",
  "unset",
  "set",
  "cd",
  "history",
  "trap",
  "export",
  "typeset",
];

const ALIASES: readonly ShellCase[] = [
  { command: WORDS.map((word) => `alias ${word}='echo evil'`).join("; ") },
  { command: "\\echo one; (exit 4)", output: "one\n", status: 4 },
  { command: "\\echo $?", output: "4\n" },
  { command: "eval 'x'", output: "evil x\n" },
  // Set-up is typed again after this.
  { command: "PS1='$ '" },
  { command: "\\echo two", output: "two\n" },
  { command: "\\unalias -a" },
  { command: "echo three", output: "three\n" },
];

const FUNCTIONS: readonly ShellCase[] = [
  {
    command: ["printf", "echo", "stty", "history", "print", "pwd"].map((word) =>
      `${word}() { command true hacked; }`
    )
      .join("; "),
    // A function's name cannot be that of a special builtin, and these are none.
    output: "",
  },
  { command: "command echo one; (exit 5)", output: "one\n", status: 5 },
  { command: "command echo $?", output: "5\n" },
  { command: "PS1='$ '" },
  { command: "command echo two", output: "two\n" },
  { command: "unset -f printf echo stty history print pwd" },
  { command: "printf 'three\\n'; echo four", output: "three\nfour\n" },
];

/** Names of special builtins, which some shells let a function have. */
const SPECIAL: readonly ShellCase[] = [
  { command: "return() { :; }; (exit 3)", status: 3 },
  { command: "echo $?; (exit 4)", output: "3\n", status: 4 },
  { command: "echo $?", output: "4\n" },
];

Deno.test("in every shell aliases of the words that frame a command reach only the command", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, ALIASES);
});

Deno.test("in every shell functions with the names of our words reach only the command", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, FUNCTIONS);
});

Deno.test("a function with the name of a special builtin keeps no command from running", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh", "mksh"] });
  await checkCases(hosts.all, SPECIAL);
});
