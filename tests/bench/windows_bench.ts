import assert from "node:assert/strict";
import { ENDLESS } from "../end_to_end/powershell_endless.ts";
import { command, mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { POWERSHELL_PLACE, PWSH, startPowerShellWorld } from "../support/powershell.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { begin, idOf, startWorld, type World } from "../support/world.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread } from "./row.ts";

const COMMANDS = 1_000;
const SAMPLES = 200;
const STARTS = 5;
const LONG_CHARS = 1_000_000;
const LINES = 1_000_000;
const STOPS = 5;

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
    ...await stopRows(server),
    await cutRow(world),
  ];
}

/** From the call of interrupt_command_by_id to the reply that the command was stopped. */
async function stopRows(server: ServerUnderTest): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [what, line] of Object.entries(ENDLESS)) {
    const times: number[] = [];
    for (let n = 0; n < STOPS; n++) {
      const command_id = idOf(await begin(server, line, { shows: /^up$/m }));
      times.push(
        await elapsedMs(async () => {
          await server.call("interrupt_command_by_id", { command_id });
          const stopped = await server.call("get_command_status", { command_id, wait: 50 });
          assert.equal(stopped.meta?.state, "interrupted", stopped.text);
        }),
      );
    }
    rows.push({
      what: `PowerShell: INT stops ${what}`,
      measured: `at most ${formatMs(Math.max(...times))} of ${STOPS}`,
      goal: "≤ 2 s",
    });
  }
  return rows;
}

/** Two commands run as their connection is cut: until no process of the account is left. */
async function cutRow({ server, sshd }: World): Promise<BenchRow> {
  await begin(server, "'up'; sleep 301", { shows: /^up$/m });
  await begin(server, "'up'; while ($true) { }", { session: "b", shows: /^up$/m });
  const uid = String(sshd.account!.uid);
  const ms = await elapsedMs(async () => {
    await sshd.cutConnections();
    await until("nothing is left of them", async () => {
      const { stdout } = await command(["ps", "-U", uid, "-o", "stat=,args="]);
      return stdout.split("\n").every((line) => line.trim() === "" || line.startsWith("Z"));
    }, { timeoutMs: 60_000, everyMs: 100 });
  });
  return {
    what: "PowerShell: nothing runs on the host after its connection was cut",
    measured: formatMs(ms),
    goal: "≤ 10 s",
  };
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
