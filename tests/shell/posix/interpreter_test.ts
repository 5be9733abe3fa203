import assert from "node:assert/strict";
import { Interpreter } from "../../../src/shell/posix/interpreter.ts";
import { newInterpreter, nextState } from "../../../src/shell/posix/interpreter_state.ts";
import { CommandRun } from "../../../src/shell/posix/command_run.ts";

function identified(shellKind: string, flags = ""): Interpreter {
  const interpreter = new Interpreter({ kind: "preparing" });
  const controlStyle = shellKind === "dash" ? "printf" : "ansi-c";
  const identity = {
    shellKind,
    pid: "1",
    flags,
    controlStyle,
    loginShell: "",
    process: "",
  } as const;
  interpreter.dispatch({ kind: "identified", identity });
  return interpreter;
}

Deno.test("Interpreter.dispatch() tells whether an event changed the phase", () => {
  const interpreter = new Interpreter({ kind: "starting" });
  assert.ok(!interpreter.dispatch({ kind: "heard" }));
  assert.ok(interpreter.dispatch({ kind: "prompted" }));
  assert.deepEqual(interpreter.state.phase, { kind: "probing", heard: false });
});

Deno.test("Interpreter.frame() carries the status told last and the flags told last", () => {
  const interpreter = identified("bash");
  interpreter.dispatch({ kind: "command-left", status: 7 });
  assert.match(
    interpreter.frame(new CommandRun("echo hi", {})),
    /return "\$\{_\w+-7\}\$\{\w+_-\}";\};.*eval \S+ 'echo hi'/s,
  );
  const traced = identified("bash", "himBsx");
  traced.report("R", "tty;devices");
  assert.match(traced.frame(new CommandRun("echo hi", {})), /set \+x.*set -x.*'echo hi'/s);
});

Deno.test("Interpreter.frame() speaks plain POSIX to a shell of a kind it does not know", () => {
  assert.match(
    identified("posh").frame(new CommandRun("id", {})),
    /\\command printf.*\\eval \S+ 'id'/s,
  );
});

Deno.test("Interpreter.frame() keeps a command with its password out of the history", () => {
  const interpreter = identified("bash");
  const sudo = { password: "hunter22", scope: "named" } as const;
  assert.doesNotMatch(interpreter.frame(new CommandRun("echo hunter22", { sudo })), /history -s/);
  assert.match(interpreter.frame(new CommandRun("sudo id", { sudo })), /history -s -- 'sudo id'/);
});

Deno.test("Interpreter.asksAtShell holds while its command waits at a shell's prompt", () => {
  const interpreter = identified("bash");
  assert.ok(!interpreter.asksAtShell);
  const run = new CommandRun("bash", {});
  interpreter.dispatch({ kind: "command-typed", run });
  run.ask({ kind: "password", text: "Password: " });
  assert.ok(!interpreter.asksAtShell);
  run.ask({ kind: "shell", text: "$ " });
  assert.ok(interpreter.asksAtShell);
});

Deno.test("every Interpreter has a nonce of its own", () => {
  const nonces = Array.from({ length: 100 }, () => new Interpreter({ kind: "starting" }).nonce);
  assert.equal(new Set(nonces).size, 100);
  for (const nonce of nonces) assert.match(nonce, /^[0-9a-f]{32}$/);
});

Deno.test("nextState() keeps what a marker reported until the next one reports otherwise", () => {
  const status = { exitStatus: 3, exitSignal: null } as const;
  const first = newInterpreter({ kind: "settling", after: "set-up" });
  const prompted = nextState(first, { kind: "prompt", terminal: "cooked", status, flags: "himB" });
  assert.deepEqual([prompted.phase.kind, prompted.promptStatus, prompted.flags], [
    ...["ready", status, "himB"],
  ]);
  const silent = nextState(prompted, { kind: "prompt", terminal: "cooked", status, flags: "" });
  assert.equal(silent.flags, "himB");
  assert.equal(first.flags, "", "no state is changed in place");
  assert.equal(nextState(silent, { kind: "heard" }), silent);
});

Deno.test("nextState() takes a prompt that never comes after set-up for a silent one", () => {
  const awaited = newInterpreter({ kind: "settling", after: "set-up" });
  const { prompt, phase } = nextState(awaited, { kind: "prompt-overdue", line: "$ " });
  assert.deepEqual([prompt, phase.kind], ["silent", "ready"]);
  const later = nextState(newInterpreter({ kind: "settling", after: "command" }), {
    kind: "prompt-overdue",
    line: "$ ",
  });
  assert.deepEqual([later.prompt, later.phase.kind], ["expected", "unprepared"]);
});

Deno.test("nextState() counts probes, set-up lines and fallbacks by what was typed", () => {
  let state = newInterpreter({ kind: "starting" });
  state = nextState(state, { kind: "prompted" });
  state = nextState(state, { kind: "line-dropped" });
  assert.equal(state.probes, 2);
  state = nextState(newInterpreter({ kind: "preparing" }), { kind: "set-up-unanswered" });
  assert.deepEqual([state.phase.kind, state.unansweredSetUps], ["starting", 1]);
  state = nextState(state, { kind: "fallback-typed" });
  assert.deepEqual([state.fallbacks, state.probes, state.unansweredSetUps], [1, 0, 0]);
});
