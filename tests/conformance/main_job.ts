import assert from "node:assert/strict";

/** The text of one tool result. */
type Call = (tool: string, args: Readonly<Record<string, unknown>>) => Promise<string>;

/** The main job, as a client of any SDK does it; rejects where an answer is not the right one. */
export async function doMainJob(host: string, call: Call): Promise<void> {
  await call("execute_command", { host, command: "mkdir -p job && cd job && export STEP=one" });
  const kept = await call("execute_command", { host, command: 'echo "$STEP in ${PWD##*/}"' });
  assert.match(kept, /^\[exit 0\] .*\none in job\n?$/);
  const failed = await call("execute_command", { host, command: "(exit 3)" });
  assert.match(failed, /^\[exit 3\] /);
  const command = "read -r line; echo got $line";
  const asking = await call("execute_command", { host, command, timeout: 0.2 });
  assert.match(asking, /^\[running\] /);
  const command_id = /command_id=(\S+)/.exec(asking)![1]!;
  const answered = await call("send_input", { command_id, input_text: "it", wait: 20 });
  assert.match(answered, /^\[exit 0\] [^]*got it/);
  assert.match(await call("close_all_sessions", {}), /Closed 1 session/i);
}
