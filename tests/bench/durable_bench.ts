import assert from "node:assert/strict";
import { beginDurable, endOf, showsDurable } from "../end_to_end/durable_command.ts";
import { type ShellHost, type ShellHosts, startShellHosts } from "../end_to_end/login_shells.ts";
import { mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { descendants, signal } from "../support/processes.ts";
import { idOf, startWorld, type World } from "../support/world.ts";
import { type BenchRow, elapsedMs, formatMib, formatMs, formatSpread } from "./row.ts";

const RECORDS = ".local/state/mcp-ssh-session/jobs";
const BYTES = 100_000_000;
const MANY = 1_000;
/** Starts at once, each in a session of its own. */
const SESSIONS = 8;
const SHELLS = ["bash", "dash", "ksh93", "mksh", "zsh", "fish", "ash"] as const;
const INPUTS = ["null", "fifo", "pty"] as const;
const SIGNALS = ["INT", "QUIT", "TERM", "HUP", "KILL"] as const;

/** 100 MB of random bytes, while sshd's sessions and the server are killed. */
export async function durableBytesRows(): Promise<readonly BenchRow[]> {
  await using world = await startWorld();
  const { home } = world.sshd.account!;
  await mustRun(["sh", "-c", `head -c ${BYTES} /dev/urandom >${home}/big`]);
  const plainMs = await elapsedMs(() => mustRun(["sh", "-c", `cat ${home}/big >${home}/copy`]));
  const begun = await beginDurable(world.server, "until [ -e go ]; do sleep 0.1; done; cat big");
  await world.sshd.killSessions();
  signal(world.server.pid, "SIGKILL");
  await using later = await startServer({ env: world.sshd.environment() });
  await later.run("true");
  let ended: ToolReply | undefined;
  const ms = await elapsedMs(async () => {
    await Deno.writeTextFile(`${home}/go`, "");
    ended = await endOf(later, begun);
  });
  assert.equal(ended?.meta?.exit_status, 0, ended?.text);
  assert.equal(ended.meta.total_chars, BYTES);
  const files = `$(ls ${home}/${RECORDS}/${recordOf(begun)}/o.* | sort -t. -k4 -n)`;
  const sums = await mustRun(["sh", "-c", `cat ${files} | sha256sum; sha256sum <${home}/big`]);
  const [recorded, printed] = sums.trim().split("\n");
  return [{
    what: "100 MB by a durable command, cut from its login and its server",
    measured: `${formatMs(ms)}, ${recorded === printed ? "equal by sha256" : "NOT equal"}`,
    beside: `cat to a file ${formatMs(plainMs)}`,
    goal: "equal",
  }];
}

/** 1,000 durable commands that run at once on one host. */
export async function durableManyRows(): Promise<readonly BenchRow[]> {
  await using world = await startWorld();
  const { server } = world;
  const { home } = world.sshd.account!;
  // Whoever opens it to read waits for a writer, and takes no CPU meanwhile.
  await mustRun(["mkfifo", "-m", "644", `${home}/go`]);
  const begun: ToolReply[] = [];
  const taken: number[] = [];
  const allMs = await elapsedMs(() => startMany(server, begun, taken));
  const memory = await memoryOf(world);
  let listed: ToolReply | undefined;
  const target = { host: server.host };
  const listMs = await elapsedMs(async () =>
    listed = await server.call("list_running_commands", target)
  );
  const running = listed!.structuredContent.commands.length;
  (await Deno.open(`${home}/go`, { write: true })).close();
  await using later = await startServer({ env: world.sshd.environment() });
  const right = await countRight(later, begun);
  return [
    {
      what: `${MANY} durable commands started, ${SESSIONS} at a time`,
      measured: `${formatMs(allMs)}, each ${formatSpread(taken)}`,
    },
    { what: "their memory on the host, each", measured: memory },
    { what: "list_running_commands of them", measured: `${formatMs(listMs)}, ${running} listed` },
    {
      what: "their outputs and statuses, read by another server",
      measured: `${right} of ${MANY} right`,
      goal: "all",
    },
  ];
}

/** How many have their own output and status, read some at a time. */
async function countRight(server: ServerUnderTest, begun: readonly ToolReply[]): Promise<number> {
  let right = 0;
  await Promise.all(Array.from({ length: SESSIONS }, async (_, from) => {
    for (let n = from; n < begun.length; n += SESSIONS) {
      const { body, meta } = await endOf(server, begun[n]!);
      if (body === `${n}\n` && meta?.exit_status === n % 200) right++;
    }
  }));
  return right;
}

async function startMany(
  server: ServerUnderTest,
  begun: ToolReply[],
  taken: number[],
): Promise<void> {
  await Promise.all(Array.from({ length: SESSIONS }, async (_, from) => {
    for (let n = from; n < MANY; n += SESSIONS) {
      const command = `read -r x <go; echo ${n}; exit ${n % 200}`;
      taken.push(
        await elapsedMs(async () => {
          begun[n] = await beginDurable(server, command, { session: `s${from}` });
        }),
      );
    }
  }));
}

/** Each login shell with each standard input, through each end. */
export async function durableMatrixRows(): Promise<readonly BenchRow[]> {
  await using hosts = await startShellHosts({ shells: SHELLS });
  const failures: string[] = [];
  let cases = 0;
  const check = (name: string, isRight: boolean, { text }: ToolReply): void => {
    cases++;
    if (!isRight) failures.push(`${name}: ${text.replaceAll("\n", " | ")}`);
  };
  await Promise.all(hosts.all.map(async (host) => {
    for (const stdin of INPUTS) {
      for (const name of SIGNALS) {
        const ended = await signalled(host, stdin, name);
        const { state, exit_signal } = ended.meta ?? {};
        // zsh catches HUP and exits by itself.
        const isCaught = host.name === "zsh" && name === "HUP" && state === "exited";
        const isRight = isCaught || (state === "interrupted" && exit_signal === name);
        check(`${host.name} ${stdin} ${name}`, isRight, ended);
      }
    }
  }));
  const cut = await startAndCut(hosts);
  await using later = await startServer({ env: hosts.sshd.environment() });
  for (const { name, begun } of cut) {
    const ended = await endOf(later, begun);
    check(name, ended.meta?.exit_status === 5 && /^end\n$/m.test(ended.body), ended);
  }
  return [{
    what:
      `${SHELLS.length} login shells × ${INPUTS.length} inputs × signals, kill -9 of sshd and server`,
    measured: `${cases - failures.length} of ${cases} right`,
    beside: failures.join("; ").slice(0, 400),
    goal: "all",
  }];
}

interface Cut {
  readonly name: string;
  readonly begun: ToolReply;
}

/** Started by a server that is killed, as are their logins, before they may end. */
async function startAndCut(hosts: ShellHosts): Promise<readonly Cut[]> {
  await using victim = await startServer({ env: hosts.sshd.environment() });
  const cut: Cut[] = [];
  for (const { name, account } of hosts.all) {
    for (const stdin of INPUTS) {
      const begun = await beginDurable(victim, CUT, { username: account.name, stdin });
      cut.push({ name: `${name} ${stdin} cut`, begun });
    }
  }
  await hosts.sshd.killSessions();
  signal(victim.pid, "SIGKILL");
  for (const { account } of hosts.all) await Deno.writeTextFile(`${account.home}/go`, "");
  return cut;
}

/** The same words in POSIX shells and in fish. */
const CUT = "sh -c 'until [ -e go ]; do sleep 0.2; done; seq 1000; echo end; exit 5'";

async function signalled(host: ShellHost, stdin: string, name: string): Promise<ToolReply> {
  const { server, account } = host;
  const begun = await beginDurable(server, "echo up; sleep 300", { username: account.name, stdin });
  await showsDurable(server, begun, /^up$/m);
  const command_id = idOf(begun);
  await server.call("interrupt_command_by_id", { command_id, signal: name });
  return await endOf(server, begun);
}

/** Proportional set size of the account's processes beside its logins. */
async function memoryOf({ sshd }: World): Promise<string> {
  const inLogins = new Set(await descendants(sshd.pid));
  const pids = (await mustRun(["pgrep", "-u", sshd.account!.name])).trim().split("\n").map(Number);
  const outside = pids.filter((pid) => !inLogins.has(pid));
  let bytes = 0;
  for (const pid of outside) {
    const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`).catch(() => "");
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return `${formatMib(bytes)} in all, ${(bytes / MANY / 1024).toFixed(0)} KiB and ` +
    `${(outside.length / MANY).toFixed(1)} processes each`;
}

function recordOf(begun: ToolReply): string {
  return idOf(begun).split(/[+@]/)[0]!;
}
