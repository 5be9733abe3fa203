import assert from "node:assert/strict";
import { channelStatus, readEnd, readStatus } from "../../../src/shell/posix/exit_status.ts";

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
  assert.deepEqual(channelStatus({ exitSignal: "XYZ" }), { exitStatus: null, exitSignal: "XYZ" });
  assert.deepEqual(channelStatus({ exitSignal: "USR1" }), { exitStatus: 138, exitSignal: "USR1" });
  assert.equal(channelStatus({}), undefined);
});

Deno.test("readEnd() reads id, status, flags and whether the terminal makes CR LF of LF", () => {
  assert.deepEqual(readEnd("D", "ab12;3;himBs\r\n", "bash"), {
    ...{ id: "ab12", pid: "", flags: "himBs", piped: false, terminal: "cooked", intruded: "" },
    status: { exitStatus: 3, exitSignal: null },
  });
  assert.equal(readEnd("D", "ab12;0;im\n", "dash").terminal, "raw");
  assert.equal(readEnd("D", "ab12;0;\r\n", "zsh").flags, "");
  assert.equal(readEnd("D", "ab12;265;im\r\n", "ksh93").status.exitSignal, "KILL");
  assert.equal(readEnd("D", "ab12;%s;\r\n", "dash").status.exitStatus, null);
  assert.ok(readEnd("D", "ab12;0;im|\r\n", "dash").piped);
});

Deno.test("readEnd() takes the status that a prompt kept, and else the one that it shows", () => {
  const kept = readEnd("P", "ab12;4711;7;1;im\r\n", "ksh93");
  assert.equal(kept.status.exitStatus, 7);
  assert.equal(kept.pid, "4711");
  assert.equal(kept.flags, "im");
  assert.equal(readEnd("P", "ab12;4711;;130;\r\n").status.exitStatus, 130);
  assert.equal(readEnd("P", "${x-};$$;${y-};$?;\r\n").status.exitStatus, null);
});

Deno.test("readEnd() keeps what a background job printed into the marker out of its fields", () => {
  const { status, flags, intruded } = readEnd("D", "ab12;1;im\r\nexit; 3\r\nhalf", "bash");
  assert.deepEqual({ status: status.exitStatus, flags, intruded }, {
    ...{ status: 1, flags: "im", intruded: "exit; 3\r\nhalf" },
  });
  assert.equal(readEnd("D", "ab12;0;im\nx\r\n", "bash").terminal, "raw");
});
