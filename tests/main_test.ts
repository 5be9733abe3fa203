import assert from "node:assert/strict";
import { startFrr } from "./support/device_clis.ts";
import { describedFamily, parseDescription } from "./support/device_description.ts";
import { openDouble } from "./support/device_session.ts";
import { programCommand, runtimeEnvironment, sourceCommand } from "./support/program.ts";
import { REPOSITORY } from "./support/source_file.ts";
import { startSshd } from "./support/sshd.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [program, ...rest] = programCommand(args);
  const output = await new Deno.Command(program, {
    args: rest,
    env: { ...await runtimeEnvironment(), HOME: "/nonexistent", ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

Deno.test("main() prints help and version", async () => {
  for (const word of ["--help", "-h", "help"]) {
    const { code, stdout } = await run([word]);
    assert.equal(code, 0);
    assert.match(stdout, /^mcp-ssh-session: [^]*config HOST[^]*check HOST/);
  }
  const { stdout } = await run(["--version"]);
  assert.match(stdout, /^mcp-ssh-session \d+\.\d+\.\d+\n$/);
});

const WRONG: readonly (readonly [args: readonly string[], seen: RegExp])[] = [
  [["serve-me"], /Unknown word "serve-me"/],
  [["--port", "22"], /Unknown option '--port'/],
  [["config"], /config takes one host/],
  [["check", "a", "b"], /check takes one host/],
  [["profile"], /profile test takes a recording/],
  [["profile", "try", "file"], /profile test takes a recording/],
];

for (const [args, seen] of WRONG) {
  Deno.test(`main() refuses ${args.join(" ")} with status 2`, async () => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, seen);
    assert.match(stderr, /--help/);
  });
}

Deno.test("main() ends where serve cannot do its work, and says why", async (t) => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const used = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
  const cluster = {
    MCP_SSH_LISTEN: "127.0.0.1:0",
    MCP_SSH_PEER_LISTEN: used,
    MCP_SSH_PEER_URL: `http://${used}`,
    MCP_SSH_CLUSTER_SECRET: "s".repeat(32),
    MCP_SSH_DATABASE: "postgres://nobody@127.0.0.1:1/none",
  };
  await t.step("its port is taken", async () => {
    const { code, stderr } = await run(["serve"], { MCP_SSH_LISTEN: used });
    assert.match(stderr, /^Cannot listen on .*: the address is already in use\nSet MCP_SSH_LISTEN/);
    assert.equal(code, 2);
  });
  await t.step("the database does not answer", async () => {
    const { code, stderr } = await run(["serve"], cluster);
    assert.match(stderr, /^The server's database cannot be used/);
    assert.equal(code, 1);
  });
});

Deno.test("main() prints the settings of a host", async () => {
  const { code, stdout, stderr } = await run(["config", "deploy@web1.example:2222"]);
  assert.equal(code, 0);
  assert.match(stderr, /^serveraliveinterval 15 is in use, serveralivecountmax 3: /);
  assert.match(stdout, /^user deploy$/m);
  assert.match(stdout, /^hostname web1\.example$/m);
  assert.match(stdout, /^port 2222$/m);
});

Deno.test("main() checks a host step by step", async () => {
  await using sshd = await startSshd();
  const { code, stdout } = await run(["check", "testhost"], sshd.environment());
  assert.equal(code, 0, stdout);
  for (
    const step of [
      /^host key +known: /m,
      /^logged in +by publickey$/m,
      /^keepalive +after 15 s of silence; lost after 45 s$/m,
      /^shell +bash/m,
      /^round trip/m,
    ]
  ) {
    assert.match(stdout, step);
  }
});

Deno.test("main() says which step of a check failed and shows no overridden value", async () => {
  const { code, stdout } = await run(["check", "box"], {
    OVRD_box_HOST: "127.0.0.1",
    OVRD_box_PORT: "1",
    OVRD_box_USER: "s3cret-user",
  });
  assert.equal(code, 1);
  assert.match(stdout, /^FAILED: Cannot connect to "box"/m);
  assert.doesNotMatch(stdout, /127\.0\.0\.1|s3cret/);
});

Deno.test("main() records a router, so that its session can be replayed, and no Unix host", async () => {
  const config = ["neighbor 192.0.2.77 remote-as 65001"];
  await using frr = await startFrr({
    reachedBy: "telnet",
    hostName: "berlin-r1",
    config: ["router bgp 65000", ...config],
  });
  await using sshd = await startSshd({ config: [`ForceCommand ${frr.commandLine}`] });
  const env = sshd.environment();
  const lines = "terminal length 12; list; bogus words; enable; show running-config";
  const { code, stdout, stderr } = await run(["profile", "record", "testhost", lines], env);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Read it before you send it/);
  const description = parseDescription(JSON.parse(stdout), "recorded");
  assert.equal(description.profile, "frr");
  assert.doesNotMatch(stdout, /berlin-r1|192\.0\.2\.77/);
  assert.match(description.pagers[0]!.text, /--More--/);
  const { host, outputs } = description;
  const list = outputs.findIndex((output) => output.includes("show version"));
  await using device = await openDouble(describedFamily(description), {
    host,
    outputs,
    paging: "stubborn",
  });
  assert.equal(device.shell.facts.shellKind, "frr");
  assert.equal((await device.run(`show output ${list}`)).text, `${outputs[list]}\n`);
  await using unix = await startSshd();
  const refused = await run(["profile", "record", "testhost"], unix.environment());
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /"testhost" is no network device/);
});

