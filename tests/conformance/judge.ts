import { fileURLToPath } from "node:url";
import { command, type CommandResult } from "../support/command.ts";
import { runtimeEnvironment } from "../support/program.ts";

/** A program that judges servers, pinned by the lock file beside its configuration. */
export type Judge = "@modelcontextprotocol/conformance" | "@modelcontextprotocol/inspector";

const CONFIG = fileURLToPath(new URL("suite/deno.json", import.meta.url));
const LOCK = fileURLToPath(new URL("suite/deno.lock", import.meta.url));

/** Runs one of the protocol's own programs to its end, in a directory that holds what it writes. */
export async function runJudge(
  judge: Judge,
  args: readonly string[],
  directory: string,
): Promise<CommandResult> {
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG)) as {
    imports: Readonly<Record<Judge, string>>;
  };
  const options = ["-A", "--quiet", "--no-prompt", "--config", CONFIG, "--lock", LOCK, "--frozen"];
  return await command([Deno.execPath(), "run", ...options, imports[judge], ...args], {
    cwd: directory,
    env: { ...await runtimeEnvironment(), HOME: directory },
  });
}
