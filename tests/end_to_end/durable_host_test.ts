import assert from "node:assert/strict";
import { withinBsd } from "../support/bsd_host.ts";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { startServer, type ToolReply } from "../support/mcp_client.ts";
import { startSilentNetwork } from "../support/silent_network.ts";
import { startSshd } from "../support/sshd.ts";
import { idOf, startWorld, type World } from "../support/world.ts";
import { beginDurable, endOf, showsDurable } from "./durable_command.ts";

const RECORDS = ".local/state/mcp-ssh-session/jobs";

Deno.test("two servers attached to one durable command both answer it and read the same", async () => {
  await using world = await startWorld();
  const { sshd, server: first } = world;
  await using second = await startServer({ env: sshd.environment() });
  const command = "for i in 1 2 3 4; do read a; echo $i:$a; done; seq 20000; exit 4";
  const begun = await beginDurable(first, command, { stdin: "fifo" });
  const command_id = idOf(begun);
  for (const [index, from] of [first, second, second, first].entries()) {
    const other = from === first ? second : first;
    const came = other.call("get_command_status", {
      ...{ command_id, wait: 40, wait_for: `${index + 1}:line ${index}` },
    });
    await from.call("send_input", { command_id, input_text: `line ${index}`, wait: 0 });
    assert.match((await came).text, /came at offset/);
  }
  const [one, two] = await Promise.all([endOf(first, begun), endOf(second, begun)]);
  assert.equal(one.meta?.exit_status, 4, one.text);
  assert.equal(one.meta.total_chars, two.meta?.total_chars);
  const page = { command_id, offset: 0, max_output_chars: 200_000 };
  const [whole, same] = await Promise.all([
    first.call("get_command_status", page),
    second.call("get_command_status", page),
  ]);
  const printed = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");
  assert.equal(whole.body, `1:line 0\n2:line 1\n3:line 2\n4:line 3\n${printed}`);
  assert.equal(same.body, whole.body);
});

Deno.test("a durable command is told from another with its process id, and from one before a reboot", async () => {
  await using world = await startWorld();
  const [reused, before, elsewhere] = [
    await beginRunning(world, "echo up; sleep 301"),
    await beginRunning(world, "echo up; sleep 302"),
    await beginRunning(world, "echo up; sleep 303"),
  ];
  // As if the process were another, the system had been started anew, or another host saw the home.
  await editRecord(world, reused, "state", (text) => text.replace(/^(running \d+) \d+/, "$1 1"));
  await editRecord(world, before, "meta", (text) => withLine(text, 1, "another boot"));
  await editRecord(world, elsewhere, "meta", (text) => withLine(text, 2, "another-host"));
  await mustRun([
    "pkill",
    "-KILL",
    "-f",
    `^sh -c eval .* mcp-ssh-session job ${recordOf(reused)}$`,
  ]);
  const seen = async (begun: ToolReply): Promise<ToolReply> =>
    await world.server.call("get_command_status", { command_id: idOf(begun) });
  const gone = await seen(reused);
  assert.equal(gone.meta?.state, "lost", gone.text);
  assert.match(gone.text, /gone without a status/);
  const old = await seen(before);
  assert.equal(old.meta?.state, "lost", old.text);
  assert.match(old.text, /reboot|started anew|restarted/);
  assert.match((await seen(elsewhere)).text, /another-host/);
  const signalled = await world.server.call("interrupt_command_by_id", {
    ...{ command_id: idOf(reused), signal: "KILL" },
  });
  assert.equal(signalled.meta?.state, "lost", signalled.text);
  await mustRun(["pgrep", "-f", "^sleep 301$"]);
});

Deno.test("commands, files and durable commands work in a home with blanks and quotes", async () => {
  const account = { homeName: `of J's  "$x\\ \`Doe\`` };
  await using world = await startWorld({ account });
  const { server, sshd: { account: { home } = {} } } = world;
  const { host } = server;
  assert.equal((await server.run("pwd")).body, `${home}\n`);
  await server.call("write_file", { host, remote_path: "f", content: "a\n" });
  assert.equal((await server.call("read_file", { host, remote_path: "f" })).body, "a\n");
  const ends = { source: `${host}:f`, destination: `${host}:g` };
  assert.match((await server.call("copy_file", ends)).body, /^copied 1 file, 2 bytes\n/);
  const begun = await beginRunning(world, "echo up; sleep 304");
  assert.doesNotMatch(begun.text, /left out/);
  const listed = await server.call("list_running_commands", { host });
  assert.match(listed.body, / {2}running {2}\S+ +3 {6}echo up; sleep 304/);
  await server.call("interrupt_command_by_id", { command_id: idOf(begun) });
  assert.equal((await endOf(server, begun)).body, "up\n");
});

Deno.test("durable commands run on a host without proc(5) and setsid(1), as BSD and macOS are", async () => {
  await using world = await startWorld({ within: withinBsd() });
  const { server, sshd } = world;
  const seen = await server.run("ls /proc | wc -l; command -v setsid || echo no setsid");
  assert.equal(seen.body.replaceAll(" ", ""), "0\nnosetsid\n");
  const ends = await beginDurable(server, "echo out; echo err >&2; cat; exit 7");
  const ended = await endOf(server, ends);
  assert.equal(ended.body, "out\nerr\n", ended.text);
  assert.equal(ended.meta?.exit_status, 7);
  const fifo = await beginDurable(server, "read a; echo got $a; sleep 300", { stdin: "fifo" });
  await server.call("send_input", { command_id: idOf(fifo), input_text: "x", wait: 0 });
  await sshd.killSessions();
  await using later = await startServer({ env: sshd.environment() });
  const still = await showsDurable(later, fifo, /^got x$/m);
  assert.equal(still.meta?.state, "running");
  const stopped = await later.call("interrupt_command_by_id", { command_id: idOf(fifo) });
  assert.equal(stopped.meta?.exit_signal, "INT", stopped.text);
  const killed = await beginRunning({ ...world, server: later }, "echo up; sleep 304");
  await mustRun(["pkill", "-KILL", "-f", `mcp-ssh-session job ${recordOf(killed)}$`]);
  await mustRun(["pkill", "-KILL", "-f", "^sleep 304$"]);
  const lost = await endOf(later, killed);
  assert.equal(lost.meta?.state, "lost", lost.text);
});

