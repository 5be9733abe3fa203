import { cpuUsage } from "node:process";
import { resolveHost } from "../../src/config/resolver.ts";
import { systemSources } from "../../src/config/sources.ts";
import { startServer } from "../support/mcp_client.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread } from "./row.ts";

const ROUNDS = 2_000;
/** A file younger than that is read again each time. */
const SETTLES_MS = 3_000;

/** What a call costs before it goes anywhere: the settings of one host among many. */
export async function resolveRows(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  rows.push(await listRow());
  for (const aliases of [10, 1_000, 10_000]) rows.push(await resolveRow(aliases));
  return rows;
}

async function listRow(): Promise<BenchRow> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.ssh`);
    await Deno.writeTextFile(`${home}/.ssh/config`, configOf(10_000), { mode: 0o600 });
    await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
    await using server = await startServer({ env: { HOME: home, USER: "root", PATH: "/usr/bin" } });
    const list = () => server.call("list_hosts", { pattern: "web7*" });
    const first = await elapsedMs(list);
    const times: number[] = [];
    for (let round = 0; round < 50; round++) times.push(await elapsedMs(list));
    return {
      what: "list_hosts with 10,000 aliases",
      measured: formatSpread(times),
      beside: `first ${formatMs(first)}`,
      goal: "≤ 50 ms",
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function resolveRow(aliases: number): Promise<BenchRow> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, configOf(aliases));
    await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
    const sources = systemSources({ HOME: "/root", USER: "root", MCP_SSH_CONFIG: path });
    const first = await cpuMs(() => resolveHost({ host: "web1" }, sources));
    for (let round = 0; round < 200; round++) {
      await resolveHost({ host: `web${round % aliases}` }, sources);
    }
    const all = await cpuMs(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await resolveHost({ host: `web${(round * 7) % aliases}` }, sources);
      }
    });
    return {
      what: `settings of one of ${aliases} aliases, CPU`,
      measured: formatMs(all / ROUNDS),
      beside: `first ${formatMs(first)}`,
      ...(aliases === 10_000 ? { goal: "≤ 0.5 ms" } : {}),
    };
  } finally {
    await Deno.remove(path);
  }
}

function configOf(aliases: number): string {
  const blocks = Array.from({ length: aliases }, (_, index) => {
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    return `Host web${index}\n  HostName ${address}\n  User deploy\n  Port 2222\n` +
      `  IdentityFile ~/.ssh/id_${index % 7}\n\n`;
  });
  return `Host *\n  ServerAliveInterval 30\n\n${blocks.join("")}`;
}

async function cpuMs(task: () => Promise<unknown>): Promise<number> {
  const before = cpuUsage();
  await task();
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}
