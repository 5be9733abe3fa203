import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { AS_LOGIN_SHELL, powerShellTest, startPowerShellWorld } from "../support/powershell.ts";
import { POWERSHELL_CASES, type PowerShellCase } from "./powershell_cases.ts";
import { LANGUAGE_CASES } from "./powershell_language_cases.ts";
import { ODD_CASES } from "./powershell_odd_cases.ts";
import { commandOf, mistakesIn } from "./powershell_outcome.ts";
import { STATE_CASES } from "./powershell_state_cases.ts";
import { STREAM_CASES } from "./powershell_stream_cases.ts";
import { renew } from "../windows/checklist.ts";

powerShellTest(
  "PowerShell as a login shell: the given cases are exact in one session",
  async () => {
    await using world = await startPowerShellWorld(AS_LOGIN_SHELL);
    await world.server.run("1", { timeout: 50 });
    for (const one of POWERSHELL_CASES) await check(world.server, one);
    await ending(world.server);
  },
);

/** Of each kind one; `deno task windows --fresh HOST` runs all cases so. */
const FRESH = ["variable kept", "Read-Host is answered", "a program in a pipeline is stopped"];

powerShellTest(
  "PowerShell in PATH: more cases are exact in one session, a sample in fresh ones",
  async () => {
    await using world = await startPowerShellWorld();
    const { server } = world;
    // The loop leaves no line on the standard input that the first command reads.
    await answerFirst(server);
    const cases = [...LANGUAGE_CASES, ...STATE_CASES, ...ODD_CASES, ...STREAM_CASES];
    for (const one of cases) await check(server, one);
    // wait(2) hands on eight bits of it.
    const over = await server.run("try { exit 263 } finally { 'f' }");
    assert.deepEqual([over.meta?.exit_status, over.body.split("\n")[0]], [7, "f"], over.text);
    const table = POWERSHELL_CASES;
    const sample = table.filter(({ what }) => FRESH.includes(what));
    assert.equal(sample.length, FRESH.length);
    for (const one of sample) {
      await renew(server, { one, table, system: "unix" });
      await check(server, one);
    }
  },
);

Deno.test("each PowerShell case that is about another's traces names one before it", () => {
  for (const table of [POWERSHELL_CASES, LANGUAGE_CASES, STATE_CASES, ODD_CASES, STREAM_CASES]) {
    for (const [at, { what, after }] of table.entries()) {
      const isBefore = table.slice(0, at).some((one) => one.what === after);
      assert.ok(after === undefined || isBefore, what);
    }
  }
});

async function check(server: ServerUnderTest, one: PowerShellCase): Promise<void> {
  if (commandOf(one, "unix") !== undefined) {
    assert.deepEqual(await mistakesIn(server, one, "unix"), []);
  }
}

async function answerFirst(server: ServerUnderTest): Promise<void> {
  const asked = await server.run("$x = Read-Host 'Name'; \"got $x\"", { timeout: 50 });
  assert.equal(asked.meta?.state, "awaiting_input", asked.text);
  const command_id = String(asked.meta?.command_id);
  await server.call("send_input", { command_id, input_text: "bob", wait: 10 });
  const reply = await server.call("get_command_status", { command_id, offset: 0, wait: 10 });
  assert.match(reply.body, /^Name: .*got bob\n/s, reply.text);
}

async function ending(server: ServerUnderTest): Promise<void> {
  const over = await server.run("'bye'; exit 5; 'never'");
  assert.equal(over.meta?.exit_status, 5, over.text);
  assert.match(over.text, /^bye\n/m);
  assert.match(over.text, /the shell ended with this command/);
  const next = await server.run("\"x is '$x'\"");
  assert.match(next.body, /^x is ''\n/, next.text);
}
