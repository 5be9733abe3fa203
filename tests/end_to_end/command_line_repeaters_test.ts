import { checkCases, type ShellCase, type ShellName } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

/** Prints what markers are made of, as the shell under test has it. */
const OURS = String.raw`$(for v in $(set | sed -n "s/^\(_mcp_ssh_[a-z0-9]*[cd]\)=.*/\1/p"); ` +
  String.raw`do eval "printf %s \"\$$v\""; done)`;

/**
 * What prints the line that is typed again, with its escapes undone where that is possible: hooks,
 * traces and history. Nothing of it may be taken for the start, the end or the directory of a command.
 */
const REPEATERS: Readonly<Record<string, readonly string[]>> = {
  bash: [
    String.raw`trap 'echo -ne "\033]0;$BASH_COMMAND\007"' DEBUG`,
    String.raw`trap 'printf "%b" "\033]0;$BASH_COMMAND\007" >/dev/tty' DEBUG`,
    String.raw`trap 'printf "\033]2;%b\007" "$BASH_COMMAND" >&2' DEBUG`,
    String.raw`set -T; trap 'printf "\033]0;%b\007" "$BASH_COMMAND"' DEBUG RETURN`,
    String.raw`PROMPT_COMMAND='printf "\033]0;%b\007" "$(fc -ln -1)${OURS}$PS1"'`,
    String.raw`trap 'printf "\033]0;%b\007" "$BASH_COMMAND"' ERR`,
  ],
  zsh: [
    String.raw`preexec(){ print -n "\e]0;$1\a" }`,
    String.raw`preexec(){ print -n "\e]0;$2$3\a"; print -nP "\e]0;$1\a" 2>/dev/null }`,
    String.raw`trap 'print -n "\e]0;$ZSH_DEBUG_CMD\a"' DEBUG`,
    String.raw`precmd(){ print -n "\e]0;$(fc -ln -1)${OURS}\a" }`,
  ],
  ksh93: [
    "trap 'print -n \"\\033]0;${.sh.command}\\a\"' DEBUG",
    'trap \'printf "\\033]0;%b\\a" "${.sh.command}" >/dev/tty\' DEBUG',
  ],
  mksh: ["trap 'print -n \"\\033]0;$(fc -ln -1 2>&-)\\007\"' ERR"],
  dash: [`trap 'printf "\\033]0;%b\\007" "${OURS}$PS1"' EXIT`],
  ash: [`trap 'printf "\\033]0;%b\\007" "${OURS}$PS1"' EXIT`],
  yash: [`PROMPT_COMMAND='printf "\\033]0;%b\\007" "${OURS}$PS1"'`],
};

/** Each with the status before it seen, and an end of its own. */
const COMMANDS: readonly ShellCase[] = [
  { command: "cd /usr; echo one", output: "one\n" },
  { command: "pwd; (exit 3)", output: "/usr\n", status: 3 },
  { command: "echo $?", output: "3\n" },
  {
    command: "sh -c 'echo two; sleep 0.2; echo three; exit 200'",
    output: "two\nthree\n",
    status: 200,
  },
  { command: "echo $?; cd /", output: "200\n" },
  { command: "printf 'no end'; false", output: "no end", status: 1 },
  { command: "echo 'unclosed", output: /./, status: { ksh93: 3, zsh: 1, mksh: 1, others: 2 } },
  { command: "for i in 1 2; do echo $i; done; pwd", output: "1\n2\n/\n" },
];

Deno.test("what repeats the command line forges neither start, end, status, directory nor output", async () => {
  const shells = Object.keys(REPEATERS);
  await using hosts = await borrowShellHosts({ shells });
  await Promise.all(hosts.all.map(async (host) => {
    for (const [index, repeater] of REPEATERS[host.name]!.entries()) {
      const session = { session: `repeater${index}` };
      await host.run(repeater, session);
      await checkCases([host], COMMANDS, session);
    }
  }));
});

Deno.test("fish's events that repeat the command line forge nothing", async () => {
  await using hosts = await borrowShellHosts({ shells: ["fish"] });
  const [fish] = hosts.all;
  await fish!.run(
    String.raw`function echoed --on-event fish_preexec; printf "\e]0;%b\a" "$argv"; end; ` +
      String.raw`function after --on-event fish_postexec; printf "\e]0;%b\a" "$argv"; end`,
  );
  await checkCases([fish!], [
    { command: "cd /usr; echo one", output: "one\n" },
    { command: "pwd; false", output: "/usr\n", status: 1 },
    { command: "echo $status; sh -c 'exit 7'", output: "1\n", status: 7 },
  ]);
});

Deno.test("traces and echoed lines forge nothing", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, [
    { command: "set -v" },
    { command: "cd /usr; pwd; (exit 3)", output: /\/usr\n$/, status: 3 },
    { command: "echo $?", output: /3\n$/ },
    { command: "set +v", output: /^/ },
    { command: "set -x" },
    { command: "pwd; (exit 4)", output: /\/usr\n/, status: 4 },
    { command: "echo $?", output: /4\n/ },
    { command: "set +x", output: /^/ },
    { command: "echo quiet", output: "quiet\n" },
  ]);
});

/** Hooks that print what is about to run into the line of its output. */
const WITHOUT_LINE_END: Readonly<Partial<Record<ShellName, readonly string[]>>> = {
  bash: [
    `trap 'printf "[%s]" "$BASH_COMMAND"' DEBUG`,
    `set -T; trap 'printf "[%s]" "$BASH_COMMAND" >&2' DEBUG RETURN ERR`,
  ],
  zsh: [`trap 'print -n "[$ZSH_DEBUG_CMD]"' DEBUG`],
  ksh93: [`trap 'print -n "[\${.sh.command}]"' DEBUG`, "set -v", "set -xv"],
  mksh: ["set -xv"],
};

Deno.test("output in one line with what repeats the command is kept", async () => {
  const shells = Object.keys(WITHOUT_LINE_END) as ShellName[];
  await using hosts = await borrowShellHosts({ shells });
  await Promise.all(hosts.all.map(async (host) => {
    for (const [index, repeater] of WITHOUT_LINE_END[host.name]!.entries()) {
      const session = { session: `hook${index}` };
      await host.run(repeater, session);
      const outputs = [
        { command: "echo one", output: /one\n/ },
        { command: "printf '1+1=2'; (exit 3)", output: /1\+1=2/, status: 3 },
        // Several, since what is printed comes in one piece or in more.
        ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((status) => [
          { command: `(exit ${status})`, output: /^/, status },
          { command: "echo $?", output: new RegExp(`${status}\\n`) },
        ]),
      ];
      await checkCases([host], outputs, session);
    }
  }));
});

Deno.test("a log of the terminal, printed again, forges nothing", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh", "ksh93"] });
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("exec 2>~/log");
    await checkCases([host], [
      { command: "echo one; (exit 3)", output: "one\n", status: 3 },
      { command: "cat ~/log; sh -c 'sleep 0.3'; echo two; (exit 5)", output: /two\n$/, status: 5 },
      { command: "echo $?; cat ~/log; pwd", output: /^5\n[^]*home\n$/ },
      { command: "exec 2>/dev/tty" },
      { command: "echo three", output: "three\n" },
    ]);
  }));
});
