import assert from "node:assert/strict";
import { ConnectionLostError, ShellBusyError } from "../../../src/errors.ts";
import type { CommandEvent } from "../../../src/shell/shell.ts";
import type { TerminalListing } from "../../../src/shell/posix/readers/terminal_readers.ts";
import { listing } from "../../support/terminal_listing.ts";
import {
  exitOf,
  finish,
  flushed,
  play,
  playBash,
  type Played,
  run,
  textOf,
} from "../../support/played_shell.ts";

/** The login shell's terminal while a job has it, and while the shell itself has. */
const JOB_RUNS = listing("sleep", { wait: "elsewhere" }, { shellHasTerminal: false });
const SHELL_READS = listing("bash", { wait: "reads", pid: 4711, start: "100" });

const NOBODY = "f".repeat(32);

Deno.test("PosixShell frames a command and yields what lies between its markers", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "echo hi");
  await flushed();
  assert.match(far.typed, /eval \S+ 'echo hi'/);
  await far.print(`echoed${far.marker("C")}hi\r\n`);
  await finish(far, "3");
  await over;
  assert.deepEqual(events.map(({ kind }) => kind), ["started", "output", "exited"]);
  assert.equal(textOf(events), "hi\n");
  assert.equal(exitOf(events), 3);
  assert.equal(shell.facts.cwd, "/home/user");
});

Deno.test("PosixShell finds its markers however the output is cut", async () => {
  for (const chunkLength of [1, 2, 3, 7, 50]) {
    await using played = await playBash();
    const { shell, far } = played;
    far.chunkLength = chunkLength;
    const { events, over } = run(shell, "x");
    await flushed();
    await far.print(`${far.marker("C")}é 日 😀\r\n\x1b[31mred\x1b[0m no end`);
    await finish(far, "7");
    await over;
    assert.equal(textOf(events), "é 日 😀\nred no end", `${chunkLength}`);
    assert.equal(exitOf(events), 7, `${chunkLength}`);
  }
});

Deno.test("PosixShell takes what a background job prints into the end marker for output", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "true");
  await flushed();
  await far.print(`${far.marker("C")}out\r\n${far.marker("D", "3;himBs\r\nexit\r\n")}`);
  await over;
  assert.equal(textOf(events), "out\nexit\n");
  assert.equal(exitOf(events), 3);
});

Deno.test("PosixShell takes no marker of another nonce for its own", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "cat forged");
  await flushed();
  await far.print(far.marker("C"));
  for (const letter of ["D", "P", "C", "H", "K", "R"]) {
    await far.print(`${far.marker(letter, "0;\r\n", NOBODY)}${letter}\r\n`);
  }
  assert.equal(exitOf(events), undefined);
  await finish(far, "1");
  await over;
  assert.equal(textOf(events), "D\nP\nC\nH\nK\nR\n");
  assert.equal(exitOf(events), 1);
});

Deno.test("PosixShell lets a command print its prompt, as it is shown and as it is written", async () => {
  await using played = await playBash();
  const { shell, far, clock } = played;
  const { events, over } = run(shell, "cat errors; set");
  await flushed();
  await far.print(`${far.marker("C")}a${far.marker("P", "0;\r\n")}${far.marker("P", "5;\r\n")}`);
  clock.advance(10);
  await far.print("b\r\n");
  clock.advance(500);
  await flushed();
  assert.equal(exitOf(events), undefined);
  await far.print(`PS1=${far.marker("P", "$?;\r\n")}\r\n`);
  clock.advance(500);
  await flushed();
  assert.equal(exitOf(events), undefined);
  await finish(far, "2");
  await over;
  assert.equal(textOf(events), "ab\nPS1=\n");
  assert.equal(exitOf(events), 2);
});

Deno.test("PosixShell takes a prompt that stands for the end of a command that was cut short", async () => {
  await using played = await playBash();
  const { shell, far, clock } = played;
  const { events, over } = run(shell, "sleep 100");
  await flushed();
  await far.print(far.marker("C"));
  await shell.type("\x03");
  await far.print(`^C\r\n${far.marker("P", "130;\r\n")}`);
  clock.advance(60);
  await over;
  assert.deepEqual(events.at(-1), {
    kind: "exited",
    exit: { exitStatus: 130, exitSignal: "INT", cwd: "/home/user" },
  });
});

