import assert from "node:assert/strict";
import { idOf } from "../support/world.ts";
import { checkCases, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

/** The same text as the start-up file that each of the shells reads at login. */
function startUp(text: string): (name: string) => Readonly<Record<string, string>> {
  return (name) => ({ [name === "zsh" ? ".zshrc" : ".profile"]: text });
}

const FIRST: readonly ShellCase[] = [
  { command: "echo first $?; (exit 3)", output: "first 0\n", status: 3 },
  { command: "echo $?", output: "3\n" },
  { command: "pwd | grep -c home", output: "1\n" },
];

Deno.test("in every shell a start-up file that sleeps 3 s delays the first command and nothing else", async () => {
  await using hosts = await borrowShellHosts({ files: startUp("sleep 3\nslept=1\n") });
  await checkCases(hosts.all, [
    { command: "echo first $? $slept; (exit 3)", output: "first 0 1\n", status: 3 },
    ...FIRST.slice(1),
  ]);
});

Deno.test("in every shell a MOTD with Helios, > and # is neither output nor a device nor a prompt", async () => {
  const motd = [
    "*** Welcome to Helios (ios-lab) ***",
    "Cisco IOS XE, RouterOS, Junos > all # kinds $ of % text:",
    "router1>",
    "router1#",
    "admin@router1> ",
    "Password:",
    "--More--",
    "Do you want to continue? [y/N]",
  ];
  const text = `cat <<'MOTD'\n${motd.join("\n")}\nMOTD\n`;
  await using hosts = await borrowShellHosts({ files: startUp(text) });
  await checkCases(hosts.all, FIRST);
});

Deno.test("in every shell a MOTD whose last line is not ended is no question", async () => {
  await using hosts = await borrowShellHosts({
    files: startUp("printf 'loading: '\nsleep 0.2\nprintf 'Helios router1# '\n"),
  });
  await checkCases(hosts.all, FIRST);
});

Deno.test("in every shell a themed prompt of two lines is set aside", async () => {
  const theme = `ESC=$(printf '\\033')
PS1="$ESC[38;5;31m┌─[user@host]─[~/src]─[main ✗]
└─$ESC[1;32m❯$ESC[0m "
PS2='… '
export PS1 PS2
`;
  await using hosts = await borrowShellHosts({ files: startUp(theme) });
  await checkCases(hosts.all, [
    ...FIRST,
    // dash and ash cannot take PS1 back out of the environment.
    {
      command: "env | grep -c '^PS[12]='",
      output: { dash: "2\n", ash: "2\n", others: "0\n" },
      status: { dash: 0, ash: 0, others: 1 },
    },
    { command: "dash -c 'echo child; exit 4'", output: "child\n", status: 4 },
  ]);
});

Deno.test("in every shell odd settings of the start-up file change no result", async () => {
  const odd = `set -o vi 2>/dev/null
set -u
alias ls='ls --color=always' grep='grep --color=always' 2>/dev/null
IFS=':'
PAGER=less
LANG=C
LC_ALL=C
export PAGER LANG LC_ALL
printf '\\033]0;title\\007\\033[?2004h\\033[?1h\\033='
stty -ixon erase '^H' 2>/dev/null
umask 077
cd /usr
`;
  await using hosts = await borrowShellHosts({ files: startUp(odd) });
  await checkCases(hosts.all, [
    { command: "echo first $?; (exit 3)", output: "first 0\n", status: 3 },
    { command: "echo $?; pwd; umask", output: /^3\n\/usr\n0?077\n$/ },
    { command: "echo é 日本", output: "é 日本\n" },
    { command: "echo $PAGER", output: "cat\n" },
  ]);
});

Deno.test("in every shell a line editor that a sourced file turns on is turned off again", async () => {
  const text = 'set -o vi 2>/dev/null\ntest -n "${ZSH_VERSION-}" && setopt zle\ntrue\n';
  await using hosts = await borrowShellHosts({ files: () => ({ "editor.sh": text }) });
  await checkCases(hosts.all, [{ command: ". ~/editor.sh" }, ...FIRST, ...FIRST]);
  const others = hosts.all.filter(({ name }) => name !== "ash");
  await checkCases(others, [
    { command: "x=1; set -o vi; (exit 3)", status: 3 },
    { command: "echo $? $x", output: "3 1\n" },
    { command: "set -o emacs\necho '$x' \"it's\"", output: "$x it's\n" },
    { command: "echo next", output: "next\n" },
  ]);
});

Deno.test("bash and zsh hooks of a start-up file go on, and change neither status nor output", async () => {
  const hooks: Readonly<Record<string, string>> = {
    ".profile":
      "trap 'echo DBG' DEBUG\nPROMPT_COMMAND='echo PC; PS1=\"$RANDOM> \"'\nPS0='PS0\\n'\n",
    ".zshrc": "precmd() { echo PRECMD }\npreexec() { echo PREEXEC }\nchpwd() { : }\n" +
      "precmd_functions+=(precmd)\nRPROMPT='%T'\nsetopt prompt_cr prompt_sp correct\n",
  };
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh"], files: () => hooks });
  for (const host of hosts.all) {
    for (const { command, output, status = 0 } of FIRST) {
      const reply = await host.run(command);
      assert.equal(reply.meta?.exit_status, status, reply.text);
      // A trap on DEBUG prints into the output, as in a terminal; a hook between commands is a note.
      const own = reply.body.split("\n").filter((line) => !/^DBG$|^\[printed between/.test(line));
      assert.equal(
        own.join("\n").trimEnd(),
        String(output).trimEnd(),
        `${host.name}: ${reply.text}`,
      );
    }
  }
});

Deno.test("in every shell a question of the start-up file goes to the caller, and the command runs after the answer", async () => {
  const text = "printf 'Which environment? [dev/prod]: '\nread -r environment\n";
  await using hosts = await borrowShellHosts({ files: startUp(text) });
  await Promise.all(hosts.all.map(async (host) => {
    const asked = await host.run("echo in $environment", { timeout: 15 });
    assert.equal(asked.meta?.state, "awaiting_input", `${host.name}: ${asked.text}`);
    assert.match(asked.meta.prompt?.text ?? "", /Which environment/, host.name);
    assert.match(
      asked.body,
      /^(?:.*\n)*Which environment\? \[dev\/prod\]: \n\[send_input/,
      host.name,
    );
    const ended = await host.server.call("send_input", {
      command_id: idOf(asked),
      input_text: "prod",
      wait: 15,
    });
    assert.equal(ended.meta?.state, "exited", `${host.name}: ${ended.text}`);
    assert.match(ended.body, /in prod\n$/, host.name);
    const whole = await host.server.call("get_command_status", {
      command_id: idOf(asked),
      offset: 0,
    });
    assert.equal(whole.body, "in prod\n", host.name);
  }));
});

Deno.test("a new zsh user's menu is left as it is and creates no file", async () => {
  await using hosts = await borrowShellHosts({
    shells: ["zsh"],
    files: () => ({ ".hushlogin": "" }),
  });
  const zsh = hosts.of("zsh");
  await Deno.remove(`${zsh.account.home}/.zshrc`);
  const reply = await zsh.run("ls -A; echo $?", { timeout: 15 });
  if (reply.meta?.state === "exited") assert.equal(reply.body, ".hushlogin\n0\n");
  else assert.equal(reply.meta?.state, "awaiting_input", reply.text);
  const files = Array.from(Deno.readDirSync(zsh.account.home), ({ name }) => name);
  assert.ok(!files.includes(".zshrc"), files.join(" "));
});
