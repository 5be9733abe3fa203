import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { powerShellTest, startPowerShellWorld } from "../support/powershell.ts";
import { POWERSHELL_CASES, type PowerShellCase } from "./powershell_cases.ts";
import { LANGUAGE_CASES } from "./powershell_language_cases.ts";
import { commandOf, mistakesIn } from "./powershell_outcome.ts";
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
  if (commandOf(one, "unix") !== undefined) {
    assert.deepEqual(await mistakesIn(server, one, "unix"), []);
  }
}

async function ending(server: ServerUnderTest): Promise<void> {
  const over = await server.run("'bye'; exit 5; 'never'");
  assert.equal(over.meta?.exit_status, 5, over.text);
  assert.match(over.text, /^bye\n/m);
  assert.match(over.text, /the shell ended with this command/);
  const next = await server.run("\"x is '$x'\"");
  assert.match(next.body, /^x is ''\n/, next.text);
}
