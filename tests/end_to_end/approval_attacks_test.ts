import assert from "node:assert/strict";
import { accept, isRefused, ONCE, SAME, scene, SHELL } from "../support/approval_scene.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import type { ElicitResult } from "../support/packages/mcp_sdk.ts";
import { startSshd } from "../support/sshd.ts";
import { idOf, SLEEP } from "../support/world.ts";

/** Ways to write the alias and the loopback addresses. */
const SPELLINGS = [
  ..."testhost TESTHOST testhost. TestHost. root@testhost testhost:22 root@testhost:22".split(" "),
  ..."ssh://testhost ssh://root@testhost:22 ssh://TESTHOST:22 127.0.0.1 127.1 127.0.1".split(" "),
  ..."2130706433 0x7f000001 0177.0.0.1 0x7f.1 127.0.0.1. root@127.1:22 [::1]:22 ::1".split(" "),
  ..."0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 [::ffff:7f00:1]:22 0::1".split(" "),
];

Deno.test("permittedRun() refuses a closed host however it is written", async () => {
  await using made = await scene([
    { hosts: ["testhost", "127.0.0.1", "::1"], mode: "deny" },
    { mode: "allow" },
  ]);
  for (const host of SPELLINGS) {
    const { text } = await made.server.run("touch ran", { host });
    assert.match(text, /rules do not allow execute_command on/, host);
  }
});

/** Lines that an interactive shell may read as others: history, quick substitution, words of old lines. */
const REWRITTEN = [
  "echo !touch",
  "echo !!",
  "echo !-3",
  "echo !?ran?",
  "echo !$ !* !^ !:0",
  'echo "!touch"',
  "^echo^touch ran^",
  "!touch",
  "!!",
];

Deno.test("permittedRun() runs no line of the shell's history that was not shown", async () => {
  await using made = await scene();
  const { server } = made;
  const tries = async (shell: string): Promise<void> => {
    for (const line of REWRITTEN) {
      await server.run("touch ran");
      await server.run("rm -f ran; true ran");
      await server.run("echo between");
      const { text } = await server.run(line);
      assert.doesNotMatch(text.replace(line, ""), /touch ran|echo between/, `${shell}: ${line}`);
    }
    assert.doesNotMatch((await server.run("ls")).body, /^ran$/m, shell);
  };
  made.answer = accept(SHELL);
  await tries("bash");
  await server.run("set -H; set -o history");
  await tries("bash with histexpand");
  await server.run("bash --norc");
  made.answer = accept(SHELL);
  await tries("a bash inside");
});

/** Answers of a client that breaks its form's schema. */
const MALFORMED: readonly unknown[] = [
  { action: "accept", content: { decision: [ONCE] } },
  { action: "accept", content: { decision: { kind: "once" } } },
  { action: "accept", content: { decision: `${ONCE}\u200b` } },
  { action: "accept", content: { decision: ` ${ONCE} ` } },
  { action: "accept", content: { decision: ONCE.toUpperCase() } },
  { action: "accept", content: { decision: "once" } },
  { action: "accept", content: { decision: "constructor" } },
  { action: "accept", content: { decision: true } },
  { action: "accept", content: { decision: SAME, minutes: "10" } },
  { action: "accept", content: { decision: SAME, minutes: -1 } },
  { action: "accept", content: { decision: SAME, minutes: 1e308 } },
  { action: "accept", content: { decision: SAME, minutes: null } },
  { action: "accept", content: [ONCE] },
  { action: "accept", content: null },
  { action: "accept" },
  { action: "ACCEPT", content: { decision: ONCE } },
  { action: "decline", content: { decision: ONCE } },
  { action: "cancel", content: { decision: ONCE } },
  { content: { decision: ONCE } },
  {},
  null,
];

Deno.test("permittedRun() takes no malformed answer for a yes", async () => {
  await using made = await scene();
  for (const answer of MALFORMED) {
    made.answer = () => answer as ElicitResult;
    const reply = await made.server.run("touch ran");
    assert.ok(reply.isError, JSON.stringify(answer));
  }
  made.answer = () => {
    throw new Error("the client broke");
  };
  isRefused(await made.server.run("touch ran"));
  await made.rules([{ mode: "allow" }]);
  assert.doesNotMatch((await made.server.run("ls")).body, /^ran$/m);
});

