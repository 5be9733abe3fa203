import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { mustRun } from "../support/command.ts";
import { startServer, type ToolReply } from "../support/mcp_client.ts";
import { signal } from "../support/processes.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { idOf, startWorld, type World } from "../support/world.ts";
import { beginDurable, endOf, showsDurable } from "./durable_command.ts";

const RECORDS = ".local/state/mcp-ssh-session/jobs";

Deno.test("a durable command outlives kill -9 of sshd's session and of the server", async () => {
  await using world = await startWorld();
  const { sshd } = world;
  const command = "echo begun; until [ -e go ]; do sleep 0.1; done; seq 40000; exit 5";
  const begun: ToolReply[] = [];
  for (const stdin of ["null", "fifo", "pty"]) {
    begun.push(await beginDurable(world.server, command, { stdin }));
  }
  await sshd.killSessions();
  const after = await showsDurable(world.server, begun[0]!, /^begun$/m);
  assert.equal(after.meta?.state, "running");
  signal(world.server.pid, "SIGKILL");
  await using later = await startServer({ env: sshd.environment() });
  const listed = await later.call("list_running_commands", { host: later.host });
  const ids = listed.structuredContent.commands.map((row: { command_id: string }) =>
    row.command_id
  );
  assert.deepEqual(ids.toSorted(), begun.map(idOf).toSorted());
  const noticed = await later.run("true");
  assert.match(
    noticed.text,
    /\[durable commands of this user here: 3 running: j\w{12}@testhost \(/,
  );
  assert.doesNotMatch((await later.run("touch go")).text, /durable/);
  assert.match((await later.call("list_sessions")).text, /durable commands of this user here: 3/);
  for (const one of begun) {
    const ended = await endOf(later, one);
    assert.equal(ended.meta?.exit_status, 5, ended.text);
    const end = Array.from({ length: 10 }, (_, index) => `${39_991 + index}\n`).join("");
    const tail = await later.call("get_command_status", { command_id: idOf(one), tail: 10 });
    assert.equal(tail.body, end);
  }
  const history = await later.call("list_command_history", { host: later.host });
  const rows = history.structuredContent.commands as Record<string, unknown>[];
  const durable = rows.filter(({ exit_status }) => exit_status === 5);
  assert.deepEqual(durable.map(({ command_id }) => command_id).toSorted(), ids.toSorted());
});

Deno.test("the output of a durable command is read by offset, searched and never cut inside a character", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const line = "zwölf Boxkämpfer – 12";
  const begun = await beginDurable(server, `for i in $(seq 4000); do echo "$i ${line}"; done`);
  const command_id = idOf(begun);
  const ended = await endOf(server, begun);
  const whole = Array.from({ length: 4_000 }, (_, index) => `${index + 1} ${line}\n`).join("");
  const total = new TextEncoder().encode(whole).length;
  assert.equal(ended.meta?.total_chars, total);
  assert.ok(ended.meta.omitted_chars > 0);
  assert.match(ended.body, /^\[… \d+ characters left out here: get_command_status\(/m);
  let read = "";
  for (let offset = 0; offset < total;) {
    const page = await server.call("get_command_status", {
      ...{ command_id, offset },
      max_output_chars: 40_001,
    });
    const head = page.body.split("[… ")[0]!;
    read += head;
    const omitted = page.meta!.omitted_chars;
    offset += omitted > 0 ? new TextEncoder().encode(head).length : total;
  }
  assert.equal(read, whole);
  const found = await server.call("get_command_status", {
    ...{ command_id, match: "2345 ZWÖLF", context: 0 },
  });
  const at = new TextEncoder().encode(whole.slice(0, whole.indexOf("2345 "))).length;
  assert.match(found.body, new RegExp(`^${at}:2345 zwölf Boxkämpfer`));
});

Deno.test("get_command_status(wait_for) answers when a durable command prints the text", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const command = "echo begun; read a; printf 'rea'; printf 'dy\\nmore\\n'; sleep 300";
  const begun = await beginDurable(server, command, { stdin: "fifo" });
  const command_id = idOf(begun);
  const waiting = server.call("get_command_status", { command_id, wait_for: "ready", wait: 40 });
  await server.call("send_input", { command_id, input_text: "", wait: 0 });
  const found = await waiting;
  assert.match(found.text, /"ready" came at offset 6; get_command_status\(/);
  assert.equal(found.meta?.state, "running");
  const none = await server.call("get_command_status", { command_id, wait_for: "x", wait: 0.1 });
  assert.match(none.text, /"x" has not come/);
});

Deno.test("the text of a durable command is in no argument, and what the server knows as secret in no file", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const secret = "hunter2-of-the-caller";
  const typed = "typed-to-the-fifo";
  const command = `echo ${"marker".repeat(2)} ${secret} >/dev/null; read a; sleep 300`;
  const begun = await beginDurable(server, command, { password: secret, stdin: "fifo" });
  await server.call("send_input", {
    ...{ command_id: idOf(begun), input_text: typed, secret: true, wait: 0 },
  });
  const shown = await mustRun(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]);
  assert.ok(!shown.includes("markermarker") && !shown.includes(typed));
  const { home, uid } = world.sshd.account!;
  const files = await mustRun(["sh", "-c", `cat ${home}/${RECORDS}/*/[!i]*`]);
  assert.ok(files.includes("[redacted]"), files);
  assert.ok(!files.includes(secret) && !files.includes(typed));
  const modes = await mustRun([
    "sh",
    "-c",
    `stat -c '%a %u' ${home}/${RECORDS} ${home}/${RECORDS}/*`,
  ]);
  assert.deepEqual(new Set(modes.trim().split("\n")), new Set([`700 ${uid}`]));
});

Deno.test("a durable command keeps its status on a full disk, and what is lost is counted", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  await using _full = await smallRecords(world, "1m");
  const begun = await beginDurable(server, "yes x | head -c 3000000; echo end; exit 5");
  const ended = await endOf(server, begun);
  assert.equal(ended.meta?.exit_status, 5, ended.text);
  assert.ok(ended.meta.dropped_chars > 1_900_000, JSON.stringify(ended.meta));
  assert.match(ended.body, /characters are gone for good/);
  // A block that did not fit is not counted.
  assert.ok(Math.abs(ended.meta.total_chars - 3_000_004) <= 8_192);
  const next = await beginDurable(server, "echo elsewhere");
  assert.match(next.text, new RegExp(`record: /var/tmp/mcp-ssh-session-${sshd.account!.uid}/`));
  assert.equal((await endOf(server, next)).body, "elsewhere\n");
  await Deno.remove(`/var/tmp/mcp-ssh-session-${sshd.account!.uid}`, { recursive: true });
});

