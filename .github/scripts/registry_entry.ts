// Writes `dist/server.json`, the entry for the MCP registry, from the npm package and the bundles in
// `dist/`:
// `deno task registry-entry OWNER/REPOSITORY`.
import { DIST as DEFAULT, ROOT, say, sha256 } from "./process.ts";
import { TARGETS } from "./targets.ts";

const DIST = Deno.args.find((arg) => arg.startsWith("--to="))?.slice(5) ?? DEFAULT;

const repository = Deno.args.find((arg) => /^[^-/][^/]*\/[^/]+$/.test(arg)) ??
  Deno.env.get("GITHUB_REPOSITORY");
if (!repository?.includes("/")) {
  say("Name the repository, as OWNER/REPOSITORY");
  Deno.exit(1);
}

const { name, version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  name: string;
  version: string;
};
const url = `https://github.com/${repository}`;

const entry = {
  $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  name: `io.github.${repository}`,
  description: "Runs commands on SSH hosts in shells that keep their state",
  repository: { url, source: "github" },
  version,
  packages: await packages(),
};

await Deno.writeTextFile(`${DIST}/server.json`, `${JSON.stringify(entry, null, 2)}\n`);
say(`${DIST}/server.json: ${entry.packages.length} packages`);

async function packages(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found: Readonly<Record<string, unknown>>[] = [];
  if (await exists(`${DIST}/${name}-${version}.tgz`)) {
    const transport = { type: "stdio" };
    found.push({ registryType: "npm", identifier: name, version, runtimeHint: "npx", transport });
  }
  for (const { triple } of TARGETS) {
    const file = `mcp-ssh-session-${triple}.mcpb`;
    if (!await exists(`${DIST}/${file}`)) continue;
    found.push({
      registryType: "mcpb",
      identifier: `${url}/releases/download/v${version}/${file}`,
      fileSha256: await sha256(`${DIST}/${file}`),
      transport: { type: "stdio" },
    });
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
