import assert from "node:assert/strict";
import { REPOSITORY } from "../support/source_file.ts";

const PAGE = Deno.readTextFileSync(`${REPOSITORY}.github/CLIENTS.md`);
/** tests/end_to_end/npm_package_test.ts starts it. */
const START = { command: "npx", args: ["-y", "mcp-ssh-session"] };
const NAME = "ssh-session";

/** Each command line of the page, and what shows that the client takes it. */
const COMMANDS: Readonly<Record<string, string>> = {
  "claude mcp add ssh-session -- npx -y mcp-ssh-session": "its documentation",
  "gemini mcp add -s user ssh-session npx -y mcp-ssh-session": "run with @google/gemini-cli 0.61.0",
  "codex mcp add ssh-session -- npx -y mcp-ssh-session": "run with @openai/codex 0.171.0",
  'goose session --with-extension "npx -y mcp-ssh-session"': "its documentation",
  "npx -y @modelcontextprotocol/inspector npx -y mcp-ssh-session":
    "tests/conformance/inspector.ts starts another command in the same way",
};

/** The servers that a client's one-click link adds, read as that client reads it. */
const LINKS: Readonly<Record<string, (link: URL) => unknown>> = {
  "cursor.com": (link) => JSON.parse(atob(link.searchParams.get("config")!)),
  "lmstudio.ai": (link) => JSON.parse(atob(link.searchParams.get("config")!)),
  "vscode.dev": (link) => {
    const { type, ...server } = JSON.parse(link.searchParams.get("config")!);
    assert.equal(type, "stdio");
    return server;
  },
  "block.github.io": ({ searchParams }) => ({
    command: searchParams.get("cmd"),
    args: searchParams.getAll("arg"),
  }),
};

Deno.test("CLIENTS.md names each client, and every snippet starts the npm package", () => {
  const names =
    "Claude Code, Claude Desktop, Cursor, VS Code, Codex CLI, Gemini CLI, Zed, Windsurf, " +
    "JetBrains, Goose, LM Studio, MCP Inspector";
  for (const name of names.split(", ")) assert.ok(PAGE.includes(name), name);
  const configs = blocks("json").map((text) => JSON.parse(text));
  assert.deepEqual(configs.map((config) => Object.keys(config)), [
    ["mcpServers"],
    ["servers"],
    ["context_servers"],
  ]);
  for (const config of configs) {
    const { type: _type, ...server } = (Object.values(config)[0] as Record<string, object>)[
      NAME
    ] as Record<string, unknown>;
    assert.deepEqual(server, START);
  }
  const args = JSON.stringify(START.args).replace(",", ", ");
  assert.equal(blocks("toml")[0], `[mcp_servers.${NAME}]\ncommand = "npx"\nargs = ${args}\n`);
  assert.ok(blocks("yaml")[0]!.includes(`    cmd: npx\n    args: ${args}\n`));
  assert.deepEqual(blocks("sh").map((text) => text.trim()).sort(), Object.keys(COMMANDS).sort());
});

Deno.test("CLIENTS.md's one-click links add the npm package", () => {
  const links = [...PAGE.matchAll(/\]\((https:[^)]+)\)/g)].map(([, link]) => new URL(link!));
  assert.deepEqual(links.map(({ hostname }) => hostname).sort(), Object.keys(LINKS).sort());
  for (const link of links) {
    assert.equal(link.searchParams.get(link.searchParams.has("cmd") ? "id" : "name"), NAME);
    assert.deepEqual(LINKS[link.hostname]!(link), START);
  }
});

Deno.test("CLIENTS.md and README.md name the package of this version", () => {
  const { version } = JSON.parse(Deno.readTextFileSync(`${REPOSITORY}deno.json`));
  const readme = Deno.readTextFileSync(`${REPOSITORY}README.md`);
  for (const text of [PAGE, readme]) {
    const named = [...text.matchAll(/mcp-ssh-session-(\d[\d.]*\d)\.tgz/g)].map(([, found]) =>
      found
    );
    assert.ok(named.length > 0 && named.every((found) => found === version), String(named));
  }
});

function blocks(language: string): string[] {
  const fences = PAGE.matchAll(/^```(\w+)\n([^]*?)^```/gm);
  return [...fences].filter(([, name]) => name === language).map(([, , text]) => text!);
}
