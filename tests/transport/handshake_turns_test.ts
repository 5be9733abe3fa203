import assert from "node:assert/strict";
import { afterOthers } from "../../src/clock.ts";
import { HandshakeTurns } from "../../src/transport/handshake_turns.ts";

const nextTurn = (): Promise<void> => new Promise(afterOthers);

Deno.test("HandshakeTurns lets one work at once, and the others one by one in their order", async () => {
  const turns = new HandshakeTurns();
  const worked: string[] = [];
  assert.equal(turns.take(), Boolean(1));
  for (const name of ["b", "c"]) {
    assert.equal(turns.take(), Boolean(0));
    turns.wait(() => worked.push(name));
  }
  const seen: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await nextTurn();
    seen.push(worked.join(""));
  }
  assert.deepEqual(seen, ["b", "bc", "bc", "bc"]);
  assert.equal(turns.take(), Boolean(1));
});
