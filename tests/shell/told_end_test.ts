import assert from "node:assert/strict";
import { readToldEnd } from "../../src/shell/told_end.ts";

Deno.test("readToldEnd() reads status, flags and whether the terminal makes CR LF of LF", () => {
  assert.deepEqual(readToldEnd("3;himBs\r\n", "bash"), {
    status: { exitStatus: 3, exitSignal: null },
    flags: "himBs",
    terminal: "cooked",
  });
  assert.equal(readToldEnd("0;im\n", "dash").terminal, "raw");
  assert.equal(readToldEnd("0;\r\n", "zsh").flags, "");
  assert.equal(readToldEnd("265;im\r\n", "ksh93").status.exitSignal, "KILL");
  assert.equal(readToldEnd("$?;\r\n", "dash").status.exitStatus, null);
});
