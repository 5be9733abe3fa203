import { strict as assert } from "node:assert";
import { mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { residentBytes } from "../support/processes.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMib, formatMs, percentile } from "./row.ts";

const GIB = 1024 ** 3;
const ROUNDS = 3;
const SMALL_FILES = 2_000;
const MANY_FILES = 20_000;
const SAMPLE_MS = 200;

/** Large and small files beside scp(1) over a multiplexed connection, turn by turn. */
export async function copyRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  const { home, uid, gid } = sshd.account!;
  const local = await Deno.makeTempDir();
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_LOCAL_ROOTS: local }),
  });
  const scene = await openScene(sshd, server);
  try {
    await plant(local, home);
    await mustRun(["chown", "-R", `${uid}:${gid}`, home]);
    return [
      ...await largeRows(scene, home, {
        what: "host to host",
        source: `${sshd.alias}:big`,
        scp: ["-3", `${sshd.alias}:big`, `${sshd.alias}:theirs`],
      }),
      ...await largeRows(scene, home, {
        what: "local to host",
        source: `local:${local}/big`,
        scp: [`${local}/big`, `${sshd.alias}:theirs`],
      }),
      await smallRow(scene, `${local}/many`),
    ];
  } finally {
    await scene.close();
    await Deno.remove(local, { recursive: true });
  }
}

/** A directory of 20,000 files, compared afterwards. */
export async function copyManyRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  const local = await Deno.makeTempDir();
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_LOCAL_ROOTS: local }),
  });
  const scene = { server, alias: sshd.alias };
  try {
    await plantSmall(`${local}/many`, MANY_FILES);
    let mostBytes = 0;
    const watched = new AbortController();
    const watching = watch(scene, watched.signal, (_ms, bytes) => {
      mostBytes = Math.max(mostBytes, bytes);
    });
    const ms = await elapsedMs(() => copy(scene, `local:${local}/many`, `${sshd.alias}:many`));
    watched.abort();
    await watching;
    await mustRun(["diff", "-r", `${local}/many`, `${sshd.account!.home}/many`]);
    return [{
      what: `copy_file of ${MANY_FILES} small files, with sha256 at both ends`,
      measured: `${formatMs(ms)}, ${formatMib(mostBytes)}`,
      goal: "≤ 150 MiB",
    }];
  } finally {
    await Deno.remove(local, { recursive: true });
  }
}

async function plantSmall(directory: string, count: number): Promise<void> {
  await Deno.mkdir(directory);
  for (let at = 0; at < count; at++) {
    await Deno.writeTextFile(`${directory}/${at}`, `${at}\n`.repeat(300));
  }
}

async function plant(local: string, home: string): Promise<void> {
  const size = ["bs=1M", "count=1024", "status=none"];
  await mustRun(["dd", "if=/dev/urandom", `of=${local}/big`, ...size]);
  await mustRun(["cp", `${local}/big`, `${home}/big`]);
  await plantSmall(`${local}/many`, SMALL_FILES);
}

interface Host {
  readonly server: ServerUnderTest;
  readonly alias: string;
}

interface Scene extends Host {
  scp(args: readonly string[]): Promise<unknown>;
  close(): Promise<unknown>;
}

async function openScene(sshd: Sshd, server: ServerUnderTest): Promise<Scene> {
  const options = ["-F", sshd.sshConfigPath, "-o", `ControlPath=${sshd.directory}/control`];
  const master = ["-o", "ControlMaster=yes", "-o", "ControlPersist=yes"];
  await mustRun(["ssh", ...options, ...master, sshd.alias, ":"]);
  return {
    server,
    alias: sshd.alias,
    scp: (args) => mustRun(["scp", "-q", "-p", ...options, ...args]),
    close: () => mustRun(["ssh", ...options, "-O", "exit", sshd.alias]),
  };
}

interface Large {
  readonly what: string;
  readonly source: string;
  readonly scp: readonly string[];
}

async function largeRows(
  scene: Scene,
  home: string,
  { what, source, scp }: Large,
): Promise<readonly BenchRow[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  const neighbour: number[] = [];
  let mostBytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(await elapsedMs(() => scene.scp(scp)));
    const watched = new AbortController();
    const watching = watch(scene, watched.signal, (ms, bytes) => {
      neighbour.push(ms);
      mostBytes = Math.max(mostBytes, bytes);
    });
    try {
      ours.push(await elapsedMs(() => copy(scene, source, `${scene.alias}:ours`)));
    } finally {
      watched.abort();
      await watching;
    }
    const hashes = (await mustRun(["sha256sum", `${home}/ours`, `${home}/big`])).match(
      /^[0-9a-f]{64}/gm,
    );
    assert.equal(new Set(hashes).size, 1);
    for (const name of ["ours", "theirs"]) await Deno.remove(`${home}/${name}`);
  }
  return rowsOf(what, { ours, theirs, neighbour, mostBytes });
}

interface Measured {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly neighbour: readonly number[];
  readonly mostBytes: number;
}

function rowsOf(what: string, { ours, theirs, neighbour, mostBytes }: Measured): BenchRow[] {
  const rate = (ms: number): string => `${(GIB / 2 ** 20 / (ms / 1000)).toFixed(0)} MiB/s`;
  const [our, their] = [percentile(ours, 0.5), percentile(theirs, 0.5)];
  return [{
    what: `copy_file of 1 GiB, ${what}, with sha256 at both ends`,
    measured: `${rate(our)} (${(their / our).toFixed(2)}×)`,
    beside: `scp over ssh -S: ${rate(their)}`,
    goal: "≥ 0.9×",
  }, {
    what: `a neighbour's warm command meanwhile, ${what}`,
    measured: `p50 ${formatMs(percentile(neighbour, 0.5))}`,
    goal: "p50 ≤ 10 ms",
  }, {
    what: `memory of the server meanwhile, ${what}`,
    measured: formatMib(mostBytes),
    goal: "≤ 150 MiB",
  }];
}

/** Runs a command in a session of its own, again and again, and looks at the memory. */
async function watch(
  { server, alias }: Host,
  signal: AbortSignal,
  seen: (ms: number, residentBytes: number) => void,
): Promise<void> {
  const command = (): Promise<unknown> =>
    server.call("execute_command", { host: alias, command: "true", session: "neighbour" });
  await command();
  while (!signal.aborted) {
    const ms = await elapsedMs(command);
    seen(ms, await residentBytes(server.pid));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

async function copy({ server }: Host, source: string, destination: string): Promise<void> {
  let reply = await server.call("copy_file", { source, destination, recursive: true });
  while (reply.meta?.state === "running") {
    const { command_id } = reply.meta;
    reply = await server.call("get_command_status", { command_id, wait: 50 });
  }
  assert.match(reply.firstLine, /^\[exit 0\]/, reply.text);
}

async function smallRow(scene: Scene, source: string): Promise<BenchRow> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(await elapsedMs(() => scene.scp(["-r", source, `${scene.alias}:theirs${round}`])));
    ours.push(await elapsedMs(() => copy(scene, `local:${source}`, `${scene.alias}:ours${round}`)));
  }
  const [our, their] = [percentile(ours, 0.5), percentile(theirs, 0.5)];
  return {
    what: `copy_file of ${SMALL_FILES} small files, with sha256 at both ends`,
    measured: `${formatMs(our)} (${(their / our).toFixed(2)}×)`,
    beside: `scp -r over ssh -S: ${formatMs(their)}`,
  };
}
