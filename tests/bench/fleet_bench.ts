import assert from "node:assert/strict";
import { command, mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { numbered, startFleet } from "../support/fleet.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import type { Sshd } from "../support/sshd.ts";
import { GroupCpu } from "./group_cpu.ts";
import { type BenchRow, elapsedMs, formatMib, formatMs, formatSpread } from "./row.ts";

const FAN_OUT = 32;
/** Hosts by which the floor is measured. */
const FLOOR_HOSTS = 20;
/** Clock ticks in which /proc/<pid>/stat counts (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;
const COMMAND = "uname -s; echo $((6 * 7))";
const PRINTED = "Linux\n42";

/** One command on 50 hosts of one sshd, beside what else does that from here. */
export function fleet50Rows(): Promise<readonly BenchRow[]> {
  return fleetRowsOf(50);
}

/** The same on 200. */
export function fleet200Rows(): Promise<readonly BenchRow[]> {
  return fleetRowsOf(200);
}

/** The same on 1,000, which takes the others minutes each. */
export function fleet1000Rows(): Promise<readonly BenchRow[]> {
  return fleetRowsOf(1_000);
}

async function fleetRowsOf(size: number): Promise<readonly BenchRow[]> {
  const hosts = numbered("web", size);
  await using sshd = await startFleet([...hosts, { alias: "near" }]);
  using cpu = new GroupCpu(sshd.pid);
  const names = hosts.map(({ alias }) => alias);
  const rows: BenchRow[] = [];
  const measure = async (source: () => Promise<readonly BenchRow[]>): Promise<void> => {
    const measured = await source();
    await sessionsEnded(sshd);
    rows.push(...measured);
    sayRows(measured);
  };
  await measure(() => floorRows(sshd, { names, cpu }));
  await measure(() => productRows(sshd, { names, cpu }));
  await measure(() => neighbourRows(sshd, names));
  for (const other of others(sshd, names)) {
    await measure(async () => {
      const missing = await missingRow(other, size);
      if (missing !== undefined) return [missing];
      const before = cpu.ms;
      const row = await otherRow(other, size);
      const spent = formatMs((cpu.ms - before) / size);
      return [{ ...row, beside: `${row.beside}; the host's CPU ${spent} each` }];
    });
  }
  return rows;
}

interface Measuring {
  readonly names: readonly string[];
  readonly cpu: GroupCpu;
}

/** The least that one login can cost: what sshd itself takes, which no client changes. */
async function floorRows(
  sshd: Sshd,
  { names, cpu }: Measuring,
): Promise<readonly BenchRow[]> {
  const some = names.slice(0, FLOOR_HOSTS);
  const before = cpu.ms;
  for (const name of some) await mustRun(["ssh", "-F", sshd.sshConfigPath, name, ":"]);
  await sessionsEnded(sshd);
  const each = (cpu.ms - before) / some.length;
  const seconds = each * names.length / 1000 / navigator.hardwareConcurrency;
  return [{
    what: `floor of ${names.length} hosts: the host's own CPU for a login and ":"`,
    measured: `${formatMs(each)} each`,
    beside: `${seconds.toFixed(1)} s of both cores for all, whatever the client`,
  }];
}

/** Some of them take minutes: the figures there are, if the rest is not waited for. */
function sayRows(rows: readonly BenchRow[]): void {
  const lines = rows.map(({ what, measured, beside = "" }) => `${what}: ${measured} ${beside}\n`);
  Deno.stderr.writeSync(new TextEncoder().encode(lines.join("")));
}

async function sessionsEnded(sshd: Sshd): Promise<void> {
  await until("sshd's sessions have ended", async () => (await sshd.sessionPids()).length === 0, {
    timeoutMs: 60_000,
    everyMs: 200,
  });
}

async function productRows(
  sshd: Sshd,
  { names, cpu }: Measuring,
): Promise<readonly BenchRow[]> {
  await using server = await startServer({ env: sshd.environment(), host: "near" });
  await server.run("true");
  const before = cpu.ms;
  const cold = await measured(server, names.length);
  const spent = formatMs((cpu.ms - before) / names.length);
  const warm = await measured(server, names.length);
  return [
    {
      what: `${names.length} hosts, cold`,
      measured: `${cold.seconds.toFixed(1)} s, CPU ${cold.cpuS.toFixed(1)} s`,
      beside: `reply of ${cold.reply.text.length} characters; the host's CPU ${spent} each`,
      goal: "≤ 0.35 of the fastest",
    },
    {
      what: `${names.length} hosts, warm`,
      measured: `${warm.seconds.toFixed(2)} s, CPU ${warm.cpuS.toFixed(1)} s`,
      goal: "≤ 0.05 of the fastest",
    },
    {
      what: `${names.length} hosts, peak memory`,
      measured: formatMib(peakBytes(server.pid)),
      goal: "≤ 300 MiB with 1,000",
    },
  ];
}

/** In a run of its own: its commands take a core from the hosts that connect. */
async function neighbourRows(sshd: Sshd, names: readonly string[]): Promise<readonly BenchRow[]> {
  await using server = await startServer({ env: sshd.environment(), host: "near" });
  await server.run("true");
  const neighbour = new Neighbour(server);
  await measured(server, names.length).finally(() => neighbour.stop());
  return [{
    what: `a neighbour's warm command while ${names.length} connect`,
    measured: formatSpread(await neighbour.stop()),
    goal: "p50 ≤ 20 ms",
  }];
}

interface Measured {
  readonly seconds: number;
  readonly cpuS: number;
  readonly reply: ToolReply;
}

async function measured(server: ServerUnderTest, size: number): Promise<Measured> {
  const before = cpuTicks(server.pid);
  let reply: ToolReply | undefined;
  const ms = await elapsedMs(async () => {
    const args = { hosts: "web*", command: COMMAND, timeout: 300 };
    reply = await server.call("execute_on_hosts", args, {
      timeoutMs: 600_000,
      onprogress: () => {},
    });
  });
  const text = reply!.text.split("\n");
  assert.ok(text[0]!.startsWith(`[${size} of ${size} exit 0] `), text.slice(0, 40).join(" | "));
  assert.equal(text.slice(2).join("\n"), PRINTED);
  return { seconds: ms / 1000, cpuS: (cpuTicks(server.pid) - before) / TICKS_PER_S, reply: reply! };
}

/** Runs one short command after the other on a host that is connected already. */
class Neighbour {
  readonly #taken: number[] = [];
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(server: ServerUnderTest) {
    this.#running = this.#run(server);
  }

  async stop(): Promise<readonly number[]> {
    this.#stopped = true;
    await this.#running;
    return this.#taken;
  }

  async #run(server: ServerUnderTest): Promise<void> {
    while (!this.#stopped) {
      this.#taken.push(await elapsedMs(() => server.run("true")));
    }
  }
}

