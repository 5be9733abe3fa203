import assert from "node:assert/strict";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { numbered, startFleet } from "../support/fleet.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread } from "./row.ts";

const CONNECTIONS = 500;
const SSHDS = 4;
const SHELLS = 100;
/** Logins under way at once; sshd takes no more CPU than there is. */
const AT_ONCE = 16;
/** Four rounds of keepalive messages. */
const IDLE_MS = 60_000;
const COLLECTOR_MS = 40_000;
/** Clock ticks in which /proc/<pid>/stat counts (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;

/** 500 connections with a shell each: time to open, memory, idle CPU, and a command on each. */
export async function connectionsRows(): Promise<readonly BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const sshds: Sshd[] = [];
  for (let n = 0; n < SSHDS; n++) sshds.push(stack.use(await startManyFacedSshd(n)));
  const configs = sshds.map(({ sshConfigPath }) => Deno.readTextFileSync(sshConfigPath));
  Deno.writeTextFileSync(sshds[0]!.sshConfigPath, configs.join("\n"));
  const server = stack.use(await startServer({ env: sshds[0]!.environment() }));
  const hosts = Array.from({ length: CONNECTIONS }, (_, n) => addressOf(n));
  await settle(server, [hosts[0]!]);
  const before = await server.residentBytes();
  const openMs = await elapsedMs(() => openAll(server, hosts.slice(1)));
  const withAll = await settledBytes(server);
  const idle = await idleShare(server);
  const commands = await commandRows(server, hosts);
  const perShell = await shellBytes(server, hosts[0]!);
  return [
    {
      what: `${CONNECTIONS} connections with a shell each opened`,
      measured: `${formatMs(openMs)}, ${formatMs(openMs / CONNECTIONS)} each`,
    },
    {
      what: "resident memory per connection with its shell",
      measured: formatKb((withAll - before) / (CONNECTIONS - 1)),
      goal: "≤ 400 KB",
    },
    { what: "resident memory per further shell", measured: formatKb(perShell) },
    {
      what: `CPU of one core while ${CONNECTIONS} connections idle`,
      measured: `${(idle * 100).toFixed(2)} %`,
      goal: "< 1 %",
    },
    ...commands,
  ];
}

const AT_ONCE_HOSTS = 200;

/** Hosts that are up and all called at once: none of them fails. */
export async function connectsAtOnceRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startFleet(numbered("web", AT_ONCE_HOSTS));
  await using server = await startServer({ env: sshd.environment() });
  const failures: string[] = [];
  const ms = await elapsedMs(async () => {
    await Promise.all(
      numbered("web", AT_ONCE_HOSTS).map(async ({ alias }) => {
        const begun = await server.run("true", { host: alias, timeout: 50 }, {
          timeoutMs: 120_000,
        });
        let reply = begun;
        while (["queued", "running"].includes(reply.meta?.state ?? "")) {
          const { command_id } = reply.meta!;
          reply = await server.call("get_command_status", { command_id, wait: 50 });
        }
        if (reply.meta?.exit_status !== 0) failures.push(reply.text.replaceAll("\n", " "));
      }),
    );
  });
  return [{
    what: `${AT_ONCE_HOSTS} connects at once, with a first command each`,
    measured: `${formatMs(ms)}, ${failures.length} failed`,
    beside: failures.map((text) => text.slice(0, 200)).join("; "),
    goal: "none failed",
  }];
}

/** An sshd that is reached at 250 addresses: a connection is one of user, address and port. */
async function startManyFacedSshd(n: number): Promise<Sshd> {
  const alias = `127.${n + 1}.0.*`;
  const sshd = await startSshd({
    alias,
    config: ["ListenAddress 0.0.0.0", "MaxStartups 1000"],
  });
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  const faces = config.replace("HostName 127.0.0.1", `HostKeyAlias [127.0.0.1]:${sshd.port}`);
  await Deno.writeTextFile(sshd.sshConfigPath, faces);
  return sshd;
}

function addressOf(n: number): string {
  return `127.${n % SSHDS + 1}.0.${Math.floor(n / SSHDS) + 1}`;
}

async function openAll(server: ServerUnderTest, hosts: readonly string[]): Promise<void> {
  const left = [...hosts];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let host = left.pop(); host !== undefined; host = left.pop()) {
      await settle(server, [host]);
    }
  }));
}

async function settle(server: ServerUnderTest, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const reply = await server.run("echo ready", { host });
    assert.equal(reply.body, "ready\n", reply.text);
  }
}

/** Resident memory once it stands still: the collector takes its time. */
async function settledBytes(server: ServerUnderTest): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  return await server.residentBytes();
}

/** Once what opening left behind has been collected, which takes 0.3 s of CPU once. */
async function idleShare(server: ServerUnderTest): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, COLLECTOR_MS));
  const before = cpuTicks(server.pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  return (cpuTicks(server.pid) - before) / TICKS_PER_S / (IDLE_MS / 1_000);
}

function cpuTicks(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function commandRows(
  server: ServerUnderTest,
  hosts: readonly string[],
): Promise<readonly BenchRow[]> {
  const taken: number[] = [];
  for (const [n, host] of hosts.entries()) {
    taken.push(
      await elapsedMs(async () => {
        const { body, meta } = await server.run(`echo ${n}; (exit ${n % 200})`, { host });
        assert.deepEqual([body, meta?.exit_status], [`${n}\n`, n % 200]);
      }),
    );
  }
  const allMs = await elapsedMs(async () => {
    const replies = await Promise.all(hosts.map((host, n) => server.run(`echo ${n}`, { host })));
    assert.ok(replies.every(({ body }, n) => body === `${n}\n`));
  });
  return [
    {
      what: `a command on each of ${hosts.length}, one after the other`,
      measured: formatSpread(taken),
      goal: "p99 ≤ 50 ms",
    },
    { what: `a command on each of ${hosts.length}, all at once`, measured: formatMs(allMs) },
  ];
}

async function shellBytes(server: ServerUnderTest, host: string): Promise<number> {
  const before = await settledBytes(server);
  for (let n = 0; n < SHELLS; n++) await server.run("true", { host, session: `s${n}` });
  return (await settledBytes(server) - before) / SHELLS;
}

function formatKb(bytes: number): string {
  return `${(bytes / 1_000).toFixed(0)} KB`;
}
