import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { type InMemoryReply, InMemoryServer } from "../support/in_memory_server.ts";
import { exited, STARTED } from "../support/scripted_registry.ts";
import { followAdvice } from "./follow_advice.ts";

const MIB = 1024 * 1024;

/** The reply on a command that runs in a scripted session until {@link ScriptedCommand.emit}. */
async function begin(server: InMemoryServer, command: string): Promise<InMemoryReply> {
  return await server.clock.run(
    server.call("execute_command_async", { host: "web1", command }),
    10_000,
  );
}

Deno.test("commands that are too long together: when some have run, another is taken", async () => {
  await using server = await InMemoryServer.start();
  const long = `: ${"x".repeat(15 * MIB)}`;
  let reply = await begin(server, long);
  for (let n = 0; n < 8 && !reply.isError; n++) reply = await begin(server, long);
  await followAdvice(server, reply, ["jobs/store.ts: put long input into a file by write_file"], {
    follow: async () => {
      server.registry.session().commands[0]!.emit(STARTED, exited(0));
      await until("one has run", async () => !(await begin(server, long)).isError);
    },
  });
});

Deno.test("commands on too many hosts: when one is stopped as advised, another is taken", async () => {
  await using server = await InMemoryServer.start();
  const hosts = Array.from({ length: 4_000 }, (_, n) => `h${n}`).join();
  const run = (): Promise<InMemoryReply> =>
    server.clock.run(
      server.call("execute_on_hosts", { hosts, command: "make", batches: "1", timeout: 1 }),
      10_000,
    );
  for (let n = 0; n < 2; n++) assert.ok(!(await run()).isError);
  const full = await run();
  assert.ok(full.isError, full.text);
  await followAdvice(server, full, ["fleet/fleet_runs.ts: Wait for them, or stop one: "], {
    does: [/./],
    follow: async () => {
      for (const session of server.registry.sessions.values()) {
        for (const command of session.commands) command.emit(exited(130));
      }
      await until("another is taken", async () => !(await run()).isError);
    },
  });
});

Deno.test("an internal error of a session: in a new one the command runs again", async () => {
  await using server = await InMemoryServer.start();
  const session = server.registry.session();
  session.failure = new TypeError("x is undefined");
  const lost = await begin(server, "make");
  await followAdvice(server, lost, ["jobs/job.ts: please report this"], {
    follow: async () => {
      session.failure = undefined;
      await server.call("close_session", { host: "web1" });
      const { reply } = await server.begin();
      session.commands.at(-1)!.emit(STARTED, exited(0));
      assert.match((await reply).text, /^\[exit 0\]/);
    },
  });
});
