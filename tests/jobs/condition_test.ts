import assert from "node:assert/strict";
import { Condition } from "../../src/jobs/condition.ts";

Deno.test("Condition.until() resolves at once when it holds, else after a notification", async () => {
  const condition = new Condition();
  let open = true;
  await condition.until(() => open);
  open = false;
  const seen: string[] = [];
  const waiting = condition.until(() => open).then(() => seen.push("done"));
  condition.notify();
  await Promise.resolve();
  assert.deepEqual(seen, []);
  open = true;
  condition.notify();
  await waiting;
  assert.deepEqual(seen, ["done"]);
});

Deno.test("Condition.until() rejects with the signal's reason", async () => {
  const condition = new Condition();
  const abort = new AbortController();
  const waiting = condition.until(() => abort.signal.reason === "never", abort.signal);
  abort.abort("enough");
  await assert.rejects(waiting, (reason) => reason === "enough");
  await assert.rejects(condition.until(() => abort.signal.reason === "never", abort.signal));
});
