import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import type { FleetRun } from "../../src/fleet/fleet_run.ts";
import { FleetRuns } from "../../src/fleet/fleet_runs.ts";
import type { JobStore } from "../../src/jobs/store.ts";

Deno.test("FleetRuns.checkRoom() refuses more than 10,000 hosts at work, and names a command to stop", () => {
  const runs = new FleetRuns({ forget: () => {} } as unknown as JobStore);
  const run = { id: "abcdef012345", isFinished: false, members: new Array(6_000), jobs: [] };
  runs.add(run as unknown as FleetRun);
  runs.checkRoom(4_000);
  assert.throws(() => runs.checkRoom(4_001), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.advice, /interrupt_command_by_id\(command_id="abcdef012345"\)/);
    return true;
  });
  run.isFinished = Boolean(1);
  runs.checkRoom(10_000);
});