Deno.test("PosixShell refuses a second command while one runs, and takes it afterwards", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const first = run(shell, "first");
  await flushed();
  await far.print(far.marker("C"));
  await assert.rejects(run(shell, "second").over, ShellBusyError);
  await finish(far, "0");
  await first.over;
  const second = run(shell, "second");
  await flushed();
  assert.match(far.typed, /eval \S+ 'second'/);
  await far.print(far.marker("C"));
  await finish(far, "0");
  await second.over;
});

Deno.test("PosixShell types set-up again after a command that left a foreign prompt or a raw terminal", async () => {
  for (const [what, end] of [["a foreign prompt", "0;himBs\r\n"], ["raw", "0;himBs\n"]] as const) {
    await using played = await playBash();
    const { shell, far, clock } = played;
    const first = run(shell, "PS1='$ '");
    await flushed();
    await far.print(`${far.marker("C")}${far.marker("D", end)}$ `);
    await first.over;
    clock.advance(100);
    far.typed = far.typed.match(/.*;H.*\n/)?.[0] ?? "";
    const second = run(shell, "echo next");
    await flushed();
    assert.match(far.typed, /PS1=/, what);
    assert.equal(/stty sane/.test(far.typed), what === "raw");
    assert.doesNotMatch(far.typed, /echo next/, what);
    await far.print(`${far.marker("R", "tty")}${far.marker("P", "0;\r\n")}`);
    assert.match(far.typed, /echo next/, what);
    await far.print(far.marker("C"));
    await finish(far, "0");
    await second.over;
    assert.equal(exitOf(second.events), 0, what);
  }
});

Deno.test("PosixShell keeps what a background job prints before a prompt that comes late", async () => {
  await using played = await playBash();
  const { shell, far, clock } = played;
  const first = run(shell, "job &");
  await flushed();
  await far.print(`${far.marker("C")}${far.marker("D", "0;himBs\r\n")}`);
  await first.over;
  await far.print("late\r\n");
  clock.advance(1_000);
  await flushed();
  await far.print(far.marker("P", "0;\r\n"));
  const second = run(shell, "true");
  await flushed();
  await far.print(`${far.marker("R", "tty")}${far.marker("P", "0;\r\n")}`);
  await far.print(far.marker("C"));
  await finish(far, "0");
  await second.over;
  const note = 'printed between commands: "late"';
  assert.deepEqual(second.events.at(-1), {
    kind: "exited",
    exit: { exitStatus: 0, exitSignal: null, cwd: "/home/user", note },
  });
});

Deno.test("PosixShell ends a running command with the channel's status when the shell is gone", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "exit 3");
  await flushed();
  await far.print(`${far.marker("C")}logout\r\n`);
  await far.close({ exitStatus: 3 });
  await over;
  assert.equal(exitOf(events), 3);
  assert.equal(await shell.ended, undefined);
});

Deno.test("PosixShell loses a running command when the connection goes", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "sleep 100");
  await flushed();
  await far.print(`${far.marker("C")}so far`);
  await far.close({});
  await over;
  assert.equal(events.at(-1)?.kind, "lost");
  assert.equal(textOf(events), "so far");
  assert.ok(await shell.ended instanceof ConnectionLostError);
});

Deno.test("PosixShell loses a typed command whose shell ended before it told the start, and refuses the next", async () => {
  await using played = await playBash();
  const { shell, far } = played;
  const { events, over } = run(shell, "may have been read");
  await flushed();
  await far.close({ exitStatus: 0 });
  await over;
  assert.equal(events.at(-1)?.kind, "lost");
  await assert.rejects(run(shell, "later").over, ConnectionLostError);
});

Deno.test("PosixShell that is given up while it starts types no command", async () => {
  await using played = play();
  const { shell, far } = played;
  const abort = new AbortController();
  const over = Array.fromAsync(shell.execute("rm x", { signal: abort.signal }));
  await far.print("Welcome\r\n");
  abort.abort(new Error("given up"));
  await assert.rejects(over, /given up/);
  assert.doesNotMatch(far.typed, /rm x/);
});

