import assert from "node:assert/strict";
import { command } from "../support/command.ts";
import { REPOSITORY } from "../support/source_file.ts";

Deno.test("deno task demo shows the main job and ends by itself", async () => {
  const { code, stdout, stderr } = await command([Deno.execPath(), "task", "-q", "demo"], {
    cwd: REPOSITORY,
    env: { NO_COLOR: "1" },
  });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /canary in release/);
  assert.match(stdout, /\[exit 3\]/);
  assert.match(stdout, /\[running\][^]*step 4/);
  assert.match(stdout, /Done in [\d.]+ s/);
  assert.match(stdout, /2\.3\.9[^]*2\.4\.1|2\.4\.1[^]*2\.3\.9/);
  assert.match(stdout, /the person is asked[^]*rmdir/);
});
