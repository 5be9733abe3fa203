import assert from "node:assert/strict";
import { saneTerminalScript } from "../../../../src/shell/posix/readers/sane_terminal.ts";
import {
  scriptCommand,
  terminalReadersScript,
} from "../../../../src/shell/posix/readers/readers_command.ts";
import {
  MAX_ANSWER_CHARS,
  readTerminalListings,
} from "../../../../src/shell/posix/readers/terminal_readers.ts";
import { until } from "../../../support/condition.ts";
import { startSshd } from "../../../support/sshd.ts";
import { open, targetOf } from "../../../transport/targets.ts";

const N = "0123456789abcdef0123456789abcdef";

/** An answer with one process that waits so, on a terminal set so. */
function answer(wait: string, settings = "icanon -echo", program = "/usr/bin/x"): string {
  return [
    `${N} p 5000 4711 S 200 1000 1000 ${wait}`,
    `${N} c x`,
    `${N} x ${program}`,
    `${N} a x\t-f\tsome words\t`,
    `${N} t 4711 5000 4711 100 1000 ${settings}`,
    `${N} e`,
  ].join("\n");
}

Deno.test("readTerminalListings() reads what a process waits for, in the words of several kernels", () => {
  const waits: readonly (readonly [wait: string, row: string, settings?: string])[] = [
    ["reads", "wait_woken 0 0 tt nn"],
    ["reads", "wait_woken 63 11 tt nn"],
    ["reads", "n_tty_read 0 - tu nn"],
    ["reads", "0 0 0 tt nn"],
    ["elsewhere", "wait_woken 0 3 to nn"],
    ["unknown", "wait_woken 0 - tu nn"],
    ["selects", "poll_schedule_timeout.constprop.0 270 1 tt nn"],
    ["selects", "do_select 72 1 tt nn"],
    ["elsewhere", "do_select 23 0 tt nn"],
    ["elsewhere", "do_sys_poll 7 0 tt nn"],
    ["polls", "do_epoll_wait 232 4 to nn"],
    ["elsewhere", "hrtimer_nanosleep 230 0 tt nn"],
    ["unknown", "hrtimer_nanosleep 230 0 tt nn", "-icanon -echo"],
    ["elsewhere", "hrtimer_nanosleep 230 0 oo nn", "-icanon -echo"],
    ["elsewhere", "anon_pipe_read 0 0 oo nn"],
    ["elsewhere", "do_wait 61 -1 tu nk"],
    ["elsewhere", "sigsuspend.isra.0 130 -1 tu nk"],
    ["elsewhere", "0 running - tu nn"],
    ["unknown", "0 0 - uu nn"],
    ["unknown", "futex_do_wait 202 -1 tu nn"],
  ];
  for (const [wait, row, settings] of waits) {
    const [terminal] = readTerminalListings(answer(row, settings), N)!;
    assert.equal(terminal!.processes[0]!.wait, wait, row);
  }
});

Deno.test("readTerminalListings() reads the rest of a process and its terminal", () => {
  const text = `banner\n${answer("wait_woken 0 0 tt fk 71", "speed 38400 baud; -icanon -echo")}\n`;
  const [terminal] = readTerminalListings(text, N)!;
  assert.deepEqual({ ...terminal, processes: undefined }, {
    shell: 4711,
    shellStart: "100",
    shellUid: 1000,
    shellHasTerminal: false,
    mode: "raw",
    echoes: false,
    hidesInput: false,
    keys: "",
    processes: undefined,
  });
  assert.deepEqual(terminal!.processes, [{
    pid: 5000,
    parent: 4711,
    start: "200",
    realUid: 1000,
    effectiveUid: 1000,
    wait: "reads",
    inputIsTerminal: true,
    readsOwnDescriptor: false,
    readsInThread: false,
    hasChild: true,
    isInstalled: false,
    holdsFile: true,
    written: 71,
    name: "x",
    command: "x",
    arguments: ["-f", "some words"],
  }]);
});

Deno.test("readTerminalListings() tells a secret's reader by its settings and its descriptor", () => {
  const read = (row: string, settings: string): readonly boolean[] => {
    const [terminal] = readTerminalListings(answer(row, settings), N)!;
    return [terminal!.hidesInput, terminal!.processes[0]!.readsOwnDescriptor];
  };
  const row = "wait_woken 0 0 tt nn";
  assert.deepEqual(read(row, "isig icanon -echo echok"), [false, false]);
  assert.deepEqual(read(row, "isig icanon -echo -echok"), [true, false]);
  assert.deepEqual(read(row, "-isig icanon -echo echok"), [true, false]);
  assert.deepEqual(read(row, "isig icanon echo -echok"), [false, false]);
  assert.deepEqual(read(row, "-isig -icanon -echo -echok"), [false, false]);
  assert.deepEqual(read("wait_woken 0 3 tt nn", "isig icanon -echo echok"), [false, true]);
});

Deno.test("readTerminalListings() takes a program of many commands for the command", () => {
  const busybox = answer("wait_woken 0 0 tt nn", undefined, "/bin/busybox");
  assert.equal(readTerminalListings(busybox, N)![0]!.processes[0]!.name, "x");
  const applet = busybox.replace(`${N} c x`, `${N} c busybox`).replace("a x\t-f", "a busybox\tsh");
  const [process] = readTerminalListings(applet, N)![0]!.processes;
  assert.deepEqual([process!.name, process!.arguments], ["ash", ["some words"]]);
});

