// Makes an MCP bundle of each compiled program in `dist/` with the format's own tool, which
// validates the manifest first: `deno task mcpb`.
import { DIST, ROOT, say } from "./process.ts";
import { artifactName, type Target, TARGETS, VARIANTS } from "./targets.ts";

/** The format's own tool (github.com/modelcontextprotocol/mcpb). */
const TOOL = ["-y", "@anthropic-ai/mcpb@2.1.2"];

const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as { version: string };

for (const target of TARGETS) {
  const program = `${DIST}/${artifactName(target, VARIANTS[0]!)}`;
  if (await exists(program)) await bundle(target, program);
}

async function bundle(target: Target, program: string): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mcpb_" });
  const entry = `server/mcp-ssh-session${target.extension}`;
  await Deno.mkdir(`${directory}/server`);
  await Deno.copyFile(program, `${directory}/${entry}`);
  await Deno.chmod(`${directory}/${entry}`, 0o755);
  const manifest = `${directory}/manifest.json`;
  await Deno.writeTextFile(manifest, JSON.stringify(manifestOf(target, entry), null, 2));
  await tool(["validate", manifest]);
  await tool(["pack", directory, `${DIST}/mcp-ssh-session-${target.triple}.mcpb`]);
  await Deno.remove(directory, { recursive: true });
}

function manifestOf(target: Target, entry: string): Readonly<Record<string, unknown>> {
  return {
    manifest_version: "0.3",
    name: "mcp-ssh-session",
    display_name: "SSH sessions",
    version,
    description: "Runs commands on SSH hosts in shells that keep their state",
    author: { name: "the mcp-ssh-session authors" },
    license: "MIT",
    keywords: ["ssh", "shell", "devops", "network"],
    server: {
      type: "binary",
      entry_point: entry,
      mcp_config: { command: `\${__dirname}/${entry}`, args: [], env: {} },
    },
    tools_generated: true,
    compatibility: { platforms: [target.platform] },
  };
}

async function tool(args: readonly string[]): Promise<void> {
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  const { success, stdout, stderr } = await new Deno.Command(npx, {
    args: [...TOOL, ...args],
    stdin: "null",
  }).output();
  say(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  if (!success) Deno.exit(1);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
