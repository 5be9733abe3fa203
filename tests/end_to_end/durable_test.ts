import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { startServer } from "../support/mcp_client.ts";
import { until } from "../support/condition.ts";
import { idOf } from "../support/world.ts";
import { type ShellHost, startShellHosts } from "./login_shells.ts";

const SHELLS = ["bash", "dash", "ksh93", "mksh", "zsh", "fish", "ash", "yash"] as const;

Deno.test("durable commands: status, output and signals in each login shell, read by a server that never saw them", async () => {
  await using hosts = await startShellHosts({ shells: SHELLS });
  await using second = await startServer({ env: hosts.sshd.environment() });
  await Promise.all(hosts.all.map(async (host) => {
    await endsByItself(host, second);
    for (const signal of ["INT", "QUIT", "TERM", "HUP", "KILL"]) await endsBy(signal, host);
  }));
});

async function endsByItself(host: ShellHost, second: ServerUnderTest): Promise<void> {
  const assign = host.name === "fish" ? "set x one" : "x=one";
  const begun = await beginDurable(host, `${assign}; echo $x 'two  three'; echo err >&2; exit 7`);
  assert.match(idOf(begun), /^j[0-9a-z]{12}@mss[0-9a-f]{8}@testhost$/, host.name);
  const ended = await second.call("get_command_status", { command_id: idOf(begun), wait: 20 });
  assert.equal(ended.body, "one two  three\nerr\n", `${host.name}: ${ended.text}`);
  assert.equal(ended.meta?.state, "exited");
  assert.equal(ended.meta.exit_status, 7, host.name);
  assert.match(ended.firstLine, /^\[exit 7\] \d+\.00s mss\w+@/);
}

async function endsBy(signal: string, host: ShellHost): Promise<void> {
  const begun = await beginDurable(host, "echo up; sleep 300");
  const command_id = idOf(begun);
  await shows(host.server, command_id, /^up$/m);
  const ended = await host.server.call("interrupt_command_by_id", { command_id, signal });
  const { state, exit_signal, exit_status } = ended.meta ?? {};
  // zsh catches HUP and exits by itself.
  const isCaught = host.name === "zsh" && signal === "HUP";
  assert.deepEqual(
    { state, exit_signal, exit_status },
    isCaught
      ? { state: "exited", exit_signal: null, exit_status: 1 }
      : { state: "interrupted", exit_signal: signal, exit_status: undefined },
    `${host.name} ${signal}: ${ended.text}`,
  );
}

function beginDurable(
  host: ShellHost,
  command: string,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> {
  return host.server.call("execute_command_async", {
    ...{ host: host.server.host, username: host.account.name, command, durable: true },
    ...extra,
  });
}

/** Asks until the output has what it is to have. */
function shows(server: ServerUnderTest, command_id: string, wanted: RegExp): Promise<ToolReply> {
  return until(`${command_id} prints ${wanted}`, async () => {
    const reply = await server.call("get_command_status", { command_id });
    return wanted.test(reply.body) && reply;
  }, { timeoutMs: 30_000 });
}
