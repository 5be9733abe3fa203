import assert from "node:assert/strict";
import { checkCases, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const STATUSES: readonly ShellCase[] = [
  { command: "true" },
  { command: "false", status: 1 },
  { command: "echo $?", output: "1\n" },
  { command: "echo $?", output: "0\n" },
  ...[2, 7, 126, 128, 200, 255].flatMap((status): ShellCase[] => [
    { command: `(exit ${status})`, status },
    { command: "echo $?", output: `${status}\n` },
  ]),
  { command: "! true", status: 1 },
  { command: "false || echo or; true && echo and", output: "or\nand\n" },
  { command: "f() { return 9; }; f", status: 9 },
  { command: "x=5; y='q w'; export y", status: 0 },
  { command: 'echo "$x $y"; sh -c \'echo "$y"\'', output: "5 q w\nq w\n" },
  { command: "false | true" },
  { command: "true | false", status: 1 },
  { command: "nosuchcommand_x", output: /nosuchcommand_x.*\n$/, status: 127 },
  { command: "/etc/passwd", output: /[Pp]ermission denied.*\n$/, status: 126 },
  { command: "ls /nonexistent", output: /^ls: .*\n$/, status: 2 },
  {
    command: "cd /nonexistent_x",
    output: /nonexistent_x/,
    status: { dash: 2, mksh: 2, ash: 2, others: 1 },
  },
  { command: "test -d /etc && cd /etc && pwd", output: "/etc\n" },
  { command: "pwd", output: "/etc\n" },
];

const SYNTAX_ERRORS: readonly ShellCase[] = [
  "echo 'unclosed",
  'echo "unclosed',
  "echo `unclosed",
  "echo $(unclosed",
  "if true",
  "echo )",
  "for",
  "echo x |",
  "}",
  "while true; do",
  "echo 'a\nb\nc",
].flatMap((command) => [
  {
    command,
    output: /\S/,
    status: {
      bash: command.includes("$(") ? 1 : 2,
      dash: 2,
      ash: 2,
      ksh93: 3,
      others: 1,
    },
  },
  { command: "echo next", output: "next\n" },
]);

Deno.test("in every shell the exit status is the command's own, and the next command sees it", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, STATUSES);
});

Deno.test("in every shell a syntax error or an unclosed quote is answered at once", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, SYNTAX_ERRORS, { timeout: 5 });
});

Deno.test("in every shell death by a signal is told as status 128+n and its name", async () => {
  await using hosts = await borrowShellHosts();
  for (const [signal, status] of [["TERM", 143], ["KILL", 137], ["HUP", 129]] as const) {
    const replies = await Promise.all(
      hosts.all.map((host) => host.run(`sh -c 'kill -${signal} $$'`)),
    );
    for (const [index, { meta, text }] of replies.entries()) {
      assert.equal(meta?.exit_status, status, `${hosts.all[index]!.name}: ${text}`);
      assert.equal(meta?.exit_signal, signal, `${hosts.all[index]!.name}: ${text}`);
    }
  }
});

Deno.test("in every shell the record tells where the command left the shell", async () => {
  await using hosts = await borrowShellHosts();
  for (const host of hosts.all) {
    assert.equal((await host.run("cd /usr/bin")).meta?.cwd, "/usr/bin", host.name);
    const reply = await host.run("cd ..; false");
    assert.equal(reply.meta?.cwd, "/usr", host.name);
    assert.match(
      reply.firstLine,
      new RegExp(
        `^\\[exit 1\\] \\d+\\.\\d\\ds ${host.account.name}@${host.server.host}:/usr command_id=\\S+$`,
      ),
    );
    assert.equal(reply.meta?.duration_ms.toFixed(0), String(reply.meta?.duration_ms), host.name);
  }
});
