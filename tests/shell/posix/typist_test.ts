import assert from "node:assert/strict";
import { exitOf, finish, flushed, playBash, run, textOf } from "../../support/played_shell.ts";

Deno.test("PosixShell spoils what may be left unread before it types the next command, once", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const first = run(shell, "read name");
  await flushed();
  await far.print(far.marker("C"));
  await shell.type("Ann\r");
  await finish(far, "0");
  await first.over;
  far.typed = far.typed.match(/.*;H.*\n/)?.[0] ?? "";
  const second = run(shell, "second");
  await flushed();
  assert.ok(far.typed.endsWith("\n\x15 ;;\n"), far.typed);
  await far.print(
    `bash: Ann: command not found\r\nbash: syntax error\r\n${far.marker("P", "2;\r\n")}`,
  );
  assert.match(far.typed, /eval \S+ 'second'/);
  await far.print(`${far.marker("C")}out\r\n`);
  await finish(far, "0");
  await second.over;
  assert.equal(textOf(second.events), "out\n");
  const note = 'printed between commands: "bash: Ann: command not found"';
  assert.deepEqual(second.events.at(-1), {
    kind: "exited",
    exit: { exitStatus: 0, exitSignal: null, cwd: "/home/user", note },
  });
  const third = run(shell, "third");
  await flushed();
  await far.print(far.marker("C"));
  await finish(far, "0");
  await third.over;
  assert.equal(far.typed.match(/;;\n/g)?.length, 1);
});

Deno.test("PosixShell spoils nothing under errexit, where bash would end", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const first = run(shell, "set -e; read name");
  await flushed();
  await far.print(far.marker("C"));
  await shell.type("Ann\r");
  await far.print(`${far.marker("D", "0;ehimBs\r\n")}${far.marker("P", "0;\r\n")}`);
  await first.over;
  const { events, over } = run(shell, "second");
  await flushed();
  assert.doesNotMatch(far.typed, / ;;\n/);
  await far.print(far.marker("C"));
  await finish(far, "0");
  await over;
  assert.equal(exitOf(events), 0);
});

Deno.test("PosixShell shows what came of a command that told its end and not its start, and says so", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "seq 3");
  await flushed();
  await far.print("1\r\n2\r\n3\r\n");
  await finish(far, "0");
  await over;
  assert.equal(textOf(events), "1\n2\n3\n");
  const last = events.at(-1);
  assert.ok(last?.kind === "exited");
  assert.match(last.exit.note ?? "", /did not tell the command's start/);
});
