import assert from "node:assert/strict";
import { Client } from "../support/packages/mcp_sdk.ts";
import { parseProfile } from "../../src/shell/device/profiles/user_profiles.ts";
import { command, mustRun } from "../support/command.ts";
import { deviceTable } from "../support/device_table.ts";
import { startServer } from "../support/mcp_client.ts";
import { npmEnvironment } from "../support/npm_package.ts";
import { runtimeEnvironment, sourceCommand } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { StdioTransport } from "../support/stdio_transport.ts";
import { withPart } from "../support/readme_parts.ts";
import { toolReference } from "../support/tool_reference.ts";

const README = Deno.readTextFileSync(`${REPOSITORY}README.md`);

/** Each command line of the README, and what shows that it works as written. */
const COMMANDS: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task demo": "tests/demo/main_test.ts",
  "npx -y deno@2.9.6 task test": "it is what runs this",
  "npx -y deno@2.9.6 task npm": "tests/end_to_end/npm_package_test.ts",
  'claude mcp add ssh-session -- npx -y "file:$PWD/dist/mcp-ssh-session-0.1.0.tgz"':
    "the started command in npm_package_test.ts; the client's own part needs an account",
  "npx -y deno@2.9.6 task -q start config HOST": "tests/main_test.ts",
  "npx -y deno@2.9.6 task -q start check HOST": "tests/main_test.ts",
  "npx -y deno@2.9.6 task -q start profile test FILE": "tests/main_test.ts",
  "npx -y deno@2.9.6 task -q start profile record HOST 'show interfaces; show vlan'":
    "tests/main_test.ts",
  [
    "deno run --no-prompt --allow-net=10.0.0.0/8:22 --allow-read=$HOME/.ssh,/etc/ssh " +
    "--allow-env='HOME,USER,LOGNAME,MCP_SSH_*' --ignore-env --deny-import --no-remote src/main.ts"
  ]: "tests/permissions/least_privilege_test.ts",
};

Deno.test("README.md has no command that nothing has tried", () => {
  const blocks = [...README.matchAll(/^```sh\n([^]*?)^```/gm)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.replaceAll("\\\n  ", "").trim().split("\n"));
  assert.deepEqual(lines.filter((line) => !(line in COMMANDS)), []);
  assert.deepEqual(Object.keys(COMMANDS).filter((line) => !lines.includes(line)), []);
});

Deno.test("README.md names tasks that exist", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${REPOSITORY}deno.json`));
  const files = ["README.md", ".github/CONTRIBUTING.md", ".github/workflows/ci.yml"];
  const named = files.flatMap((file) =>
    [...Deno.readTextFileSync(`${REPOSITORY}${file}`).matchAll(/task (?:-q )?([a-z][\w:-]*)/g)]
      .map((match) => match[1]!)
  );
  assert.deepEqual(named.filter((name) => !(name in tasks)), []);
});

Deno.test("README.md links to files and headings that exist", async () => {
  const targets = [...README.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  for (const target of targets.filter((target) => !target.startsWith("https://"))) {
    if (target.startsWith("#")) assert.ok(headings().includes(target.slice(1)), target);
    else assert.ok((await Deno.stat(`${REPOSITORY}${target}`)).isFile, target);
  }
});

Deno.test("README.md's snippets for clients start a server that answers initialize", async () => {
  const home = await Deno.makeTempDir({ prefix: "mss_readme_" });
  const { DENO_DIR } = await runtimeEnvironment();
  const env = { HOME: home, PATH: Deno.env.get("PATH")!, DENO_DIR: DENO_DIR!, ...npmEnvironment() };
  // The one with the package is in npm_package_test.ts.
  const snippets = jsonBlocks().filter((block) => /"command"[^]*"start"/.test(block));
  assert.ok(snippets.length >= 1);
  for (const snippet of snippets) {
    const config = JSON.parse(snippet.replaceAll("/path/to/mcp-ssh-session", REPOSITORY));
    const server = (config.mcpServers ?? config.servers)["ssh-session"];
    const transport = new StdioTransport([server.command, ...server.args], env);
    const client = new Client({ name: "readme", version: "0" });
    await client.connect(transport);
    assert.equal(client.getServerVersion()?.name, "mcp-ssh-session");
    await client.close();
    await transport.close();
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test("README.md's tools and devices are those there are", async () => {
  await using server = await startServer({ env: { HOME: "/nonexistent" } });
  const devices = withPart(README, "devices", deviceTable());
  const { stdout } = await command([Deno.execPath(), "fmt", "--ext", "md", "-"], {
    cwd: REPOSITORY,
    stdin: withPart(devices, "tools", toolReference(await server.tools())),
  });
  assert.equal(README, stdout, 'run "deno task readme"');
});

Deno.test("README.md names a test for each claim, and each of them exists", async () => {
  const claims = /^## What it does$([^]*?)^## /m.exec(README)![1]!.split(/^- /m).slice(1);
  assert.ok(claims.length > 10);
  for (const claim of claims) {
    const files = [...claim.matchAll(/\]\((tests\/[\w/]+\.ts)\)/g)].map(([, file]) => file!);
    assert.ok(files.length > 0, claim);
    for (const file of files) assert.ok((await Deno.stat(`${REPOSITORY}${file}`)).isFile, file);
  }
});

Deno.test("README.md tells every variable that the server reads", async () => {
  const help = await mustRun(sourceCommand(["--help"]), { env: await runtimeEnvironment() });
  const variables = help.match(/\b(MCP_SSH_[A-Z_]+|OVRD_|_[A-Z]+(_PASS)?\b)/g) ?? [];
  assert.ok(variables.length > 8);
  assert.deepEqual(variables.filter((name) => !README.includes(name)), []);
});

Deno.test("README.md's device profile is a sound one", () => {
  const profile = jsonBlocks().find((block) => block.includes('"extends"'));
  assert.deepEqual(parseProfile("acme.json", profile ?? "").mistakes, []);
});

function jsonBlocks(): string[] {
  return [...README.matchAll(/^```json\n([^]*?)^```/gm)].map((match) => match[1]!);
}

function headings(): string[] {
  return [...README.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}
