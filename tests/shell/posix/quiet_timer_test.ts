import assert from "node:assert/strict";
import type { Patience } from "../../../src/shell/posix/patience.ts";
import { QuietTimer } from "../../../src/shell/posix/quiet_timer.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("QuietTimer.arm() leaves a timer alone only where it calls back no later", () => {
  const clock = new FakeClock();
  let patience: Patience | undefined = { quietMs: 2_000, urgency: "exact" };
  const quiet: number[] = [];
  using timer = new QuietTimer({
    clock,
    patience: () => patience,
    onQuiet: () => {
      quiet.push(clock.now());
      patience = undefined;
    },
  });
  const begun = clock.now();
  timer.arm();
  patience = { quietMs: 150, urgency: "lazy" };
  timer.heard();
  timer.arm();
  clock.advance(100);
  timer.heard();
  timer.arm();
  clock.advance(50);
  assert.deepEqual(quiet, [], "it was heard meanwhile");
  clock.advance(100);
  assert.deepEqual(quiet.map((time) => time - begun), [250]);
});