Deno.test("durable commands run where python3 alone can detach them, and nowhere without it", async () => {
  await using world = await startWorld({ within: withinBsd({ hides: ["perl"] }) });
  const { server, sshd } = world;
  const seen = await server.run("command -v setsid perl || echo neither");
  assert.equal(seen.body, "neither\n");
  const ends = await beginDurable(
    server,
    "trap 'exit 6' TERM; echo up; while :; do sleep 0.1; done",
  );
  await sshd.killSessions();
  const up = await showsDurable(server, ends, /^up$/m);
  assert.equal(up.meta?.state, "running", up.text);
  await server.call("interrupt_command_by_id", { command_id: idOf(ends), signal: "TERM" });
  assert.equal((await endOf(server, ends)).meta?.exit_status, 6);
  await using bare = await startWorld({ within: withinBsd({ hides: ["perl", "python3"] }) });
  const refused = await bare.server.call("execute_command_async", {
    host: bare.server.host,
    command: "touch ran",
    durable: true,
  });
  assert.ok(refused.isError, refused.text);
  assert.match(refused.text, /none of setsid, perl and python3 to detach/);
  assert.equal((await bare.server.run("ls -A ran .local 2>/dev/null")).body, "");
});

Deno.test("input that comes before a durable command runs waits for it", async () => {
  // Its supervisor is as slow as on a busy host: it has not opened the input when the reply is there.
  const mkfifo = 'case $1 in */p) sleep 1;; esac; PATH=${PATH#*:}; exec mkfifo "$@"';
  const files = { "bin/mkfifo": `#!/bin/sh\n${mkfifo}\n` };
  await using world = await startWorld({ account: { files } });
  await world.server.run("chmod 755 bin/mkfifo; PATH=$HOME/bin:$PATH");
  const begun = await beginDurable(world.server, "read a; echo got $a", { stdin: "fifo" });
  const target = { command_id: idOf(begun), input_text: "x", wait: 0 };
  const reply = await world.server.call("send_input", target);
  assert.ok(!reply.isError, reply.text);
  const ended = await endOf(world.server, begun);
  assert.equal(ended.body, "got x\n", ended.text);
});

Deno.test("a durable command goes on while the network is silent, and its end is read behind it", async () => {
  await using network = await startSilentNetwork();
  await using sshd = await startSshd({
    within: network.within,
    config: [`ListenAddress ${network.address}`],
    clientConfig: ["ServerAliveInterval 1", "ServerAliveCountMax 2"],
  });
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  const host = `HostName ${network.address}\n  HostKeyAlias [127.0.0.1]:${sshd.port}`;
  await Deno.writeTextFile(sshd.sshConfigPath, config.replace("HostName 127.0.0.1", host));
  await using server = await startServer({ env: sshd.environment() });
  const command = "echo begun; until [ -e go ]; do sleep 0.1; done; seq 40000; exit 5";
  const begun: ToolReply[] = [];
  for (const stdin of ["null", "fifo", "pty"]) {
    begun.push(await beginDurable(server, command, { stdin }));
  }
  await showsDurable(server, begun[0]!, /^begun$/m);
  await network.silence();
  const waited = await server.call("get_command_status", {
    ...{ command_id: idOf(begun[0]!), wait: 5 },
  });
  assert.ok(waited.isError || waited.meta?.state === "running", waited.text);
  await Deno.writeTextFile(`${sshd.account!.home}/go`, "");
  await until("they have ended while nobody could ask", async () => {
    const states = await mustRun(["sh", "-c", `cat ${sshd.account!.home}/${RECORDS}/*/state`]);
    return states.match(/^exited 5 /gm)?.length === 3;
  }, { everyMs: 100 });
  await network.restore();
  await using later = await startServer({ env: sshd.environment() });
  for (const one of begun) {
    for (const reader of [later, server]) {
      const ended = await endOf(reader, one);
      assert.equal(ended.meta?.exit_status, 5, ended.text);
      const tail = await reader.call("get_command_status", { command_id: idOf(one), tail: 2 });
      assert.equal(tail.body, "39999\n40000\n");
    }
  }
});

async function beginRunning(world: World, command: string): Promise<ToolReply> {
  const begun = await beginDurable(world.server, command);
  await showsDurable(world.server, begun, /^up$/m);
  return begun;
}

async function editRecord(
  { sshd }: World,
  begun: ToolReply,
  file: string,
  edit: (text: string) => string,
): Promise<void> {
  const path = `${sshd.account!.home}/${RECORDS}/${recordOf(begun)}/${file}`;
  await Deno.writeTextFile(path, edit(await Deno.readTextFile(path)));
}

function withLine(text: string, index: number, line: string): string {
  return text.split("\n").with(index, line).join("\n");
}

function recordOf(begun: ToolReply): string {
  return idOf(begun).split(/[+@]/)[0]!;
}
