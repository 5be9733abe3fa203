import assert from "node:assert/strict";
// @ts-types="@modelcontextprotocol/sdk/client/index"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { command } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { runtimeEnvironment } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { StdioTransport } from "../support/stdio_transport.ts";
import { withReference } from "../support/tool_reference.ts";

const README = Deno.readTextFileSync(`${REPOSITORY}README.md`);

/** Each command line of the README, and what shows that it works as written. */
const COMMANDS: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task demo": "tests/demo/main_test.ts",
  "npx -y deno@2.9.6 task test": "it is what runs this",
  'claude mcp add ssh-session -- npx -y deno@2.9.6 task -q --cwd "$PWD" start':
    "the started command, below; the client's own part needs an account",
  'npx -y @modelcontextprotocol/inspector npx -y deno@2.9.6 task -q --cwd "$PWD" start':
    "the started command, below; the Inspector itself needs the network",
};

Deno.test("README.md has no command that nothing has tried", () => {
  const blocks = [...README.matchAll(/^```sh\n([^]*?)^```/gm)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.trim().split("\n"));
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
  const snippets = [...README.matchAll(/^```json\n([^]*?)^```/gm)].map((match) => match[1]!);
  assert.ok(snippets.length >= 2);
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

Deno.test("README.md's tool reference is what tools/list says", async () => {
  await using server = await startServer({ env: { HOME: "/nonexistent" } });
  const { stdout } = await command([Deno.execPath(), "fmt", "--ext", "md", "-"], {
    cwd: REPOSITORY,
    stdin: withReference(README, await server.tools()),
  });
  assert.equal(README, stdout, 'run "deno task readme"');
});

function headings(): string[] {
  return [...README.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

/** npx finds what it has fetched before, and the registry it fetches from, without the user's home. */
function npmEnvironment(): Record<string, string> {
  const cache = Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`;
  const config = Deno.env.get("npm_config_userconfig") ?? `${Deno.env.get("HOME")}/.npmrc`;
  return { npm_config_cache: cache, npm_config_userconfig: config };
}
