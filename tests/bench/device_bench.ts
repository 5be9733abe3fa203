import { strict as assert } from "node:assert";
import { startFrr } from "../support/device_clis.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatSpread } from "./row.ts";

const WARM_UP_COMMANDS = 5;
const COMMANDS = 100;
const CONNECTS = 10;
const PAGE_ROWS = 20;
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
  const page = await pageMs(server);
  return [{
    what: "each page of FRR's pager, beyond the same output unpaged",
    measured: `${page.toFixed(1)} ms`,
    goal: "≤ 20 ms",
  }, {
    what: "a command on FRR's vty in a warm shell, over MCP",
    measured: formatSpread(warm),
    goal: "p50 ≤ 25 ms",
  }, {
    what: "connect, find the family, enable, first command on FRR's vty",
    measured: formatSpread(first),
    goal: "≤ 600 ms",
  }];
}

/** What a page costs: the output of `list` in pages of 20 rows, beside the same in one. */
async function pageMs(server: ServerUnderTest): Promise<number> {
  let rows = 0;
  const run = async (length: number): Promise<number> => {
    await server.run(`terminal length ${length}`, { enable_password: SECRET });
    return await elapsedMs(async () => {
      const { body, meta } = await server.run("list", {
        enable_password: SECRET,
        max_output_chars: 1_000_000,
      });
      assert.equal(meta?.state, "exited");
      rows = body.split("\n").length;
    });
  };
  await run(0);
  const whole = await run(0);
  const paged = await run(PAGE_ROWS);
  await run(0);
  return (paged - whole) / (rows / PAGE_ROWS);
}

async function show(server: ServerUnderTest, command: string): Promise<void> {
  const reply = await server.run(command, { enable_password: SECRET });
  assert.equal(reply.meta?.state, "exited", reply.text);
}
