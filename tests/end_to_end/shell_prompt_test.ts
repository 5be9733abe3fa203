import assert from "node:assert/strict";
import { checkCases, type ShellCase, type ShellHost } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const PROMPTS: readonly ShellCase[] = [
  "PS1='$ '",
  "PS1=",
  "PS1='\\u@\\h:\\w\\$ '",
  "PS1='two\nlines> '",
  "PS1=\"$(printf '\\033[32m')> \"",
  'PS1="(venv) $PS1"',
  "PS1='user@host:~# '; PS2='more> '",
  "unset PS1 PS2",
].flatMap((command) => [
  { command },
  { command: "echo a; (exit 3)", output: "a\n", status: 3 },
  { command: "echo $?", output: "3\n" },
]);

const READONLY: readonly ShellCase[] = [
  { command: "readonly PS1" },
  { command: "echo ro; false", output: "ro\n", status: 1 },
  {
    command: "PS1=x; echo not reached",
    output: /read.?only/,
    status: { dash: 2, mksh: 2, ash: 2, others: 1 },
  },
  { command: "exec 2>/dev/null" },
  { command: "echo o; false", output: "o\n", status: 1 },
  { command: "echo $?", output: "1\n" },
  { command: "exec 2>/dev/tty" },
  { command: "echo e >&2", output: "e\n" },
];

/** The shell prints its prompt, with our marker in it, wherever standard error goes. */
const REDIRECTED: readonly ShellCase[] = [
  { command: "exec 2>~/err" },
  { command: "echo out; echo err >&2", output: "out\n" },
  {
    command: "while read -r l; do case $l in *err*) echo got it;; esac; done <~/err; (exit 3)",
    output: "got it\n",
    status: 3,
  },
  { command: "echo $?", output: "3\n" },
  { command: "exec 2>/dev/tty" },
  { command: "cat ~/err | grep -c err; echo done", output: /^[1-9]\ndone\n$/ },
  { command: "cat ~/err; echo done", output: /err\n[^]*done\n$/ },
  {
    command: "cat ~/err; sh -c 'sleep 0.3'; echo done; (exit 5)",
    output: /err\n[^]*done\n$/,
    status: 5,
  },
  { command: "echo $?", output: "5\n" },
  { command: "grep -c -e unset -e unfunction ~/err", output: "0\n", status: 1 },
  { command: "exec >~/out 2>&1" },
  { command: "echo hidden" },
  { command: "false", status: 1 },
  { command: "echo $? >/dev/tty", output: "1\n" },
  { command: "exec >/dev/tty 2>&1" },
  { command: "echo back; cat ~/out", output: /^back\n[^]*hidden\n/ },
  { command: "exec 3>&1; echo three >&3; exec 3>&-", output: "three\n" },
  { command: "exec 2>&-" },
  { command: "echo without stderr", output: "without stderr\n" },
  { command: "exec 2>/dev/tty" },
];

const PRINTED: readonly ShellCase[] = [
  { command: 'echo "$PS1"; echo rest; (exit 7)', output: /rest\n$/, status: 7 },
  { command: "set; echo LAST", output: /HOME=[^]*LAST\n$/ },
  { command: "set | grep -c '^HOME='", output: "1\n" },
  { command: "env; echo LAST", output: /PAGER=cat[^]*LAST\n$/ },
  { command: "export -p; echo LAST", output: /PAGER[^]*LAST\n$/ },
  { command: "env | grep -c 7717", output: "0\n", status: 1 },
];

Deno.test("in every shell a command may set the prompt to anything", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, PROMPTS);
});

Deno.test("in every shell a readonly prompt and a prompt that shows nowhere hinder nothing", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, READONLY);
});

Deno.test("in every shell standard output and error may go elsewhere, old prompts printed or not", async () => {
  await using hosts = await borrowShellHosts();
  // ksh93 starts no program while its standard error is no terminal and job control is on.
  await checkCases(hosts.all, REDIRECTED);
});

Deno.test("in every shell a command may print the prompt as it is written", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, PRINTED);
});

Deno.test("in every shell source of a start-up file that sets the prompt is an ordinary command", async () => {
  const rc = "PS1='themed> '; PROMPT_COMMAND='echo noise'; echo from rc; sourced=1\n";
  await using hosts = await borrowShellHosts({ files: () => ({ "rc.sh": rc }) });
  await checkCases(hosts.all, [
    { command: ". ~/rc.sh", output: "from rc\n" },
    { command: "unset PROMPT_COMMAND; echo $sourced", output: /^1\n/ },
    { command: "false", status: 1 },
    { command: "echo $?", output: /^1\n/ },
  ]);
});

Deno.test("bash and zsh source their own start-up files again", async () => {
  const rc = "PS1='rc> '\nalias ll='echo aliased'\n";
  await using hosts = await borrowShellHosts({
    shells: ["bash", "zsh"],
    files: (name) => ({ [name === "bash" ? ".bashrc" : ".zshrc"]: rc }),
  });
  await checkCases(hosts.all, [
    { command: "source ~/.${0#-}rc" },
    { command: "ll x; false", output: "aliased x\n", status: 1 },
    { command: "echo $?", output: "1\n" },
  ]);
});

Deno.test("bash's PROMPT_COMMAND of a user is run and belongs to no command", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash"] });
  const bash = hosts.of("bash");
  await bash.run("PROMPT_COMMAND='echo PC'");
  const reply = await bash.run("echo z; false");
  assert.equal(reply.meta?.exit_status, 1);
  assert.equal(reply.body, 'z\n[printed between commands: "PC"]');
  assert.equal((await bash.run("echo $?")).body, '1\n[printed between commands: "PC"]');
});

/** `exec` of another shell: its prompt is a shell's, and the next command sets it up. */
async function replaced(host: ShellHost, command: string): Promise<void> {
  const reply = await host.run(command, { timeout: 10 });
  assert.equal(reply.meta?.state, "awaiting_input", `${host.name}: ${command}: ${reply.text}`);
  assert.equal(reply.meta.prompt?.kind, "shell");
  assert.doesNotMatch(reply.text, /does not show who reads/, `${host.name}: ${command}`);
}

Deno.test("in every shell exec bash, exec zsh and exec dash put another shell in its place", async () => {
  await using hosts = await borrowShellHosts({ files: () => ({ ".zshrc": "PS1='%~ %# '\n" }) });
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("cd /usr; kept=1; export kept");
    for (
      const [shell, told] of [["bash", "${BASH_VERSION:+yes}"], ["zsh", "${ZSH_VERSION:+yes}"], [
        "dash",
        "${ZSH_VERSION-yes}",
      ]]
    ) {
      await replaced(host, `${shell === "dash" ? "export PS1; " : ""}exec ${shell}`);
      const reply = await host.run(`echo ${told} $kept; pwd; (exit 6)`, { timeout: 10 });
      assert.equal(reply.meta?.exit_status, 6, `${host.name}: ${shell}: ${reply.text}`);
      assert.match(reply.body, /^yes 1\n\/usr\n/, `${host.name}: ${shell}`);
      assert.equal((await host.run("echo $?")).body, "6\n", `${host.name}: ${shell}`);
    }
    const { structuredContent } = await host.server.call("list_sessions");
    const sessions = structuredContent.sessions as { user: string; nested_shells: number }[];
    const own = sessions.find(({ user }) => user === host.account.name);
    assert.equal(own?.nested_shells, 0, host.name);
    assert.equal((await host.run("exit 5", { timeout: 10 })).meta?.exit_status, 5, host.name);
    assert.match((await host.run("echo new", { timeout: 10 })).body, /^new\n/, host.name);
  }));
});
