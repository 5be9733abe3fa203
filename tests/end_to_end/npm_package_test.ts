import assert from "node:assert/strict";
import { join } from "node:path";
import { CLIENTS } from "../conformance/clients.ts";
import { useAgentOnly } from "../permissions/agent_only.ts";
import { REFUSAL, REFUSED } from "../permissions/refusals.ts";
import { command, mustRun } from "../support/command.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { buildNpmPackage, launcherOf, type NpmPackage } from "../support/npm_package.ts";
import { ENGINE_FLAG, PRODUCTION_FLAGS } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { startAgent } from "../transport/ssh_agent.ts";

/** Of everything that npm fetched: the package, Deno's own and Deno for this machine. */
const GOAL_BYTES = 60 * 1024 * 1024;

// Both SDKs' clients leave a timer of two seconds behind when they close, which counts as a resource.
Deno.test.sanitizer({ ops: false, resources: false });

Deno.test("the npm package starts by npx with nothing installed, and does what the clone does", async (t) => {
  await using built = await buildNpmPackage();
  await using sshd = await startSshd();
  // The first of them installs it.
  for (const client of ["1.x SDK, 2025-11-25", "2.x SDK, 2026-07-28"]) {
    await t.step(`the ${client} client does the main job over npx`, () =>
      CLIENTS[client]!({
        alias: sshd.alias,
        program: built.npx,
        environment: () => environment(built, sshd),
      }));
  }
  assert.ok(await built.fetchedBytes() <= GOAL_BYTES);
  await t.step(
    "it brings the manual page and the licences of what is bundled",
    () => bringsTexts(built.installedIn()),
  );
  await t.step("the registry's entry names it", () => isInRegistryEntry(built));
  const launcher = launcherOf(built.installedIn());
  await t.step(
    "Deno has exactly the production permissions, and ends as the launcher does",
    () => hasProductionPermissions(launcher, environment(built, sshd)),
  );
  await t.step(
    "--agent logs in with the agent at SSH_AUTH_SOCK",
    () => logsInByAgent(launcher, built, sshd),
  );
  await t.step(
    "the launcher passes words and the exit status on, and refuses a socket it cannot name",
    async () => {
      const wrong = await command([...launcher, "serve-me"], { env: built.env });
      assert.equal(wrong.code, 2, wrong.stderr);
      assert.match(wrong.stderr, /Unknown word "serve-me"/);
      const comma = { ...built.env, SSH_AUTH_SOCK: "/tmp/a,/" };
      const refused = await command([...launcher, "--agent", "--version"], { env: comma });
      assert.equal(refused.code, 1, refused.stdout);
      assert.match(refused.stderr, /SSH_AUTH_SOCK has a comma/);
    },
  );
  await t.step("both forms refuse what tests/permissions has refused", () => refusesAll(built));
});

async function bringsTexts(installed: string): Promise<void> {
  const { man } = JSON.parse(await Deno.readTextFile(join(installed, "package.json")));
  assert.match(await Deno.readTextFile(join(installed, man)), /^\.TH MCP-SSH-SESSION 1 /);
  const licenses = await Deno.readTextFile(join(installed, "THIRD_PARTY_LICENSES.txt"));
  const { imports } = JSON.parse(await Deno.readTextFile(`${REPOSITORY}deno.json`));
  const specifiers = Object.values(imports) as string[];
  for (const specifier of specifiers.filter((one) => !one.startsWith("npm:@types/"))) {
    const [, name, version] = /^npm:(.+)@([^@]+)$/.exec(specifier)!;
    assert.ok(licenses.includes(`\n${name} ${version} (`), specifier);
  }
  assert.doesNotMatch(licenses, /\(undefined\)/);
  assert.ok((licenses.match(/copyright/gi)?.length ?? 0) >= specifiers.length);
}

async function isInRegistryEntry({ directory }: NpmPackage): Promise<void> {
  const task = ["task", "-q", "registry-entry", "someone/somewhere", `--to=${directory}`];
  await mustRun([Deno.execPath(), ...task], { cwd: REPOSITORY });
  const entry = JSON.parse(await Deno.readTextFile(join(directory, "server.json")));
  const { name, version, dependencies, mcpName } = JSON.parse(
    await Deno.readTextFile(join(directory, "npm", "package.json")),
  );
  assert.deepEqual(dependencies, { deno: Deno.version.deno });
  assert.equal(mcpName, entry.name);
  const transport = { type: "stdio" };
  assert.deepEqual(entry.packages, [
    { registryType: "npm", identifier: name, version, runtimeHint: "npx", transport },
  ]);
}

function environment(built: NpmPackage, sshd: Sshd): Record<string, string> {
  return { ...built.env, ...sshd.environment(), PATH: built.env["PATH"]! };
}

async function hasProductionPermissions(
  program: [string, string],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await using server = await startServer({ env, program });
  const flags = await flagsOfDeno(server);
  assert.deepEqual(flags.filter((flag) => PRODUCTION_FLAGS.includes(flag)), PRODUCTION_FLAGS);
  const others = flags.filter((flag) => !PRODUCTION_FLAGS.includes(flag));
  const bundleOnly = ["--no-config", "--no-lock", "--no-npm", "--cached-only"];
  assert.deepEqual(others, [...bundleOnly, ENGINE_FLAG]);
  Deno.kill(server.pid, "SIGTERM");
  assert.equal((await server.transport.child.status).code, 0);
}

/** The flags of the process that the launcher started. */
async function flagsOfDeno({ pid }: ServerUnderTest): Promise<readonly string[]> {
  const [child] = (await mustRun(["pgrep", "-P", String(pid)])).trim().split("\n");
  const words = (await Deno.readTextFile(`/proc/${child}/cmdline`)).split("\0");
  return words.filter((word) => word.startsWith("--"));
}

async function logsInByAgent(
  launcher: [string, string],
  built: NpmPackage,
  sshd: Sshd,
): Promise<void> {
  await using agent = await startAgent("the agent's socket");
  await agent.add(sshd.keyPath, "");
  await useAgentOnly(sshd);
  const env = { ...environment(built, sshd), SSH_AUTH_SOCK: agent.socketPath };
  await using server = await startServer({ env, program: [...launcher, "--agent"] });
  const reply = await server.run("echo in");
  assert.equal(reply.body, "in\n", reply.text);
}

/** In place of the program the launcher starts code that tries everything. */
async function refusesAll(built: NpmPackage): Promise<void> {
  const main = join(built.installedIn(), "bundle", "main.js");
  const probe = join(REPOSITORY, "tests/permissions/probe.ts");
  const flags = ["--quiet", "--no-config", "--output", main];
  await mustRun([Deno.execPath(), "bundle", ...flags, probe]);
  const directory = join(built.directory, "tried");
  await Deno.mkdir(directory);
  await Deno.writeTextFile(join(directory, "old"), "old");
  const env = { ...built.env, SSH_AUTH_SOCK: join(built.directory, "socket") };
  for (const words of [[], ["--agent"]]) {
    const argv = [...launcherOf(built.installedIn()), ...words, directory] as const;
    const { code, stdout, stderr } = await command([...argv], { env });
    assert.equal(code, 0, stderr);
    const found = JSON.parse(stdout) as Readonly<Record<string, string>>;
    for (const what of REFUSED) assert.match(found[what] ?? "", REFUSAL, `${what} ${words}`);
    assert.equal(found["read a file"], "done");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["old"]);
  }
}
