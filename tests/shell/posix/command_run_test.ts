import assert from "node:assert/strict";
import { ConnectionLostError } from "../../../src/errors.ts";
import { CommandRun } from "../../../src/shell/posix/command_run.ts";
import type { CommandEvent } from "../../../src/shell/shell.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const question = { kind: "text", text: "Name? " } as const;
const exit = { exitStatus: 0, exitSignal: null } as const;

function started(): CommandRun {
  const run = new CommandRun("cmd", {});
  run.start({
    clock: new FakeClock(),
    look: () => Promise.resolve({ kind: "unproven" }),
    type: () => {},
  });
  return run;
}

async function kinds(run: CommandRun): Promise<readonly string[]> {
  return (await Array.fromAsync(run.events)).map(({ kind }) => kind);
}

Deno.test("CommandRun tells its start, output, question and end in order", async () => {
  const run = started();
  run.read("Name? ");
  run.ask(question);
  assert.deepEqual(run.question, question);
  run.read("\r\nhello\r\n");
  run.exit(exit);
  assert.deepEqual(await kinds(run), [
    "started",
    "output",
    "question",
    "question-withdrawn",
    "output",
    "exited",
  ]);
});

Deno.test("CommandRun that starts has no question of the login left", async () => {
  const run = new CommandRun("cmd", {});
  run.askAtStartUp(question, "Welcome\n");
  run.start({
    clock: new FakeClock(),
    look: () => Promise.resolve({ kind: "unproven" }),
    type: () => {},
  });
  assert.equal(run.question, undefined);
  run.exit(exit);
  const events = ["output", "question", "question-withdrawn", "output", "started", "exited"];
  assert.deepEqual(await kinds(run), events);
});

Deno.test("CommandRun withdraws a question when something is typed, once", async () => {
  const run = started();
  run.ask(question);
  run.onTyped("x\n");
  run.withdraw();
  assert.equal(run.question, undefined);
  run.exit(exit);
  assert.deepEqual(await kinds(run), ["started", "question", "question-withdrawn", "exited"]);
});

Deno.test("CommandRun is over after its first end, whatever is told later", async () => {
  const run = started();
  run.exit({ ...exit, exitStatus: 3 });
  run.exit(exit);
  run.fail(new ConnectionLostError("gone", "again"), "lost");
  run.ask(question);
  assert.equal(run.state, "over");
  const events: CommandEvent[] = await Array.fromAsync(run.events);
  assert.deepEqual(events.at(-1), { kind: "exited", exit: { ...exit, exitStatus: 3 } });
  assert.equal(events.length, 2);
});

Deno.test("CommandRun that fails is lost as an event, or an error where it never began", async () => {
  const fault = new ConnectionLostError("gone", "again");
  const lost = started();
  lost.fail(fault, "lost");
  assert.deepEqual((await Array.fromAsync(lost.events)).at(-1), { kind: "lost", cause: fault });
  const refused = new CommandRun("cmd", {});
  refused.fail(fault, "error");
  await assert.rejects(Array.fromAsync(refused.events), fault);
});

Deno.test("CommandRun.read() keeps output that did not end its line before our words are traced", async () => {
  for (
    const [printed, kept] of [["abc+ : 0 ID\r\n", "abc"], ["abc++zsh:1> : 0 ID\r\n", "abc"], [
      "+ : 3 ID\r\n",
      "",
    ], ["a title of ID\r\n", ""]]
  ) {
    const run = started();
    run.read(printed!.replace("ID", run.id));
    run.exit(exit);
    const outputs = (await Array.fromAsync(run.events)).filter(({ kind }) => kind === "output");
    const last = outputs.at(-1);
    assert.equal(last?.kind === "output" ? last.line : "", kept, printed);
  }
});
