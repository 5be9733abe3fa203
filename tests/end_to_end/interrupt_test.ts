import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, idOf, SLEEP, type World } from "../support/world.ts";

/** Ignores INT, QUIT and what else is named, tells so, and sleeps on whatever ends its sleep. */
function stubborn(...signals: readonly string[]): string {
  const trapped = ["INT", "QUIT", ...signals].join(" ");
  return `sh -c 'trap "" ${trapped}; echo armed; while :; do sleep 60; done'`;
}

Deno.test("interrupt_command_by_id ends sleep by INT", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, SLEEP);
  const ended = await interrupt(server, begun);
  assert.match(ended.firstLine, /^\[interrupted\] /);
  assert.equal(ended.meta?.state, "interrupted");
  assert.equal(ended.meta.exit_signal, "INT");
  assert.equal((await server.run("echo next")).body, "next\n");
});

Deno.test("interrupt_command_by_id ends sleep by QUIT, TERM, KILL and HUP", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  for (const signal of ["QUIT", "TERM", "KILL", "HUP"]) {
    const begun = await begin(server, SLEEP);
    const ended = await interrupt(server, begun, signal);
    assert.equal(ended.meta?.state, "interrupted", `${signal}: ${ended.text}`);
    assert.equal(ended.meta.exit_signal, signal);
    assert.equal((await server.run("echo next")).body, "next\n");
  }
});

Deno.test("interrupt_command_by_id stops a command by TSTP, and the shell keeps it as a job", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, SLEEP);
  const stopped = await interrupt(server, begun, "TSTP");
  assert.equal(stopped.meta?.state, "interrupted");
  assert.equal(stopped.meta.exit_signal, "TSTP");
  assert.match((await server.run("jobs")).body, /^\[1\]\+ +Stopped +.*sleep 300/);
  assert.equal((await server.run("kill %1; wait %1 2>/dev/null; echo gone")).body, "gone\n");
});

Deno.test("interrupt_command_by_id names the next stronger signal for a program that ignores Ctrl-C", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, stubborn("TERM"), { shows: /^armed$/m });
  assert.match(begun.body, /^armed\n/);
  const command_id = idOf(begun);
  const ignored = await interrupt(server, begun);
  assert.match(ignored.firstLine, /^\[running\] /);
  assert.ok(
    ignored.text.includes(`interrupt_command_by_id(command_id="${command_id}", signal="TERM")`),
  );
  const stronger = await interrupt(server, begun, "TERM");
  assert.match(stronger.firstLine, /^\[running\] /);
  assert.match(stronger.text, /signal="KILL"/);
  const killed = await interrupt(server, begun, "KILL");
  assert.equal(killed.meta?.state, "interrupted");
  assert.equal(killed.meta.exit_signal, "KILL");
});

Deno.test("interrupt_command_by_id reaches every process of a pipeline by TERM, HUP and KILL", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  for (const signal of ["TERM", "HUP", "KILL"]) {
    const begun = await begin(server, "sleep 301 | sleep 302 | (sleep 303; cat)");
    await until("all of it runs", async () => (await sleepers(world)).length === 3);
    const ended = await interrupt(server, begun, signal);
    assert.equal(ended.meta?.state, "interrupted", ended.text);
    assert.equal(ended.meta.exit_signal, signal);
    await until(
      `no process is left after ${signal}`,
      async () => (await sleepers(world)).length === 0,
    );
  }
});

Deno.test("interrupt_command_by_id ends a loop of the shell itself by INT, and the shell lives", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("kept=yes");
  const begun = await begin(server, "echo up; while :; do :; done", { shows: /^up$/m });
  const term = await interrupt(server, begun, "TERM");
  assert.ok(term.isError, term.text);
  assert.match(term.text, /INT/);
  const ended = await interrupt(server, begun);
  assert.equal(ended.meta?.state, "interrupted");
  assert.equal((await server.run("echo $kept")).body, "yes\n");
});

Deno.test("interrupt_command_by_id takes a queued command from the queue, and it never runs", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const first = await begin(server, SLEEP);
  const queued = await server.call("execute_command_async", {
    host: server.host,
    command: "touch ran",
  });
  assert.equal(queued.meta?.state, "queued");
  const removed = await interrupt(server, queued);
  assert.match(removed.firstLine, /^\[interrupted\] /);
  assert.match(removed.text, /never ran/);
  await interrupt(server, first);
  assert.equal((await server.run("ls")).body, "");
});

Deno.test("interrupt_command_by_id ends a command that asks, and one that has ended stays as it ended", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asks = await server.run("read -p 'Name? ' n");
  assert.equal(asks.meta?.state, "awaiting_input");
  const ended = await interrupt(server, asks);
  assert.equal(ended.meta?.state, "interrupted");
  const done = await server.run("echo done");
  const again = await interrupt(server, done, "KILL");
  assert.equal(again.meta?.state, "exited");
  assert.equal(again.body, "done\n");
});

Deno.test("interrupt_command_by_id ends what sudo runs by INT and TERM, and nothing of it is left", async () => {
  await using world = await borrowWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const { server } = world;
  for (const signal of ["INT", "TERM"]) {
    const begun = await begin(server, "sudo sh -c 'echo $$; exec sleep 300'", {
      session: signal,
      shows: /^\d+$/m,
    });
    const pid = begun.body.split("\n")[0]!;
    const ended = await interrupt(server, begun, signal);
    assert.equal(ended.meta?.state, "interrupted", ended.text);
    await until("root's process is gone", async () => {
      const { stdout } = await command(["ps", "-o", "stat=", "-p", pid]);
      return stdout === "" || stdout.startsWith("Z");
    });
  }
});

Deno.test("interrupt_command_by_id reaches the program inside a nested shell", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("bash --norc");
  for (const signal of ["INT", "TERM", "KILL"]) {
    const begun = await begin(server, SLEEP);
    const ended = await interrupt(server, begun, signal);
    assert.equal(ended.meta?.state, "interrupted", ended.text);
    assert.equal(ended.meta.exit_signal, signal);
  }
  assert.equal((await server.run("echo inside $SHLVL; exit")).meta?.exit_status, 0);
});

function interrupt(server: ServerUnderTest, of: ToolReply, signal = "INT"): Promise<ToolReply> {
  return server.call("interrupt_command_by_id", { command_id: idOf(of), signal });
}

/** Command lines of the account's processes named sleep. */
async function sleepers({ sshd }: World): Promise<string[]> {
  const { stdout } = await command(["pgrep", "-a", "-x", "-u", sshd.user, "sleep"]);
  return stdout.split("\n").filter((line) => / sleep /.test(` ${line} `));
}
