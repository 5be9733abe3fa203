import assert from "node:assert/strict";
import { ConnectionLostError, InputError } from "../../src/errors.ts";
import { replacingLost } from "../../src/session/replacing_lost.ts";

const lost = new ConnectionLostError("gone", "run it again");

/** Attempts that each fail as told, "well" being one that yields; and how many were made. */
function attempts(...outcomes: readonly (Error | "well" | "lost later")[]): {
  readonly attempt: () => Promise<AsyncGenerator<string>>;
  readonly made: () => number;
} {
  let made = 0;
  return {
    made: () => made,
    attempt: () => {
      const outcome = outcomes[made++] ?? assert.fail("one attempt too many");
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(events(outcome));
    },
  };
}

async function* events(outcome: "well" | "lost later"): AsyncGenerator<string> {
  yield await Promise.resolve("event");
  if (outcome === "lost later") throw lost;
}

Deno.test("replacingLost() repeats what was lost before it began, twice at most", async () => {
  const once = attempts(lost, "well");
  assert.deepEqual(await Array.fromAsync(replacingLost(once.attempt)), ["event"]);
  const twice = attempts(lost, lost, "well");
  assert.deepEqual(await Array.fromAsync(replacingLost(twice.attempt)), ["event"]);
  const always = attempts(lost, lost, lost);
  await assert.rejects(Array.fromAsync(replacingLost(always.attempt)), lost);
  assert.equal(always.made(), 3);
});

Deno.test("replacingLost() repeats nothing that began, and no other error", async () => {
  const later = attempts("lost later");
  await assert.rejects(Array.fromAsync(replacingLost(later.attempt)), lost);
  const other = new InputError("no", "do not");
  await assert.rejects(Array.fromAsync(replacingLost(attempts(other).attempt)), other);
});
