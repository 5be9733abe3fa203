// Makes the npm package, `dist/mcp-ssh-session-VERSION.tgz`: `deno task npm [OWNER/REPOSITORY]`;
// `--to=DIRECTORY` puts all elsewhere than in `dist/`.
import { thirdPartyLicenses } from "./licenses.ts";
import { deno, DIST, npm, ROOT, say } from "./process.ts";

const DIRECTORY = Deno.args.find((arg) => arg.startsWith("--to="))?.slice(5) ?? DIST;
const PACKAGE = `${DIRECTORY}/npm`;
const LAUNCHER = "mcp-ssh-session.cjs";
const MANUAL = "mcp-ssh-session.1";
const LICENSES = "THIRD_PARTY_LICENSES.txt";

const repository = Deno.args.find((arg) => /^[^-/][^/]*\/[^/]+$/.test(arg)) ??
  Deno.env.get("GITHUB_REPOSITORY");

await Deno.remove(PACKAGE, { recursive: true }).catch(() => {});
await Deno.mkdir(PACKAGE, { recursive: true });
await bundle();
for (const name of ["LICENSE", "README.md"]) {
  await Deno.copyFile(`${ROOT}${name}`, `${PACKAGE}/${name}`);
}
await Deno.writeTextFile(`${PACKAGE}/${LICENSES}`, await thirdPartyLicenses());
await Deno.writeTextFile(`${PACKAGE}/${MANUAL}`, await manual());
await Deno.copyFile(`${ROOT}.github/npm/${LAUNCHER}`, `${PACKAGE}/${LAUNCHER}`);
await Deno.chmod(`${PACKAGE}/${LAUNCHER}`, 0o755).catch(() => {});
await Deno.writeTextFile(`${PACKAGE}/package.json`, JSON.stringify(await manifest(), null, 2));
const packed = await npm(["pack", "--silent", "--pack-destination", DIRECTORY, PACKAGE]);
if (!packed.ok) fail(`npm pack failed: ${packed.output}`);
say(`${DIRECTORY}/${packed.output.trim()}`);

async function bundle(): Promise<void> {
  const made = await deno(["task", "-q", "compile", "--bundle", `--to=${DIRECTORY}`]);
  if (!made.ok) fail(made.output);
  await Deno.mkdir(`${PACKAGE}/bundle`);
  for (const { name } of Deno.readDirSync(`${DIRECTORY}/bundle`)) {
    await Deno.copyFile(`${DIRECTORY}/bundle/${name}`, `${PACKAGE}/bundle/${name}`);
  }
}

async function manual(): Promise<string> {
  const { ok, output } = await deno(["run", "--allow-env", `${PACKAGE}/bundle/main.js`, "manual"]);
  return ok ? output : fail(output);
}

async function manifest(): Promise<Readonly<Record<string, unknown>>> {
  const { name, version, license } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  return {
    ...{ name, version, license },
    description: "MCP server that runs commands on SSH hosts in shells that keep their state",
    keywords: ["mcp", "mcp-server", "ssh", "shell", "devops", "network"],
    // The MCP registry accepts the package by this name, npm its provenance by the repository.
    ...(repository === undefined ? {} : {
      mcpName: `io.github.${repository}`,
      repository: { type: "git", url: `git+https://github.com/${repository}.git` },
    }),
    type: "module",
    bin: { [name]: LAUNCHER },
    man: MANUAL,
    files: ["bundle", LAUNCHER, MANUAL, LICENSES],
    engines: { node: ">=20" },
    os: ["linux", "darwin", "win32"],
    cpu: ["x64", "arm64"],
    // The Deno that the tests ran with.
    dependencies: { deno: Deno.version.deno },
  };
}

function fail(message: string): never {
  say(message);
  Deno.exit(1);
}
