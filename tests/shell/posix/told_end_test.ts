import assert from "node:assert/strict";
import { readToldEnd } from "../../../src/shell/posix/told_end.ts";

Deno.test("readToldEnd() reads status, flags and whether the terminal makes CR LF of LF", () => {
  assert.deepEqual(readToldEnd("3;himBs\r\n", "bash"), {
    status: { exitStatus: 3, exitSignal: null },
    flags: "himBs",
    terminal: "cooked",
    intruded: "",
  });
  assert.equal(readToldEnd("0;im\n", "dash").terminal, "raw");
  assert.equal(readToldEnd("0;\r\n", "zsh").flags, "");
  assert.equal(readToldEnd("265;im\r\n", "ksh93").status.exitSignal, "KILL");
  assert.equal(readToldEnd("$?;\r\n", "dash").status.exitStatus, null);
});

Deno.test("readToldEnd() keeps what a background job printed into the marker out of its fields", () => {
  assert.deepEqual(readToldEnd("1;im\r\nexit; 3\r\nhalf", "bash"), {
    status: { exitStatus: 1, exitSignal: null },
    flags: "im",
    terminal: "cooked",
    intruded: "exit; 3\r\nhalf",
  });
  assert.equal(readToldEnd("0;im\nx\r\n", "bash").terminal, "raw");
  assert.equal(readToldEnd("0;im;\r\nx", "ksh93").flags, "im");
});
