import assert from "node:assert/strict";
import { soak } from "./soak.ts";

Deno.test("a third of a minute of random work goes as the model says", async () => {
  const { operations } = await soak({ seed: 20_261, durationMs: 20_000 });
  assert.ok(operations > 0);
});
