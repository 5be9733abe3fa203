import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { POWERSHELL_PLACE, PWSH, startPowerShellWorld } from "../support/powershell.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { startWorld } from "../support/world.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread } from "./row.ts";

const COMMANDS = 1_000;
const SAMPLES = 200;
const STARTS = 5;
const LONG_CHARS = 1_000_000;
const LINES = 1_000_000;

/** PowerShell in a warm session beside `pwsh -Command` and our POSIX shell; long and large commands. */
export async function windowsRows(): Promise<readonly BenchRow[]> {
  if (PWSH === undefined) return [{ what: "PowerShell", measured: `none in ${POWERSHELL_PLACE}` }];
  await using world = await startPowerShellWorld();
  await using posix = await startWorld();
  const { server } = world;
  await server.run("1", { timeout: 50 });
  const many = await numbered(server, { count: COMMANDS, wrap: (n) => `${n}` });
  const ours = many.slice(-SAMPLES);
  const theirs = await numbered(posix.server, { count: SAMPLES, wrap: (n) => `echo ${n}` });
  const starts: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    starts.push(await elapsedMs(() => mustRun([PWSH!, "-NoProfile", "-Command", "1"])));
  }
  const longMs = await elapsedMs(async () => {
    const { body } = await server.run(`'${"x".repeat(LONG_CHARS)}'.Length`, { timeout: 50 });
    assert.equal(body, `${LONG_CHARS}\n`);
  });
  return [
    {
      what: "a command in a warm PowerShell session, over MCP",
      measured: formatSpread(ours),
      beside: `pwsh -Command: ${formatSpread(starts)}; POSIX shell: ${formatSpread(theirs)}`,
      goal: "p50 ≤ 8 ms",
    },
    {
      what: `${COMMANDS} commands in a row, each with its own output and status`,
      measured: formatSpread(many),
      goal: "none differs",
    },
    { what: "a PowerShell command of 1 MB", measured: formatMs(longMs) },
    await largeRow(server),
  ];
}

async function numbered(
  server: ServerUnderTest,
  { count, wrap }: { readonly count: number; readonly wrap: (n: number) => string },
): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    times.push(
      await elapsedMs(async () => {
        const { body, meta, text } = await server.run(wrap(n));
        assert.deepEqual([body, meta?.exit_status], [`${n}\n`, 0], text);
      }),
    );
  }
  return times;
}

/** 100 MB in lines of 100 characters: its length and end are exact. */
async function largeRow(server: ServerUnderTest): Promise<BenchRow> {
  const line = `$l = 'y' * 99; $w = [Console]::Out; for ($i = 0; $i -lt ${LINES}; $i++) ` +
    "{ $w.Write($l + [char]10) }; 'end'";
  let characters = 0;
  const ms = await elapsedMs(async () => {
    let reply = await server.run(line, { timeout: 50 });
    while (reply.meta?.state === "running") {
      const { command_id } = reply.meta;
      reply = await server.call("get_command_status", { command_id, wait: 50 });
    }
    characters = reply.meta?.total_chars ?? 0;
    assert.match(reply.body, /\nend\n$/);
    assert.equal(characters, LINES * 100 + 4);
  });
  return {
    what: "100 MB of PowerShell output",
    measured: `${formatMs(ms)}, ${(characters / 1_000 / ms).toFixed(1)} MB/s`,
  };
}
