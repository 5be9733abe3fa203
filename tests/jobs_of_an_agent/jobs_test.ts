import assert from "node:assert/strict";
import { JOBS } from "./jobs.ts";

for (const { name, goal, run } of JOBS) {
  Deno.test(`an agent's job: ${name}`, async () => {
    const { calls, characters } = await run();
    assert.ok(calls <= goal.calls, `${calls} calls, ${goal.calls} at most`);
    const most = goal.characters ?? Infinity;
    assert.ok(characters <= most, `${characters} characters, ${most} at most`);
  });
}
