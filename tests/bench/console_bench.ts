import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMib, formatSpread, percentile } from "./row.ts";

const CONNECTIONS = 10_000;
const CALLS = 60;
const ROUNDS = 2;
/** 20 MB/s, for as long as it is not stopped. */
const FLOOD = `perl -e '$| = 1; $x = ("x" x 99 . "\\n") x 2000; ` +
  `for (1 .. 30000) { syswrite STDOUT, $x; select undef, undef, undef, 0.01 }'`;

type Watcher = "no console" | "a console without a page" | "a page that draws nothing" | "a page";

/** One way to be watched while another session floods. */
class Flooded {
  readonly quiet: number[] = [];
  readonly flooded: number[] = [];
  bytes = 0;
  resident = 0;
  floodedCpuMs = 0;

  get row(): Pick<BenchRow, "measured" | "beside"> {
    const cpu = this.floodedCpuMs / this.flooded.length;
    return {
      measured: `${formatSpread(this.flooded)}, ${cpu.toFixed(0)} ms of CPU a call, ` +
        `${formatMib(this.resident)}, ${this.bytes} bytes to the page`,
      beside: `without a flood p50 ${percentile(this.quiet, 0.5).toFixed(1)} ms`,
    };
  }
}

/** Another session's calls beside a flood, watched in each way, and beside many connections. */
export async function consoleRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  const found = new Map<Watcher, Flooded>([
    ["no console", new Flooded()],
    ["a console without a page", new Flooded()],
    ["a page that draws nothing", new Flooded()],
    ["a page", new Flooded()],
  ]);
  // In turns: what else this machine does changes, and meets all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [watcher, samples] of found) await flood(sshd, watcher, samples);
  }
  const rows = [...found].map(([watcher, samples]): BenchRow => ({
    what: `console: another session's calls beside 20 MB/s, ${watcher}`,
    ...samples.row,
    ...(watcher === "no console" ? {} : { goal: "as without a console; p99 < 100 ms; ≤ 300 MiB" }),
  }));
  return [...rows, await crowded(sshd)];
}

async function flood(sshd: Sshd, watcher: Watcher, samples: Flooded): Promise<void> {
  const env = sshd.environment();
  const { server, origin } = watcher === "no console"
    ? { server: await startServer({ env }), origin: "" }
    : await startConsole({ env });
  await using _server = server;
  await server.run("true");
  await server.run("true", OTHER);
  await using page = watcher.startsWith("a page")
    ? await ConsolePage.open(origin, await logIn(origin))
    : undefined;
  if (page !== undefined) {
    await page.watch();
    page.saysDrawn = watcher === "a page";
  }
  samples.quiet.push(...await calls(server));
  await server.call("execute_command_async", { host: server.host, command: FLOOD });
  const cpuMs = await cpuOf(server);
  samples.flooded.push(...await calls(server));
  samples.floodedCpuMs += await cpuOf(server) - cpuMs;
  samples.resident = Math.max(samples.resident, await server.residentBytes());
  samples.bytes = Math.max(samples.bytes, page?.bytes ?? 0);
}

async function crowded(sshd: Sshd): Promise<BenchRow> {
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("true", OTHER);
  const idle: Deno.Conn[] = [];
  for (let n = 0; n < CONNECTIONS; n++) {
    const to = { hostname: "127.0.0.1", port: Number(new URL(origin).port) };
    await Deno.connect(to).then((connection) => idle.push(connection), () => {});
  }
  const samples = await calls(server);
  const resident = await server.residentBytes();
  for (const connection of idle) connection.close();
  return {
    what: `console: ${CONNECTIONS} connections, a session's calls`,
    measured: `${formatSpread(samples)}, ${formatMib(resident)}`,
    goal: "≤ 300 MiB",
  };
}

const OTHER = { session: "other" };

async function calls(server: ServerUnderTest): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    samples.push(await elapsedMs(() => server.run("true", OTHER)));
  }
  return samples;
}

/** User and system time (proc(5)), in ticks of 10 ms. */
async function cpuOf({ pid }: ServerUnderTest): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