Deno.test("a durable command whose supervisor, or all of which, is killed is reported as that", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const [alone, gone] = [
    await beginDurable(server, "echo alone; sleep 300"),
    await beginDurable(server, "echo gone; sleep 301"),
  ];
  await showsDurable(server, alone, /alone/);
  await showsDurable(server, gone, /gone/);
  const supervisor = async (begun: ToolReply): Promise<string> =>
    (await mustRun(["pgrep", "-f", `^sh -c eval .* mcp-ssh-session job ${recordOf(begun)}$`]))
      .trim().split("\n")[0]!;
  for (const begun of [alone, gone]) signal(Number(await supervisor(begun)), "SIGKILL");
  const running = await server.call("get_command_status", { command_id: idOf(alone) });
  assert.equal(running.meta?.state, "running");
  assert.match(running.text, /its supervisor is gone: its status will not be known/);
  await mustRun(["pkill", "-KILL", "-f", "sleep 301"]);
  const lost = await endOf(server, gone);
  assert.equal(lost.meta?.state, "lost", lost.text);
  assert.match(lost.text, /gone without a status/);
});

Deno.test("a durable command of a sudo -i shell is root's, and its id says so", async () => {
  await using world = await borrowWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const { server } = world;
  await server.run("sudo -i");
  const begun = await beginDurable(server, "id -un; read a; echo $a", { stdin: "fifo" });
  assert.match(idOf(begun), new RegExp(`^j[0-9a-z]{12}\\+root@${server.host}$`));
  assert.match(begun.text, /root's, read by sudo/);
  await server.run("exit");
  await server.call("send_input", { command_id: idOf(begun), input_text: "in", wait: 0 });
  const ended = await endOf(server, begun);
  assert.equal(ended.body, "root\nin\n");
  await mustRun(["rm", "-rf", `/root/${RECORDS}/${recordOf(begun)}`]);
});

Deno.test("a login without a terminal starts durable commands, their text in no argument either", async () => {
  await using world = await borrowWorld({ config: ["PermitTTY no"] });
  const { server } = world;
  const lines = "echo 'one\n.\ntwo'; sh -c 'tr \"\\0\" \" \" </proc/$PPID/cmdline'; exit 3";
  const ended = await endOf(server, await beginDurable(server, lines));
  assert.match(ended.body, /^one\n\.\ntwo\n\S*bash -c eval "unset MJ_C MJ_SH;\$MJ_C" $/);
  assert.equal(ended.meta?.exit_status, 3);
});

Deno.test("old records of durable commands go, and only finished ones", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await beginDurable(server, "sleep 300");
  await server.run(
    `cd ${RECORDS} && mkdir $(seq -f jold%g 210) && for j in jold*; do ` +
      "echo exited 0 1 1 1 >$j/state; : >$j/meta; done; cd",
  );
  await endOf(server, await beginDurable(server, "true"));
  await until("the oldest are gone", async () => {
    const { body } = await server.run(`ls -d ${RECORDS}/j* | wc -l`);
    return Number(body) <= 202;
  });
  const still = await server.call("get_command_status", { command_id: idOf(begun) });
  assert.equal(still.meta?.state, "running");
});

Deno.test("the host of a durable command's id must be one that may be reached", async () => {
  await using world = await startWorld();
  const begun = await beginDurable(world.server, "echo hi");
  const env = world.sshd.environment({ MCP_SSH_ALLOWED_HOSTS: "web*" });
  await using strict = await startServer({ env });
  for (const name of ["get_command_status", "interrupt_command_by_id"]) {
    const refused = await strict.call(name, { command_id: idOf(begun) });
    assert.ok(refused.isError);
    assert.match(refused.text, /may not reach "testhost"/);
  }
  const { server } = world;
  const unknown = await server.call("get_command_status", { command_id: "j0123456789ab@testhost" });
  assert.match(unknown.text, /has no record of a durable command j0123456789ab/);
  const pty = await server.call("send_keys", { command_id: idOf(begun), keys: "q" });
  assert.match(pty.text, /is a durable command: send_input/);
});

function recordOf(begun: ToolReply): string {
  return idOf(begun).split(/[+@]/)[0]!;
}

/** A file system of its own for the records of the world's account. */
async function smallRecords(world: World, size: string): Promise<AsyncDisposable> {
  const { home, uid, gid } = world.sshd.account!;
  const path = `${home}/${RECORDS}`;
  await mustRun(["sh", "-c", `mkdir -p ${path} && chown -R ${uid}:${gid} ${home}/.local`]);
  const options = `size=${size},uid=${uid},gid=${gid},mode=700`;
  await mustRun(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]);
  return {
    [Symbol.asyncDispose]: async () => {
      await mustRun(["umount", "-l", path]);
    },
  };
}
