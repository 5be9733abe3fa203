// Makes the compiled program: `deno task compile` (this machine), `deno task compile:all`;
// `--bundle` stops at the files that go into it, `--to=DIRECTORY` puts all elsewhere than in `dist/`.
import { deno, DIST, ROOT, say } from "./process.ts";
import {
  artifactName,
  ENGINE_FLAG,
  type Target,
  TARGETS,
  type Variant,
  VARIANTS,
} from "./targets.ts";

const DIRECTORY = Deno.args.find((arg) => arg.startsWith("--to="))?.slice(5) ?? DIST;
const BUNDLE = `${DIRECTORY}/bundle`;
const MAIN = `${BUNDLE}/main.js`;

// ssh2 is CommonJS: it calls require() for what the runtime has built in, and its loader of native
// parts (which the program never has) reads __dirname. An ES module has neither. The runtime's parts
// of Node are loaded when ssh2 asks: together they slow a start by 15 ms.
const SETUP = `globalThis.require ??= (name) => {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw new Error("There is no " + name);
  return found;
};
globalThis.__dirname ??= "";
`;

// A bundler goes by the package's "module" field, and that names a file the package does not have.
const XTERM_MODULE = "lib-headless/xterm-headless.js";

await compile(Deno.args);

async function compile(args: readonly string[]): Promise<void> {
  await Deno.mkdir(DIRECTORY, { recursive: true });
  await bundle();
  if (args.includes("--bundle")) return;
  const targets = args.includes("--all")
    ? TARGETS
    : TARGETS.filter(({ triple }) => triple === Deno.build.target);
  if (targets.length === 0) fail(`There is no release for ${Deno.build.target}`);
  for (const target of targets) {
    for (const variant of VARIANTS) await compileOne(target, variant);
  }
}

/**
 * A few minified files hold the whole program, so that it starts sooner and needs no cache; what only
 * a connection needs is in files of its own.
 */
async function bundle(): Promise<void> {
  await Deno.remove(BUNDLE, { recursive: true }).catch(() => {});
  const config = await writeConfig();
  const { ok, output } = await deno([
    ...["bundle", "--quiet", "--frozen", "--lock", "deno.lock", "--config", config],
    // A browser's form of the MCP package validates JSON Schema without compiling it to JavaScript
    // first: 250 KiB less to load.
    ...["--platform", "browser", "--minify", "--code-splitting"],
    // Native parts that ssh2 asks for and does without.
    ...["--external", "*.node", "--external", "cpu-features"],
    ...["--outdir", BUNDLE, "src/main.ts"],
  ]);
  await Deno.remove(config);
  if (!ok) fail(`The program could not be bundled: ${output}`);
  await Deno.writeTextFile(`${BUNDLE}/setup.js`, SETUP);
  await Deno.writeTextFile(MAIN, `import "./setup.js";\n${await Deno.readTextFile(MAIN)}`);
  say(`${MAIN}: ${((await Deno.stat(MAIN)).size / 1024).toFixed(0)} KiB`);
}

/** The configuration for the bundle: the project's packages, as a bundler finds them. */
async function writeConfig(): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
    imports: Record<string, string>;
  };
  const xterm = "@xterm/headless";
  const config = {
    nodeModulesDir: "none",
    imports: { ...imports, [xterm]: `${imports[xterm]}/${XTERM_MODULE}` },
  };
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(config));
  return path;
}

async function compileOne(target: Target, variant: Variant): Promise<void> {
  const path = `${DIRECTORY}/${artifactName(target, variant)}`;
  const { ok, output } = await deno([
    ...["compile", "--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-check"],
    ...variant.permissions,
    ...[ENGINE_FLAG, "--target", target.triple, "--output", path, MAIN],
  ]);
  if (ok) return say(path);
  const unreachable = /denort|download|error sending request|dns error/i.test(output);
  fail(
    unreachable
      ? `The runtime for ${target.triple} cannot be had from its host (dl.deno.land): ` +
        `run this where that host can be reached, or name a copy in DENORT_BIN\n${output}`
      : `${path} could not be compiled: ${output}`,
  );
}

function fail(message: string): never {
  say(message);
  Deno.exit(1);
}
