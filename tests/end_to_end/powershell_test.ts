import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { powerShellTest, startPowerShellWorld } from "../support/powershell.ts";
import { begin, idOf, settled } from "../support/world.ts";
import { POWERSHELL_CASES, type PowerShellCase } from "./powershell_cases.ts";
import { LANGUAGE_CASES } from "./powershell_language_cases.ts";
import { STATE_CASES } from "./powershell_state_cases.ts";

powerShellTest("PowerShell in one session: the given cases are exact", async () => {
  await using world = await startPowerShellWorld();
  await world.server.run("1", { timeout: 50 });
  for (const one of POWERSHELL_CASES) await check(world.server, one);
  await ending(world.server);
});

powerShellTest("PowerShell in one session: more cases are exact", async () => {
  await using world = await startPowerShellWorld();
  await world.server.run("1", { timeout: 50 });
  for (const one of [...LANGUAGE_CASES, ...STATE_CASES]) await check(world.server, one);
});

async function check(server: ServerUnderTest, one: PowerShellCase): Promise<void> {
  if (one.only === "win") return;
  const command = typeof one.command === "string" ? one.command : one.command.unix;
  const reply = await outcome(server, command, one);
  const { meta } = reply;
  const body = reply.body.replace(/\[commands here are PowerShell[^\n]*\]$/, "");
  const status = one.signal === undefined ? one.status : undefined;
  assert.equal(meta?.exit_status, status, `${one.what}: ${reply.text.slice(0, 2_000)}`);
  assert.equal(meta?.state, one.signal === undefined ? "exited" : "interrupted", one.what);
  if (one.out !== undefined) assert.equal(body, one.out, one.what);
  if (one.matches !== undefined) {
    assert.match(body, one.matches, `${one.what}: ${body.slice(0, 2_000)}`);
  }
  if (one.cwd !== undefined) assert.match(meta?.cwd ?? "", one.cwd, one.what);
}

async function outcome(
  server: ServerUnderTest,
  command: string,
  { answer, typed, signal }: PowerShellCase,
): Promise<ToolReply> {
  const isRunning = typed !== undefined || signal !== undefined;
  if (!isRunning && answer === undefined) return await settled(server, await server.run(command));
  const begun = isRunning
    ? await begin(server, command, { shows: /^(?:up|ask)$/m })
    : await server.run(command);
  const command_id = idOf(begun);
  if (signal !== undefined) {
    await server.call("interrupt_command_by_id", { command_id, signal });
  } else {
    if (answer !== undefined) assert.equal(begun.meta?.state, "awaiting_input", begun.text);
    await server.call("send_input", { command_id, input_text: answer ?? typed, wait: 0 });
  }
  await server.call("get_command_status", { command_id, wait: 30 });
  return await server.call("get_command_status", { command_id, offset: 0 });
}

async function ending(server: ServerUnderTest): Promise<void> {
  const over = await server.run("'bye'; exit 5; 'never'");
  assert.equal(over.meta?.exit_status, 5, over.text);
  assert.match(over.text, /^bye\n/m);
  assert.match(over.text, /the shell ended with this command/);
  const next = await server.run("\"x is '$x'\"");
  assert.match(next.body, /^x is ''\n/, next.text);
}
