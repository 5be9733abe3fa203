import { strict as assert } from "node:assert";
import { startFrr } from "../support/device_clis.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatSpread } from "./row.ts";

const WARM_UP_COMMANDS = 5;
const COMMANDS = 100;
const CONNECTS = 10;
const SECRET = "bench-enable";

/** FRR's vty behind sshd, over MCP: a command in a warm shell, and from nothing to the first one. */
export async function deviceRows(): Promise<readonly BenchRow[]> {
  await using frr = await startFrr({ reachedBy: "telnet", enablePassword: SECRET });
  await using sshd = await startSshd({ config: [`ForceCommand ${frr.commandLine}`] });
  await using server = await startServer({ env: sshd.environment() });
  const first: number[] = [];
  for (let round = 0; round < CONNECTS; round++) {
    first.push(await elapsedMs(() => show(server, "show running-config")));
    await server.call("close_session", { host: sshd.alias });
  }
  const warm: number[] = [];
  for (let round = -WARM_UP_COMMANDS; round < COMMANDS; round++) {
    const ms = await elapsedMs(() => show(server, "show history"));
    if (round >= 0) warm.push(ms);
  }
  return [{
    what: "a command on FRR's vty in a warm shell, over MCP",
    measured: formatSpread(warm),
    goal: "p50 ≤ 25 ms",
  }, {
    what: "connect, find the family, enable, first command on FRR's vty",
    measured: formatSpread(first),
    goal: "≤ 600 ms",
  }];
}

async function show(server: ServerUnderTest, command: string): Promise<void> {
  const reply = await server.run(command, { enable_password: SECRET });
  assert.equal(reply.meta?.state, "exited", reply.text);
}