const RECORDING = [
  "Welcome",
  "box-1>>show clock",
  "12:00:00 UTC",
  "box-1>>show foo",
  "?? no such thing",
  "box-1>>",
].join("\r\n");

async function profileFiles(profile: unknown): Promise<{ directory: string; recording: string }> {
  const directory = await Deno.makeTempDir({ prefix: "mss_profile_" });
  const recording = `${directory}/session.txt`;
  await Deno.writeTextFile(recording, RECORDING);
  await Deno.writeTextFile(`${directory}/box.json`, JSON.stringify(profile));
  return { directory, recording };
}

Deno.test("main() replays a recording through the operator's own profile", async () => {
  const { directory, recording } = await profileFiles({
    id: "box",
    title: "A box",
    prompts: { exec: ["(?<host>[\\w-]+)>>"] },
    errors: ["^\\?\\? "],
  });
  const env = { MCP_SSH_PROFILES: directory };
  const { code, stdout, stderr } = await run(["profile", "test", recording, "box"], env);
  await Deno.remove(directory, { recursive: true });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^profile box, host box-1, 2 commands/);
  assert.match(stdout, /> show clock[^\n]*\n {2}\| 12:00:00 UTC\n/);
  assert.match(stdout, /> show foo[^\n]*error: \?\? no such thing/);
});

Deno.test("main() names each mistake in the operator's profiles and the recording it cannot read", async () => {
  const { directory, recording } = await profileFiles({ id: "box", extends: "nothing" });
  const env = { MCP_SSH_PROFILES: directory };
  const wrong = await run(["profile", "test", recording, "ios"], env);
  const missing = await run(["profile", "test", `${recording}.gone`]);
  await Deno.remove(directory, { recursive: true });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /box\.json.*extends.*"nothing" is no built-in/);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /Cannot read .*gone/);
});

Deno.test("main() says in a terminal how to add it to a client", async () => {
  const { HOME, ...env } = { HOME: "/nonexistent", ...await runtimeEnvironment() };
  const line = sourceCommand().join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    env: { HOME, PATH: Deno.env.get("PATH")!, ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.match(said, /This is an MCP server/);
  const directory = REPOSITORY.replace(/\/$/, "");
  const added = `claude mcp add ssh-session -- npx -y deno@2.9.6 task -q --cwd ${directory} start`;
  assert.ok(said.includes(added), said);
});
