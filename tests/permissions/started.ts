import assert from "node:assert/strict";
import { runtimeEnvironment, sourceCommand } from "../support/program.ts";

/** Starts the program, which must end by itself with status 2; returns its standard error. */
export async function mustFail(env: Readonly<Record<string, string>>): Promise<string> {
  const [program, ...args] = sourceCommand();
  const output = await new Deno.Command(program, {
    args,
    env: { ...await runtimeEnvironment(), HOME: "/nonexistent", ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  assert.equal(output.code, 2);
  assert.equal(output.stdout.length, 0);
  return new TextDecoder().decode(output.stderr);
}
