import assert from "node:assert/strict";
import { channelStatus, readStatus } from "../../../src/shell/posix/exit_status.ts";

const TOLD: readonly (readonly [string, string, number | null, string | null])[] = [
  ["0", "bash", 0, null],
  ["1", "bash", 1, null],
  ["127", "bash", 127, null],
  ["128", "bash", 128, null],
  ["129", "bash", 129, "HUP"],
  ["130", "dash", 130, "INT"],
  ["137", "zsh", 137, "KILL"],
  ["143", "mksh", 143, "TERM"],
  ["148", "bash", 148, "TSTP"],
  ["255", "bash", 255, null],
  ["7\r\n", "sh", 7, null],
  // ksh93 tells 256 + n, yash 384 + n; both are brought to 128 + n.
  ["258", "ksh93", 130, "INT"],
  ["265", "ksh93", 137, "KILL"],
  ["271", "ksh93", 143, "TERM"],
  ["143", "ksh93", 143, "TERM"],
  ["393", "yash", 137, "KILL"],
  ["399", "yash", 143, "TERM"],
  ["300", "bash", 44, null],
  ["", "bash", null, null],
  ["$?", "dash", null, null],
  ["%?", "zsh", null, null],
];

for (const [told, shell, exitStatus, exitSignal] of TOLD) {
  Deno.test(`readStatus() of ${JSON.stringify(told)} in ${shell} is ${exitStatus} ${exitSignal}`, () => {
    assert.deepEqual(readStatus(told, shell), { exitStatus, exitSignal });
  });
}

Deno.test("channelStatus() has the channel's own exit in the same form, or nothing", () => {
  assert.deepEqual(channelStatus({ exitStatus: 3 }), { exitStatus: 3, exitSignal: null });
  assert.deepEqual(channelStatus({ exitStatus: 143 }), { exitStatus: 143, exitSignal: "TERM" });
  assert.deepEqual(channelStatus({ exitSignal: "KILL" }), { exitStatus: 137, exitSignal: "KILL" });
  assert.deepEqual(channelStatus({ exitSignal: "XYZ" }), { exitStatus: 128, exitSignal: "XYZ" });
  assert.equal(channelStatus({}), undefined);
});
