import assert from "node:assert/strict";
import { ConnectionUse } from "../../src/transport/connection_use.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("ConnectionUse.isIdleSince() tells when bytes went last, and whether somebody waits", () => {
  const clock = new FakeClock();
  const use = new ConnectionUse(clock);
  clock.advance(10);
  assert.ok(use.isIdleSince(clock.now()));
  use.touch();
  assert.ok(!use.isIdleSince(clock.now() - 1));
  const [one, another] = [use.hold(), use.hold()];
  clock.advance(10);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  clock.advance(10);
  assert.ok(!use.isIdleSince(clock.now()), "held by another");
  another[Symbol.dispose]();
  assert.ok(!use.isIdleSince(clock.now() - 1), "held until now");
  clock.advance(10);
  assert.ok(use.isIdleSince(clock.now() - 1));
});
