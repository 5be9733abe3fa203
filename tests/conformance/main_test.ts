import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { REPOSITORY } from "../support/source_file.ts";

Deno.test("deno task conformance clients: other people's clients do the main job", async () => {
  const { code, stdout, stderr } = await command(
    [Deno.execPath(), "task", "-q", "conformance", "clients"],
    { cwd: REPOSITORY },
  );
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stdout.match(/^ {2}passes /gm)?.length, 3, stdout);
});
