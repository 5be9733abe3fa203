import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { signal } from "../support/processes.ts";
import { idOf } from "../support/world.ts";
import { assertLost, begun } from "./lost_reply.ts";
import { type ProxiedWorld, startProxiedWorld } from "./proxied_world.ts";

/** A way in which a connection dies. */
interface Death {
  readonly name: string;
  readonly strike: (world: ProxiedWorld) => void | Promise<void>;
  /** Makes the host reachable again. */
  readonly heal?: (world: ProxiedWorld) => void;
  readonly said: RegExp;
}

const DEATHS: readonly Death[] = [
  {
    name: "sshd's sessions are killed",
    strike: ({ sshd }) => sshd.killSessions(),
    said: /the far end closed it/,
  },
  {
    name: "the connection is reset",
    strike: ({ proxy }) => proxy.reset(),
    said: /ECONNRESET/,
  },
  {
    name: "the connection is ended in order",
    strike: ({ proxy }) => proxy.end(),
    said: /the far end closed it/,
  },
  {
    name: "packets vanish in silence",
    strike: ({ proxy }) => void (proxy.mode = "drop"),
    heal: ({ proxy }) => void (proxy.mode = "pass"),
    said: /nothing came for [\d.]+ s, not even answers to keepalive messages/,
  },
  {
    name: "the host is suspended",
    strike: async ({ sshd }) => {
      for (const pid of await sshd.sessionPids()) signal(pid, "SIGSTOP");
    },
    said: /nothing came for [\d.]+ s/,
  },
];

for (const { name, strike, heal, said } of DEATHS) {
  Deno.test(`when ${name}, jobs are lost with their output, and nothing is run twice`, async () => {
    await using world = await startProxiedWorld();
    const { server } = world;
    const path = `/tmp/${crypto.randomUUID()}`;
    await server.run("cd /var; variable=1");
    const running = await begun(server, `echo ran >> ${path}; echo before; sleep 300; echo after`);
    const other = await begun(server, "echo beside; cat", { session: "other" });
    const waiting = server.call("get_command_status", { command_id: idOf(running), wait: 30 });
    await strike(world);
    const lost = await waiting;
    assertLost(lost, "before\n", said);
    const beside = { command_id: idOf(other), wait: 10 };
    assertLost(await server.call("get_command_status", beside), "beside\n", said);
    heal?.(world);
    const next = await server.run(`echo "[$variable]"; pwd; cat ${path}; rm ${path}`);
    assert.match(next.body, /^\[\]\n\/[^\n]*\nran\n\[new shell: the one before is gone \(/);
    assert.notEqual(next.meta?.cwd, "/var");
    assert.doesNotMatch((await server.run("echo again")).body, /new shell/);
  });
}

Deno.test("a caller that waits in execute_command knows when the connection dies", async () => {
  await using world = await startProxiedWorld();
  const { server, proxy } = world;
  await server.run("true");
  const call = server.run("echo begun; sleep 300", { timeout: 50 });
  await until("it runs", async () => (await running(server)).some(({ text }) => text > 0));
  proxy.reset();
  assertLost(await call, "begun\n", /ECONNRESET/);
});

/** Of each running command how much it printed. */
async function running(server: ServerUnderTest): Promise<{ readonly text: number }[]> {
  const { structuredContent } = await server.call("list_running_commands");
  return await Promise.all(
    structuredContent.commands.map(async ({ command_id }: { command_id: string }) => {
      const { meta } = await server.call("get_command_status", { command_id });
      return { text: meta!.total_chars };
    }),
  );
}
