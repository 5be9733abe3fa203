// Makes the compiled program: `deno task compile` (this machine), `deno task compile:all`.
import { deno, DIST, say } from "./process.ts";
import { artifactName, type Target, TARGETS, type Variant, VARIANTS } from "./targets.ts";

const BUNDLE = `${DIST}/mcp-ssh-session.js`;

await compile(Deno.args);

async function compile(args: readonly string[]): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  await bundle();
  const targets = args.includes("--all")
    ? TARGETS
    : TARGETS.filter(({ triple }) => triple === Deno.build.target);
  if (targets.length === 0) fail(`There is no release for ${Deno.build.target}`);
  for (const target of targets) {
    for (const variant of VARIANTS) await compileOne(target, variant);
  }
}

/** One minified file holds the whole program, so that it starts sooner and needs no cache. */
async function bundle(): Promise<void> {
  const { ok, output } = await deno([
    ...["bundle", "--quiet", "--frozen", "--platform", "deno", "--minify", "--keep-names"],
    // Native parts that ssh2 asks for and does without.
    ...["--external", "*.node", "--external", "cpu-features"],
    ...["--output", BUNDLE, ".github/scripts/bundle_entry.ts"],
  ]);
  if (!ok) fail(`The program could not be bundled: ${output}`);
  say(`${BUNDLE}: ${((await Deno.stat(BUNDLE)).size / 1024).toFixed(0)} KiB`);
}

async function compileOne(target: Target, variant: Variant): Promise<void> {
  const path = `${DIST}/${artifactName(target, variant)}`;
  const { ok, output } = await deno([
    ...["compile", "--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-check"],
    ...variant.permissions,
    ...["--target", target.triple, "--output", path, BUNDLE],
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
