import assert from "node:assert/strict";
import { InterpreterStack } from "../../../../src/shell/posix/interpreter_stack.ts";
import { ShellFinder } from "../../../../src/shell/posix/start_up/shell_finder.ts";
import type { StartUpLook } from "../../../../src/shell/posix/readers/start_up_verdict.ts";
import { Typist } from "../../../../src/shell/posix/typist.ts";
import { FakeChannel } from "../../../support/fake_channel.ts";

const BASH = "5.2;;;;4711;himBs;-bash;A;/bin/bash";

Deno.test("ShellFinder replaces a shell that leaves its set-up unanswered, and gives up at last", () => {
  const stack = new InterpreterStack();
  const channel = new FakeChannel();
  const finder = new ShellFinder(stack, new Typist(channel, () => {}), { onJudged: () => {} });
  const unanswered = (): unknown => {
    finder.probe(stack.top);
    finder.onAnswer(stack.top, "K", BASH);
    assert.equal(stack.top.state.phase.kind, "preparing");
    return finder.onQuietSetUp(stack.top);
  };
  const starts: string[] = [];
  for (let round = 0; round < 2; round++) {
    for (let time = 0; time < 3; time++) {
      assert.ok(!/ sh -c /.test(channel.typed));
      assert.equal(unanswered(), undefined);
    }
    starts.push(channel.typed.match(/(?:exec )?sh -c .*/)?.[0] ?? "");
    channel.typed = "";
  }
  assert.match(starts[0]!, /^exec sh -c /);
  assert.match(starts[1]!, /^sh -c /);
  assert.deepEqual([unanswered(), unanswered()], [undefined, undefined]);
  assert.match(String(unanswered()), /no POSIX shell could be started/);
});

Deno.test("ShellFinder replaces posh at once: nothing could report the end of a line that it gives up", () => {
  const stack = new InterpreterStack();
  const channel = new FakeChannel();
  const finder = new ShellFinder(stack, new Typist(channel, () => {}), { onJudged: () => {} });
  finder.probe(stack.top);
  finder.onAnswer(stack.top, "K", ";;;;4711;i;-posh;$A;/bin/posh");
  assert.equal(stack.top.state.phase.kind, "foreign");
  assert.equal(finder.replaceForeign(stack.top), undefined);
  assert.match(channel.typed, / exec sh -c /);
  assert.doesNotMatch(channel.typed, /PS1=/);
});

Deno.test("ShellFinder takes an answer that comes after its probe was given up", () => {
  const stack = new InterpreterStack();
  const channel = new FakeChannel();
  const finder = new ShellFinder(stack, new Typist(channel, () => {}), { onJudged: () => {} });
  finder.probe(stack.top);
  finder.read("Continue? [y/N] ");
  assert.equal(finder.onQuietProbe(stack.top, undefined), undefined);
  assert.equal(stack.top.state.phase.kind, "starting");
  finder.onAnswer(stack.top, "K", BASH);
  assert.equal(stack.top.state.phase.kind, "preparing");
  assert.match(channel.typed, /PS1=/);
});

Deno.test("ShellFinder gives up on what prompts again and again and runs no probe", () => {
  const stack = new InterpreterStack();
  const channel = new FakeChannel();
  const finder = new ShellFinder(stack, new Typist(channel, () => {}), { onJudged: () => {} });
  finder.read("admin@acme:~$ ");
  finder.onQuietStart(stack.top, undefined);
  const given = [];
  for (let probe = 0; probe < 6; probe++) {
    finder.read("?\r\nadmin@acme:~$ ");
    given.push(finder.onQuietProbe(stack.top, undefined)?.message);
  }
  assert.deepEqual(given.slice(0, 4), Array(4).fill(undefined));
  for (const message of given.slice(4)) {
    assert.match(message ?? "", /"admin@acme:~\$" is no shell or device/);
  }
  assert.equal(channel.typed.match(/;H;/g)?.length, 5);
});

Deno.test("ShellFinder asks the host once at a time, and again for what was printed meanwhile", async () => {
  const stack = new InterpreterStack();
  const answers: ((look: StartUpLook) => void)[] = [];
  const finder = new ShellFinder(stack, new Typist(new FakeChannel(), () => {}), {
    onJudged: () => {},
    startUp: () => new Promise((resolve) => answers.push(resolve)),
  });
  const ask = (text: string): void => {
    finder.read(text);
    finder.onQuietStart(stack.top, undefined);
  };
  ask("\x1b[?2004h");
  ask("user@host");
  ask(":~$ ");
  assert.equal(answers.length, 1);
  assert.equal(finder.startUp.judgement, "asked");
  answers[0]!({ verdict: "prompt", keys: "" });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(finder.startUp.judgement, "none", "the answer is of another line");
  finder.onQuietStart(stack.top, undefined);
  assert.equal(answers.length, 2);
  answers[1]!({ verdict: "prompt", keys: "" });
});

Deno.test("ShellFinder probes what the host says is a prompt, and asks what it says is a question", async () => {
  for (const said of ["prompt", "question", "unknown"] as const) {
    const stack = new InterpreterStack();
    const channel = new FakeChannel();
    const judged = Promise.withResolvers<void>();
    const finder = new ShellFinder(stack, new Typist(channel, () => {}), {
      startUp: () => Promise.resolve({ verdict: said, keys: "" }),
      onJudged: judged.resolve,
    });
    finder.read("[root@web1 ~] ");
    finder.onQuietStart(stack.top, undefined);
    assert.equal(finder.startUp.judgement, "asked");
    await judged.promise;
    finder.onQuietStart(stack.top, undefined);
    assert.equal(stack.top.state.phase.kind, said === "prompt" ? "probing" : "starting");
    assert.equal(channel.typed !== "", said === "prompt");
  }
});
