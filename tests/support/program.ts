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

/** How the engine is started in production: a young heap of its default size takes 30 MB more. */
export const ENGINE_FLAG = "--v8-flags=--max-semi-space-size=16";

/**
 * The command line of the program under test, with the production permissions.
 *
 * `MCP_SSH_SESSION_BINARY` names a compiled program, `MCP_SSH_SESSION_ENTRY` another entry file (a
 * bundle, say); otherwise it is `src/main.ts`, with the lock file frozen and nothing downloaded.
 */
export function programCommand(args: readonly string[] = []): [string, ...string[]] {
  const binary = Deno.env.get("MCP_SSH_SESSION_BINARY");
  if (binary) return [binary, ...args];
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const entry = Deno.env.get("MCP_SSH_SESSION_ENTRY") ?? main;
  const flags = [...PRODUCTION_FLAGS, ENGINE_FLAG, "--cached-only", "--frozen"];
  return [Deno.execPath(), "run", ...flags, entry, ...args];
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
