import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { startServer } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";
import { beginDurable, endOf, showsDurable } from "./durable_command.ts";
import { type ShellHost, startShellHosts } from "./login_shells.ts";

const SHELLS = ["bash", "dash", "ksh93", "mksh", "zsh", "fish", "ash", "yash"] as const;
const SIGNALS = ["INT", "QUIT", "TERM", "HUP", "KILL"] as const;

Deno.test("durable commands end, are answered and interrupted in each login shell, by another server too", async () => {
  await using hosts = await startShellHosts({ shells: SHELLS });
  await using second = await startServer({ env: hosts.sshd.environment() });
  await Promise.all(hosts.all.map(async (host) => {
    await endsByItself(host, second);
    for (const signal of SIGNALS) await endsBySignal(host, signal);
    await readsFifo(host, second);
    await readsTerminal(host, second);
  }));
});

async function endsByItself(host: ShellHost, second: ServerUnderTest): Promise<void> {
  const assign = host.name === "fish" ? "set x one" : "x=one";
  const command = `${assign}; echo $x 'two  three'; echo err >&2; cat; exit 7`;
  const begun = await beginDurable(host.server, command, target(host));
  assert.match(idOf(begun), /^j[0-9a-z]{12}@mss[0-9a-f]{8}@testhost$/, host.name);
  const ended = await endOf(second, begun);
  assert.equal(ended.body, "one two  three\nerr\n", `${host.name}: ${ended.text}`);
  assert.equal(ended.meta?.state, "exited");
  assert.equal(ended.meta.exit_status, 7, host.name);
  assert.match(ended.firstLine, /^\[exit 7\] \d+\.00s mss\w+@testhost:/);
}

async function endsBySignal(host: ShellHost, signal: string): Promise<void> {
  const begun = await beginDurable(host.server, "echo up; sleep 300", target(host));
  await showsDurable(host.server, begun, /^up$/m);
  const command_id = idOf(begun);
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

async function readsFifo(host: ShellHost, second: ServerUnderTest): Promise<void> {
  const command = "sh -c 'read a; read b; test -t 0 || echo \"$b $a\"'";
  const begun = await beginDurable(host.server, command, { ...target(host), stdin: "fifo" });
  const input = { command_id: idOf(begun), wait: 0 };
  const first = await second.call("send_input", { ...input, input_text: "one'$x" });
  assert.equal(first.meta?.state, "running", `${host.name}: ${first.text}`);
  const ended = await host.server.call("send_input", { ...input, input_text: "zwölf", wait: 20 });
  assert.equal(ended.body, "zwölf one'$x\n", `${host.name}: ${ended.text}`);
  assert.equal(ended.meta?.exit_status, 0);
}

async function readsTerminal(host: ShellHost, second: ServerUnderTest): Promise<void> {
  const command = "stty size; sh -c 'read a; echo got:$a'; sleep 300";
  const begun = await beginDurable(host.server, command, { ...target(host), stdin: "pty" });
  await showsDurable(second, begun, /^50 200$/m);
  await second.call("send_input", { command_id: idOf(begun), input_text: "x y", wait: 0 });
  await showsDurable(second, begun, /^got:x y$/m);
  const ended = await second.call("interrupt_command_by_id", { command_id: idOf(begun) });
  assert.equal(ended.meta?.state, "interrupted", `${host.name}: ${ended.text}`);
  assert.equal(ended.meta.exit_signal, "INT");
  assert.equal(ended.body.trimEnd(), "^C");
}

function target(host: ShellHost): Readonly<Record<string, unknown>> {
  return { username: host.account.name };
}
