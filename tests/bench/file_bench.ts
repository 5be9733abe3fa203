import { strict as assert } from "node:assert";
import { join } from "node:path";
import { createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMs, formatSpread, percentile } from "./row.ts";

const WARM_UP_ROUNDS = 3;
const ROUNDS = 25;
const SMALL_BYTES = 1024;
const LARGE_BYTES = 2 * 1024 * 1024;
const PASSWORD = "bench password";

/** Files over SFTP and over sudo beside multiplexed sftp(1) and scp(1), turn by turn. */
export async function fileRows(): Promise<readonly BenchRow[]> {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using sshd = await startSshd({ accounts: [account] });
  await using server = await startServer({ env: sshd.environment() });
  await using scene = await prepare(sshd, server, account.home);
  return [
    await smallReadRow(scene),
    await largeRow(scene, "read", "sftp"),
    await largeRow(scene, "write", "sftp"),
    await largeRow(scene, "read", "sudo"),
    await largeRow(scene, "write", "sudo"),
    await smallSudoWriteRow(scene),
  ];
}

interface Scene extends AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly home: string;
  readonly local: string;
  readonly text: string;
  /** `scp` or `sftp` over the control master, with these arguments behind the options. */
  theirs(program: "scp" | "sftp", args: readonly string[], stdin?: string): Promise<unknown>;
  readonly alias: string;
}

async function prepare(sshd: Sshd, server: ServerUnderTest, home: string): Promise<Scene> {
  const local = join(sshd.directory, "local");
  const text = "0123456789abcde\n".repeat(LARGE_BYTES / 16);
  await Deno.writeTextFile(local, text);
  await Deno.writeTextFile(join(home, "small"), text.slice(0, SMALL_BYTES));
  await Deno.writeTextFile(join(home, "large"), text);
  await Deno.mkdir(join(home, "root"), { mode: 0o700 });
  await Deno.writeTextFile(join(home, "root", "large"), text);
  const socket = join(sshd.directory, "control");
  const options = ["-F", sshd.sshConfigPath, "-o", `ControlPath=${socket}`];
  await mustRun([
    "ssh",
    ...options,
    "-o",
    "ControlMaster=yes",
    "-o",
    "ControlPersist=yes",
    sshd.alias,
    ":",
  ]);
  return {
    server,
    home,
    local,
    text,
    alias: sshd.alias,
    theirs: (program, args, stdin) =>
      mustRun([program, "-q", ...options, ...args], stdin === undefined ? {} : { stdin }),
    [Symbol.asyncDispose]: async () =>
      void await mustRun(["ssh", ...options, "-O", "exit", sshd.alias]),
  };
}

async function smallReadRow(scene: Scene): Promise<BenchRow> {
  const { ours, theirs } = await turns(
    async () => {
      const reply = await call(scene, "read_file", { remote_path: "small" });
      assert.equal(reply.length, SMALL_BYTES);
    },
    () => scene.theirs("sftp", ["-b", "-", scene.alias], "get small /dev/null\n"),
  );
  return {
    what: "read_file of 1 KiB, warm, over MCP",
    measured: formatSpread(ours),
    beside: `sftp over ssh -S: ${formatSpread(theirs)}`,
    goal: "p50 ≤ 5 ms",
  };
}

async function smallSudoWriteRow(scene: Scene): Promise<BenchRow> {
  const remote_path = join(scene.home, "root", "small");
  const content = scene.text.slice(0, SMALL_BYTES);
  const how = { use_sudo: true, sudo_password: PASSWORD };
  const { ours, theirs } = await turns(
    () => call(scene, "write_file", { remote_path, content, ...how }),
    () => scene.theirs("scp", [scene.local, `${scene.alias}:large`]),
  );
  return {
    what: "write_file of 1 KiB over sudo, warm, over MCP",
    measured: formatSpread(ours),
    beside: `scp of 2 MiB over ssh -S, without sudo: ${formatSpread(theirs)}`,
  };
}

async function largeRow(
  scene: Scene,
  action: "read" | "write",
  via: "sftp" | "sudo",
): Promise<BenchRow> {
  const remote = via === "sudo" ? join(scene.home, "root", "large") : "large";
  const how = via === "sudo" ? { use_sudo: true, sudo_password: PASSWORD } : {};
  const copy = action === "read"
    ? [`${scene.alias}:large`, "/dev/null"]
    : [scene.local, `${scene.alias}:large`];
  const { ours, theirs } = await turns(async () => {
    if (action === "write") {
      await call(scene, "write_file", { remote_path: remote, content: scene.text, ...how });
    } else {
      const reply = await call(scene, "read_file", { remote_path: remote, ...how });
      assert.equal(reply.length, LARGE_BYTES);
    }
  }, () => scene.theirs("scp", copy));
  const ratio = percentile(ours, 0.5) / percentile(theirs, 0.5);
  return {
    what: `${action}_file of 2 MiB over ${via}, over MCP`,
    measured: `p50 ${formatMs(percentile(ours, 0.5))} (${ratio.toFixed(2)}×)`,
    beside: `scp over ssh -S: p50 ${formatMs(percentile(theirs, 0.5))}`,
    ...(via === "sftp" ? { goal: "≤ 1.5×" } : {}),
  };
}

async function call(
  scene: Scene,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  const reply = await scene.server.call(tool, { host: scene.alias, ...args });
  assert.ok(!reply.isError, reply.text);
  return reply.body;
}

async function turns(
  our: () => Promise<unknown>,
  their: () => Promise<unknown>,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const ourMs = await elapsedMs(our);
    const theirMs = await elapsedMs(their);
    if (round < 0) continue;
    ours.push(ourMs);
    theirs.push(theirMs);
  }
  return { ours, theirs };
}
