import assert from "node:assert/strict";
import { join } from "node:path";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, endOf, idOf, type World } from "../support/world.ts";

/** Logins that are granted no terminal and may run commands. */
const WORLDS: Readonly<Record<string, () => Promise<World>>> = {
  "PermitTTY no": () => borrowWorld({ config: ["PermitTTY no"] }),
  "MaxSessions 1": () => borrowWorld({ config: ["PermitTTY no", "MaxSessions 1"] }),
  restrict: async () => {
    const world = await borrowWorld();
    const { directory } = world.sshd;
    for await (const { name } of Deno.readDir(directory)) {
      if (!/authorized/.test(name)) continue;
      const path = join(directory, name);
      const keys = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, keys.replace(/^(?=ssh-)/gm, "restrict "));
    }
    return world;
  },
};

function status(reply: ToolReply): unknown {
  return [reply.meta?.state, reply.meta?.exit_status, reply.meta?.exit_signal];
}

function sendInput(server: ServerUnderTest, reply: ToolReply, text: string): Promise<ToolReply> {
  return server.call("send_input", { command_id: idOf(reply), input_text: text, wait: 20 });
}

for (const [name, start] of Object.entries(WORLDS)) {
  Deno.test(`${name}: each command runs by itself, exactly, and the reply says that nothing persists`, async () => {
    await using world = await start();
    const { server } = world;
    const first = await server.run(
      "cd /usr; x=1; pwd; echo bad >&2; echo 'ä\t$x'; printf end; exit 7",
    );
    assert.deepEqual(status(first), ["exited", 7, null], first.text);
    assert.match(first.body, /^\/usr\nbad\nä\t\$x\nend\n?/);
    assert.match(first.text, /no terminal.*directory and variables do not persist/);
    const next = await server.run("pwd; echo ${x-unset}; kill -TERM $$");
    assert.deepEqual(status(next), ["exited", 143, "TERM"], next.text);
    assert.match(next.body, /^\/.*home\nunset\n/);
    const lists = await server.call("list_sessions");
    assert.match(lists.text, /no terminal: each command runs by itself, nothing persists/);
    const flood = await server.run("seq 200000 | md5sum; seq 200000 | tail -1");
    assert.match(flood.body, /^[0-9a-f]{32} {2}-\n200000\n/, flood.text);
  });
}

Deno.test("without a terminal input goes to the command, Ctrl-D ends it, and signals reach it", async () => {
  await using world = await WORLDS["PermitTTY no"]!();
  const { server } = world;
  const reader = await begin(server, "echo up; read -r a; echo got:$a; cat", { shows: /up/ });
  await server.call("send_input", { command_id: idOf(reader), input_text: "one", wait: 0 });
  const over = await sendInput(server, reader, "two\r\x04");
  assert.deepEqual(status(over), ["exited", 0, null], over.text);
  const whole = await server.call("get_command_status", { command_id: idOf(reader), offset: 0 });
  assert.match(whole.body, /^up\ngot:one\ntwo\n/, whole.text);
  for (const signal of ["INT", "TERM", "KILL"]) {
    const sleeper = await begin(server, "echo up; sleep 300; echo never", { shows: /up/ });
    await server.call("interrupt_command_by_id", { command_id: idOf(sleeper), signal });
    const end = await endOf(server, sleeper);
    assert.equal(end.meta?.exit_signal, signal, end.text);
  }
  const held = await begin(server, "sleep 300 & echo up", { shows: /up/ });
  await server.call("interrupt_command_by_id", { command_id: idOf(held), signal: "KILL" });
  const end = await endOf(server, held);
  assert.ok(end.meta?.state === "exited" || end.meta?.state === "lost", end.text);
  assert.match((await server.run("echo on")).body, /^on\n/);
});

Deno.test("without a terminal a sudo password is refused, and a loss says the command may have run", async () => {
  await using world = await WORLDS["PermitTTY no"]!();
  const { server, sshd } = world;
  const refused = await server.run("id -u", { sudo_password: "secret-of-nobody" });
  assert.match(refused.text, /sudo_password needs a terminal/);
  const sleeper = await begin(server, "echo ran >>effects; echo up; sleep 300", { shows: /up/ });
  await sshd.killSessions();
  const lost = await endOf(server, sleeper);
  assert.equal(lost.meta?.state, "lost", lost.text);
  assert.match(lost.text, /look for its effects/);
  assert.match((await server.run("wc -l <effects")).body, /^1\n/);
  const closing = await begin(server, "echo up; sleep 300", { shows: /up/ });
  await server.call("close_session", { host: server.host });
  const closed = await endOf(server, closing);
  assert.equal(closed.meta?.state, "lost", closed.text);
});
