import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { REFUSAL, REFUSED } from "./refusals.ts";
import { startServer } from "../support/mcp_client.ts";
import { ENGINE_FLAG, PRODUCTION_FLAGS, runtimeEnvironment } from "../support/program.ts";
import { freePort, type Sshd, startSshd } from "../support/sshd.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PROBE = fileURLToPath(new URL("./probe.ts", import.meta.url));
const MAIN = `${REPOSITORY}src/main.ts`;
const FROZEN = ["--cached-only", "--frozen"];

Deno.test("deno task start gives the permissions that are tested here", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${REPOSITORY}deno.json`));
  assert.equal(tasks.start, `deno run ${PRODUCTION_FLAGS.join(" ")} ${ENGINE_FLAG} src/main.ts`);
});

Deno.test("under the shipped permissions the runtime refuses what the program has no need for", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/old`, "old");
  const found = await probe(PRODUCTION_FLAGS, directory);
  for (const what of REFUSED) assert.match(found[what] ?? "", REFUSAL, what);
  assert.equal(found["read a file"], "done");
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["old"]);
  assert.equal(await Deno.readTextFile(`${directory}/old`), "old");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("under narrower permissions reading, reaching and seeing elsewhere are refused too", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(`${directory}/.ssh`);
  await Deno.writeTextFile(`${directory}/old`, "old");
  const found = await probe(narrow(directory, 1), directory);
  for (const what of [...REFUSED, "read a file", "reach another port", "see a variable"]) {
    assert.match(found[what] ?? "", REFUSAL, what);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("the README names the narrower form that is tested here", async () => {
  const readme = (await Deno.readTextFile(`${REPOSITORY}README.md`)).replace(/\\\n\s*/g, "");
  const [, net, read, env] =
    /deno run --no-prompt (--allow-net=\S+) (--allow-read=\S+) (--allow-env=\S+ --ignore-env) /
      .exec(readme) ?? [];
  assert.deepEqual([net, read, env?.replaceAll("'", "")], [
    "--allow-net=10.0.0.0/8:22",
    "--allow-read=$HOME/.ssh,/etc/ssh",
    narrow("", 22).filter((flag) => /-env/.test(flag)).join(" "),
  ]);
});

Deno.test("the main job runs under narrower permissions, and no other host is reached", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({
    env: sshd.environment({ LEFT_OUT: "1", OVRD_box_HOST: "127.0.0.1" }),
    program: narrowProgram(sshd),
  });
  const file = { host: server.host, remote_path: `/tmp/${crypto.randomUUID()}` };
  assert.equal((await server.run("cd /; echo main job; pwd")).body, "main job\n/\n");
  assert.ok(!(await server.call("write_file", { ...file, content: "kept" })).isError);
  assert.match((await server.call("read_file", file)).body, /^kept/);
  assert.equal((await server.run(`rm ${file.remote_path}; (exit 4)`)).meta?.exit_status, 4);
  const other = await server.run("true", { host: "192.0.2.1" });
  assert.match(other.text, /this program may not reach it\n\[Start it with --allow-net/);
  const key = await server.run("true", { key_filename: "/etc/shadow", username: "nobody-here" });
  assert.ok(key.isError, key.text);
  assert.doesNotMatch(key.text, /\$6\$|root:/);
});

Deno.test("the console runs under narrower permissions that name its address", async () => {
  await using sshd = await startSshd();
  const port = freePort();
  // The README's own words, for the ports of this test.
  const readme = await Deno.readTextFile(`${REPOSITORY}README.md`);
  const [, form] = /With the console, [^`]*`--allow-net`[^`]*`(--allow-net=\S+)`/.exec(readme) ??
    [];
  assert.equal(form, "--allow-net=127.0.0.1:8722,10.0.0.0/8:22");
  const net = form.replace(":8722", `:${port}`).replace("10.0.0.0/8:22", `127.0.0.1:${sshd.port}`);
  const env = sshd.environment({
    MCP_SSH_CONSOLE: `127.0.0.1:${port}`,
    MCP_SSH_CONSOLE_KEY: "a key of this test",
  });
  const program = narrowProgram(sshd).map((flag) =>
    flag.startsWith("--allow-net=") ? net : flag
  ) as [string, ...string[]];
  await using server = await startServer({ env, program });
  assert.equal((await server.run("echo watched")).body, "watched\n");
  const page = await fetch(`http://127.0.0.1:${port}/console.js`);
  assert.match(await page.text(), /xterm/);
});

Deno.test("a policy that --allow-env hides keeps the server from starting", async () => {
  const flags = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env=HOME", "--ignore-env"];
  const { code, stderr } = await run([...flags, ...FROZEN, MAIN], {
    MCP_SSH_ALLOWED_HOSTS: "web1",
  });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^--allow-env hides MCP_SSH_ALLOWED_HOSTS, .*MCP_SSH_POLICY/);
});

/** The README's narrower form, for one home and one port. */
function narrow(home: string, port: number): readonly string[] {
  return [
    "--no-prompt",
    `--allow-net=127.0.0.1:${port}`,
    `--allow-read=${home}/.ssh,/etc/ssh`,
    "--allow-env=HOME,USER,LOGNAME,MCP_SSH_*",
    "--ignore-env",
    "--deny-import",
    "--no-remote",
  ];
}

function narrowProgram(sshd: Sshd): [string, ...string[]] {
  return [Deno.execPath(), "run", ...narrow(sshd.home, sshd.port), ...FROZEN, MAIN];
}

/** Runs the probe under these flags; what each attempt came to, by its name. */
async function probe(
  flags: readonly string[],
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  const { code, stdout, stderr } = await run([...flags, ...FROZEN, PROBE, directory], {});
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const all = {
    ...await runtimeEnvironment(),
    HOME: "/nonexistent",
    PATH: "/usr/bin:/bin",
    ...env,
  };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
    env: all,
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