Deno.test("readTerminalListings() takes nothing that is cut, too long, or not ours", () => {
  const whole = answer("wait_woken 0 0 tt nn");
  assert.equal(readTerminalListings(whole.slice(0, -2), N), undefined);
  assert.equal(readTerminalListings("", N), undefined);
  assert.equal(readTerminalListings(whole, N.replace("0", "1")), undefined);
  assert.equal(readTerminalListings(`${"x".repeat(MAX_ANSWER_CHARS)}\n${whole}`, N), undefined);
  assert.deepEqual(readTerminalListings(`${N} e`, N), []);
  const odd = [`${N}`, `${N} `, `${N} p`, `${N} t `, `${N} c x`, `${N} z`, `${N} e`].join("\n");
  assert.equal(readTerminalListings(odd, N)?.length, 1);
});

Deno.test("terminalReadersScript() is one line that may be put in single quotes for every shell", () => {
  for (const terminals of [{ shell: 4711 }, { known: [1, 2] }]) {
    assert.match(terminalReadersScript(terminals, N), /^[^'\n!]+$/);
  }
  assert.match(saneTerminalScript(4711), /^[^'\n!]+$/);
});

Deno.test("terminalReadersScript() lists of a young login shell what a look at every process lists", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using shell = await connection.openShell({ term: "xterm", columns: 80, rows: 24 });
  let shown = "";
  const reading = (async (): Promise<void> => {
    for await (const chunk of shell.output) shown += new TextDecoder().decode(chunk);
  })();
  await until("it prompts", () => shown.includes("$ "));
  // Its parent ends, so that it is nobody's child, and it stays in the shell's own process group.
  await shell.write(new TextEncoder().encode("set +m; (sleep 60 <&0 &); printf 'rea%s' dy\r"));
  await until("it prompts again", () => shown.slice(shown.indexOf("ready")).includes("$ "));
  const command = scriptCommand(terminalReadersScript({ known: [] }, N));
  const withoutGrep = command.replace("m*15000", "m*10").replace("grep -lsE", "no-such-program");
  const everyProcess = command.replace("m*15000", "m*999999999");
  assert.notEqual(everyProcess, command);
  const listed = async (asked: string): Promise<unknown> => {
    const { text } = await connection.run(asked, { limitBytes: 100_000, timeoutMs: 30_000 });
    const [terminal] = readTerminalListings(text, N)!;
    return terminal!.processes.map(({ pid, name, arguments: words, wait }) => [
      ...[pid, name, words, wait],
    ]);
  };
  const young = await listed(command) as readonly (readonly unknown[])[];
  assert.deepEqual(young, await listed(everyProcess));
  assert.deepEqual(young, await listed(withoutGrep));
  // Where the kernel has no autogroup, each file is read; where the login shell forks, its parent is asked.
  assert.deepEqual(young, await listed(command.replaceAll("/autogroup", "/no-such-file")));
  assert.deepEqual(young, await listed(`${command.replace("exec ", "")}; exit 3`));
  assert.deepEqual(young.map(([, name]) => name), ["bash", "sleep"]);
  assert.deepEqual(young.map(([, , words]) => words), [[], ["60"]]);
  await shell[Symbol.asyncDispose]();
  await reading;
});

Deno.test("readTerminalListings() reads the rows of ps(1) as FreeBSD and macOS print them", () => {
  const started = "Fri Nov 27 18:00:00 2026";
  const rows: readonly (readonly [wait: string, row: string, settings?: string])[] = [
    ["reads", `5000 4711 I+    1000 1000 ttyin  ${started} cat`],
    ["polls", `5000 4711 S+    1000 1000 select ${started} vim`, "-icanon -echo"],
    ["polls", `5000 4711 S+    1000 1000 kqread ${started} node`],
    ["elsewhere", `5000 4711 S+    1000 1000 nanslp ${started} sleep`],
    ["polls", `5000 4711 S+    1000 1000 nanslp ${started} cmatrix`, "-icanon -echo"],
    ["elsewhere", `5000 4711 R+    1000 1000 -      ${started} yes`],
    ["elsewhere", `5000 4711 T+    1000 1000 -      ${started} cat`],
    // macOS names no wait, or an address; a lock of FreeBSD has blanks in its name.
    ["polls", `5000 4711 Ss+   1000 1000 -      ${started} zsh`],
    ["polls", `5000 4711 S+    1000 1000 8a3f0c ${started} zsh`],
    ["unknown", `5000 4711 S+    1000    0 -      ${started} sudo`],
    ["elsewhere", `5000 4711 L+    1000 1000 *process lock ${started} a b`],
  ];
  for (const [wait, row, settings = "icanon -echo"] of rows) {
    const text = [
      `${N} b  4711  4700 Is     1000  1000 wait   ${started} sh`,
      `${N} b  ${row}`,
      `${N} b x y z`,
      `${N} b 5001 5000 S+ 1000 1000 select Someday`,
      `${N} w  5000 name -f some words`,
      `${N} t 4711 5000 4711 Fri_Nov_27_17:00:00_2026 1000 lflags: ${settings} isig`,
      `${N} e`,
    ].join("\n");
    const [terminal] = readTerminalListings(text, N)!;
    assert.equal(terminal!.shellStart, "Fri_Nov_27_17:00:00_2026");
    const [process, ...others] = terminal!.processes;
    assert.deepEqual(others, [], "the shell waits in the background");
    assert.equal(process!.wait, wait, row);
    assert.equal(process!.start, "Fri_Nov_27_18:00:00_2026");
    assert.deepEqual(process!.arguments, ["-f", "some", "words"]);
    assert.ok(!process!.isInstalled, "no password is typed to it");
  }
});