Deno.test("permittedRun() runs nothing on a yes that comes after the command was taken back", async () => {
  await using made = await scene();
  const { server } = made;
  const late = Promise.withResolvers<ElicitResult>();
  made.answer = () => late.promise;
  const begun = await server.call("execute_command_async", {
    host: server.host,
    command: "touch ran",
  });
  assert.match(begun.firstLine, /^\[awaiting-approval\]/);
  await server.call("interrupt_command_by_id", { command_id: idOf(begun) });
  late.resolve({ action: "accept", content: { decision: ONCE } });
  const ended = await server.call("get_command_status", { command_id: idOf(begun), wait: 5 });
  assert.match(ended.firstLine, /^\[(?:refused|interrupted)\]/, ended.text);
  await made.rules([{ mode: "allow" }]);
  assert.doesNotMatch((await server.run("ls")).body, /^ran$/m);
});

Deno.test("permittedRun() asks about every way to a command, and shows what would be changed", async () => {
  await using made = await scene();
  const { server, asked, sshd } = made;
  const { host } = server;
  const home = sshd.account!.home;
  const keys = `${home}/.ssh/authorized_keys`;
  const before = await Deno.readTextFile(keys).catch(() => "");
  made.answer = accept(ONCE);
  const running = await server.call("execute_command_async", { host, command: SLEEP });
  const command_id = idOf(running);
  made.answer = () => ({ action: "decline" });
  const line = "ssh-ed25519 AAAA mallory";
  const calls: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ["write_file", { host, remote_path: `${home}/.bashrc`, content: "touch ran\n" }, /touch ran/],
    [
      "write_file",
      { host, remote_path: keys, content: line, append: true, make_dirs: true },
      /mallory/,
    ],
    ["copy_file", { source: `${host}:/etc/hostname`, destination: `${host}:.bashrc` }, /\.bashrc/],
    ["execute_command_async", { host, command: "touch ran", durable: true }, /touch ran/],
    ["execute_on_hosts", { hosts: `${host},127.0.0.1`, command: "touch ran" }, /touch ran/],
    ["send_input", { command_id, input_text: "\u0003touch ran" }, /\\u\{3\}touch ran/],
    ["send_keys", { command_id, keys: "<ctrl-c>touch ran<enter>" }, /\\u\{3\}touch ran/],
    ["read_file", { host, remote_path: "/etc/passwd" }, /\/etc\/passwd/],
  ];
  for (const [tool, args, shown] of calls) {
    const count = asked.length;
    const reply = await server.call(tool, args);
    assert.ok(reply.isError || /refused|0 of/.test(reply.firstLine), `${tool}: ${reply.text}`);
    assert.equal(asked.length, count + 1, tool);
    assert.match(asked.at(-1)!, shown, tool);
  }
  isRefused(await server.run(`: ${"x".repeat(1_000_000)}`, { session: "other" }));
  assert.equal(await Deno.readTextFile(keys).catch(() => ""), before);
  await server.call("interrupt_command_by_id", { command_id, signal: "KILL" });
  await made.rules([{ mode: "allow" }]);
  assert.doesNotMatch((await server.run("ls -a")).body, /^ran$/m);
});

Deno.test("permittedRun() asks about all hosts of a command where one of them is to be asked about", async () => {
  await using made = await scene([{ hosts: "testhost", mode: "ask" }, { mode: "allow" }]);
  made.answer = () => ({ action: "decline" });
  for (const hosts of ["testhost,127.0.0.1", "127.0.0.1,testhost", "TESTHOST,127.0.0.1"]) {
    const reply: ToolReply = await made.server.call("execute_on_hosts", {
      hosts,
      command: "touch ran",
    });
    assert.ok(reply.isError, `${hosts}: ${reply.text}`);
    assert.match(made.asked.at(-1)!, /run a command on 2 hosts/);
  }
});

Deno.test("permittedRun() refuses to forward a port that nobody can agree to", async () => {
  await using sshd = await startSshd();
  const path = `${sshd.home}/policy.json`;
  await Deno.writeTextFile(path, `{"rules": [{"mode": "ask"}]}`);
  const env = sshd.environment({ MCP_SSH_POLICY: path, MCP_SSH_FORWARD: "1" });
  await using server: ServerUnderTest = await startServer({ env });
  const to = { host: server.host, destination: "127.0.0.1:22" };
  assert.match((await server.call("forward_port", to)).text, /nobody to ask/);
  assert.doesNotMatch((await server.call("list_sessions")).text, /127\.0\.0\.1:\d+ .*through/);
});
