import assert from "node:assert/strict";
import { ServeFaults } from "./serve_faults.ts";

Deno.test("the shared server keeps to its model while parts are killed and parted", async () => {
  const goesOn = (actions: number): boolean => actions < 2;
  const counts = await ServeFaults.run({ seed: 7, replicas: 2, goesOn });
  assert.ok(counts.ran > 0, JSON.stringify(counts));
});