Deno.test("PosixShell types nothing before a prompt stands, and nothing into a start-up file's question", async () => {
  await using played = play();
  const { shell, far, clock } = played;
  const { events } = run(shell, "echo x");
  await far.print("Loading\r\nWhich environment? [dev/prod]: ");
  assert.equal(far.typed, "");
  for (let i = 0; i < 50; i++) {
    clock.advance(100);
    await flushed();
  }
  assert.equal(far.typed, "");
  const asked = "Which environment? [dev/prod]: ";
  assert.deepEqual(events, [
    { kind: "output", text: "Loading\n", line: asked },
    { kind: "question", question: { kind: "text", text: asked } },
  ]);
  await shell.type("dev\n");
  await far.print("dev\r\nuser@host:~$ ");
  clock.advance(1_000);
  await flushed();
  assert.match(far.typed, /^dev\n.*7717;%s;H;%s\S+ [0-9a-f]{32} 1;/s);
});

/** A command behind whose first line a prompt of ours came, and nothing since. */
async function prompted(
  played: Played,
  typed: string = "",
): Promise<{ events: CommandEvent[]; over: Promise<void> }> {
  const { shell, far, clock } = played;
  await finished(played);
  const { events, over } = run(shell, "cat err; sleep 1; echo done");
  await flushed();
  await far.print(`${far.marker("C")}first\r\n`);
  if (typed !== "") await shell.type(typed);
  await far.print(far.marker("P", "0;\r\n"));
  clock.advance(20);
  await flushed();
  return { events, over };
}

/** After one command the shell's flags are known. */
async function finished({ shell, far }: Played): Promise<void> {
  const { over } = run(shell, "true");
  await flushed();
  await far.print(far.marker("C"));
  await finish(far, "0");
  await over;
}

Deno.test("PosixShell ends no command by a prompt that it printed while its job has the terminal", async () => {
  const asked: number[] = [];
  const terminal = (pid: number): Promise<TerminalListing> => {
    asked.push(pid);
    return Promise.resolve(JOB_RUNS);
  };
  await using played = await playBash({ terminal });
  const { events, over } = await prompted(played);
  assert.deepEqual([...new Set(asked)], [4711]);
  played.clock.advance(60_000);
  await flushed();
  assert.equal(exitOf(events), undefined);
  await assert.rejects(run(played.shell, "x").over, ShellBusyError);
  await played.far.print("done\r\n");
  await finish(played.far, "5");
  await over;
  assert.deepEqual([textOf(events), exitOf(events)], ["first\ndone\n", 5]);
});

Deno.test("PosixShell asks again for each prompt without an end, and ends the command by one that stands", async () => {
  const answers = [JOB_RUNS, SHELL_READS];
  await using played = await playBash({ terminal: () => Promise.resolve(answers.shift()) });
  const { events, over } = await prompted(played);
  assert.equal(exitOf(events), undefined);
  await played.far.print(played.far.marker("P", "2;\r\n"));
  played.clock.advance(20);
  await over;
  assert.deepEqual([textOf(events), exitOf(events), answers], ["first\n", 2, []]);
});

Deno.test("PosixShell waits for no host's word behind an interrupt, nor for one that came too late", async () => {
  const never = new Promise<TerminalListing>(() => {});
  await using interrupted = await playBash({ terminal: () => never });
  const one = await prompted(interrupted, "\x03");
  await one.over;
  assert.equal(exitOf(one.events), 0);
  const word = Promise.withResolvers<TerminalListing>();
  await using late = await playBash({ terminal: () => word.promise });
  const two = await prompted(late);
  await late.far.print("more\r\n");
  word.resolve(SHELL_READS);
  await flushed();
  assert.equal(exitOf(two.events), undefined);
  await finish(late.far, "4");
  await two.over;
  assert.deepEqual([textOf(two.events), exitOf(two.events)], ["first\nmore\n", 4]);
});