interface Other {
  readonly name: string;
  /** The Debian package of the program that the line begins with, which no test needs. */
  readonly needs: { readonly program: string; readonly package: string };
  readonly line: string;
  /** What stands in its output once for each host, or once for all. */
  readonly check: (output: string) => boolean;
}

function others(sshd: Sshd, names: readonly string[]): readonly Other[] {
  const config = sshd.sshConfigPath;
  const width = names[0]!.replace(/\D/g, "").length;
  const set = `web[${"1".padStart(width, "0")}-${names.length}]`;
  const command = `'${COMMAND}'`;
  const folded = (output: string): boolean => output.includes("Linux\n42");
  const each = (output: string): boolean => output.split("\n42").length === names.length + 1;
  return [
    {
      name: "clush -b",
      needs: { program: "clush", package: "clustershell" },
      line: `clush -q -S -b -f ${FAN_OUT} -o '-F ${config}' -w '${set}' ${command}`,
      check: folded,
    },
    {
      name: "pdsh | dshbak -c",
      needs: { program: "pdsh", package: "pdsh" },
      line:
        `PDSH_SSH_ARGS_APPEND='-F ${config}' pdsh -R ssh -f ${FAN_OUT} -w '${set}' ${command} | dshbak -c`,
      check: folded,
    },
    {
      name: "parallel-ssh",
      needs: { program: "parallel-ssh", package: "pssh" },
      line: `parallel-ssh -i -p ${FAN_OUT} -x '-F ${config}' -H '${names.join(" ")}' ${command}`,
      check: each,
    },
    {
      name: "ansible -m raw",
      needs: { program: "ansible", package: "ansible-core" },
      line: `ANSIBLE_HOST_KEY_CHECKING=1 ansible all -i '${names.join(",")},' -f ${FAN_OUT} ` +
        `--ssh-common-args '-F ${config} -o ControlMaster=no' -m raw -a ${command}`,
      check: (output) => output.split("rc=0").length === names.length + 1,
    },
  ];
}

/** Undefined where the program is there. */
async function missingRow({ name, needs }: Other, size: number): Promise<BenchRow | undefined> {
  const { code } = await command(["sh", "-c", `command -v ${needs.program}`]);
  if (code === 0) return undefined;
  return {
    what: `${size} hosts by ${name}`,
    measured: "not measured",
    beside: `${needs.program} is missing: apt-get install ${needs.package}`,
  };
}

/** Time and CPU as bash(1) reports them, children included. */
async function otherRow({ name, line, check }: Other, size: number): Promise<BenchRow> {
  const file = await Deno.makeTempFile();
  try {
    const script = `TIMEFORMAT='%R %U %S'; { time { ${line} > ${file} 2>${file}.err; }; } 2>&1`;
    const [real = 0, user = 0, system = 0] = (await mustRun(["bash", "-c", script])).trim()
      .split(" ").map(Number);
    const isRight = check((await Deno.readTextFile(file)).replaceAll("\r", ""));
    return {
      what: `${size} hosts by ${name}`,
      measured: `${real.toFixed(1)} s, CPU ${(user + system).toFixed(1)} s`,
      beside: isRight ? "every host right" : "not every host right",
    };
  } finally {
    await Deno.remove(file);
    await Deno.remove(`${file}.err`);
  }
}

function cpuTicks(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** The most that was resident at any time. */
function peakBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
