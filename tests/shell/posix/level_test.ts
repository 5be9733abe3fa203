import assert from "node:assert/strict";
import { Level } from "../../../src/shell/posix/level.ts";
import { Run } from "../../../src/shell/posix/command_run.ts";

function identified(shellKind: string): Level {
  const level = new Level({ kind: "ready" });
  const controlStyle = shellKind === "dash" ? "printf" : "ansi-c";
  level.identity = { shellKind, pid: "1", flags: "", controlStyle, loginShell: "", process: "" };
  return level;
}

Deno.test("Level.dispatch() tells whether an event changed the phase", () => {
  const level = new Level({ kind: "starting" });
  assert.ok(!level.dispatch({ kind: "heard" }));
  assert.ok(level.dispatch({ kind: "prompted" }));
  assert.deepEqual(level.phase, { kind: "probing", heard: false });
});

Deno.test("Level.frame() carries the status told last and the flags told last", () => {
  const level = identified("bash");
  level.status = 7;
  assert.match(
    level.frame(new Run("echo hi", {})),
    /return "\$\{_\w+-7\}";\};.*eval \S+ 'echo hi'/s,
  );
  level.flags = "himBsx";
  level.sink = " >/dev/tty";
  assert.match(level.frame(new Run("echo hi", {})), /set \+x.*set -x.*'echo hi'/s);
});

Deno.test("Level.frame() speaks plain POSIX to a shell of a kind it does not know", () => {
  assert.match(identified("posh").frame(new Run("id", {})), /\\command printf.*\\eval \S+ 'id'/s);
});

Deno.test("Level.frame() keeps a command with its password out of the history", () => {
  const level = identified("bash");
  const sudo = { password: "hunter22", scope: "named" } as const;
  assert.doesNotMatch(level.frame(new Run("echo hunter22", { sudo })), /history -s/);
  assert.match(level.frame(new Run("sudo id", { sudo })), /history -s -- 'sudo id'/);
});

Deno.test("Level.asksAtShell holds while its command waits at a shell's prompt", () => {
  const level = identified("bash");
  assert.ok(!level.asksAtShell);
  level.run = new Run("bash", {});
  level.run.ask({ kind: "password", text: "Password: " });
  assert.ok(!level.asksAtShell);
  level.run.ask({ kind: "shell", text: "$ " });
  assert.ok(level.asksAtShell);
});

Deno.test("every Level has a nonce of its own", () => {
  const nonces = Array.from({ length: 100 }, () => new Level({ kind: "starting" }).nonce);
  assert.equal(new Set(nonces).size, 100);
  for (const nonce of nonces) assert.match(nonce, /^[0-9a-f]{32}$/);
});
