import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "./command.ts";

/** The permissions the server has in production, word for word as `deno task start` gives them. */
export const PRODUCTION_FLAGS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--deny-import",
  "--no-remote",
];

/** How the engine is started in production. */
export const ENGINE_FLAG =
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=30,--initial-old-space-size=24";

/** A bundle is whole: no configuration, package or lock file counts. */
const BUNDLE_ONLY: readonly string[] = ["--no-config", "--no-lock", "--no-npm", "--cached-only"];

/**
 * The command line of the program under test, with the production permissions.
 *
 * `MCP_SSH_SESSION_BINARY` names a compiled program, `MCP_SSH_SESSION_ENTRY` the entry file of its
 * bundle, as the gate makes it once for all tests; otherwise it is {@link sourceCommand}.
 * `MCP_SSH_TEST_PRODUCT` comes before both.
 */
export function programCommand(args: readonly string[] = []): [string, ...string[]] {
  if (Deno.env.get("MCP_SSH_TEST_PRODUCT")) return sourceCommand(args);
  const binary = Deno.env.get("MCP_SSH_SESSION_BINARY");
  if (binary) return [binary, ...args];
  const bundle = Deno.env.get("MCP_SSH_SESSION_ENTRY");
  if (!bundle) return sourceCommand(args);
  const flags = [...PRODUCTION_FLAGS, ENGINE_FLAG, ...BUNDLE_ONLY];
  return [Deno.execPath(), "run", ...flags, bundle, ...args];
}

/**
 * The program as a clone starts it: `src/main.ts`, the lock file frozen and nothing downloaded.
 *
 * `MCP_SSH_TEST_PRODUCT` names the directory of another checkout, whose program is started instead:
 * this shows that a test fails on a version that has the fault.
 */
export function sourceCommand(args: readonly string[] = []): [string, ...string[]] {
  const main = resolve(productDirectory(), "src/main.ts");
  const flags = [...PRODUCTION_FLAGS, ENGINE_FLAG, "--cached-only", "--frozen"];
  return [Deno.execPath(), "run", ...flags, main, ...args];
}

/** The checkout whose program is under test: this one, unless `MCP_SSH_TEST_PRODUCT` names another. */
export function productDirectory(): string {
  const other = Deno.env.get("MCP_SSH_TEST_PRODUCT");
  return other ? resolve(other) : fileURLToPath(new URL("../..", import.meta.url));
}

/** Variables that let Deno find its cache under another HOME, and keep it from colour and notices. */
export async function runtimeEnvironment(): Promise<Record<string, string>> {
  cacheDirectory ??= findCacheDirectory();
  return { DENO_DIR: await cacheDirectory, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
}

let cacheDirectory: Promise<string> | undefined;

async function findCacheDirectory(): Promise<string> {
  const info = await mustRun([Deno.execPath(), "info", "--json"], {
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  return (JSON.parse(info) as { denoDir: string }).denoDir;
}

/** As {@link sourceCommand}, with its long waits shortened by `hurried_timers.ts`. */
export function hurriedCommand(): [string, ...string[]] {
  const [deno, run, ...rest] = sourceCommand();
  const preload = fileURLToPath(new URL("hurried_timers.ts", import.meta.url));
  return [deno, run!, `--preload=${preload}`, ...rest];
}
