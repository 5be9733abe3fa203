import assert from "node:assert/strict";
import { UnsupportedError } from "../../../src/errors.ts";
import { openPowerShell } from "../../../src/shell/powershell/open_powershell.ts";
import { openShell } from "../../../src/shell/open_shell.ts";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import type { Shell } from "../../../src/shell/shell.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { exitOf, textOf } from "../../support/played_shell.ts";
import type { CommandEvent } from "../../../src/shell/shell.ts";
import { WindowsHost, type WindowsHostOptions } from "./windows_host.ts";

/** "Größe: ±1" and a line end, as code page 437 has them: none of it is UTF-8. */
const CODE_PAGE_437 = Uint8Array.of(
  ...[0x47, 0x72, 0x94, 0xe1, 0x65, 0x3a, 0x20, 0xf1, 0x31, 0x0d, 0x0a, 0xe2],
);

Deno.test("openPowerShell() passes over start-up text in code page 437", async () => {
  for (const startUp of [CODE_PAGE_437, Uint8Array.of(0xf0), Uint8Array.of(0xff, 0xfe, 0x00)]) {
    const { shell } = await opened({ startUp, run: (command) => ({ out: `${command}\r\n` }) });
    assert.equal(shell.facts.cwd, "C:\\Users\\Jörg");
    assert.equal(shell.facts.shellKind, "powershell 5.1");
    assert.deepEqual(await resultOf(shell, "'ü€😀'"), ["'ü€😀'\n", 0]);
    await shell[Symbol.asyncDispose]();
  }
});

Deno.test("openPowerShell() works where double quotes are stripped from command lines", async () => {
  for (const interpreter of [undefined, "%OS%\r\nDesktop\r\n"]) {
    const { shell, host, clock } = await opened({
      stripsQuotes: true,
      ...(interpreter === undefined ? {} : { interpreter }),
    });
    assert.match(host.lines.at(-1)!, /^cmd \/c powershell [^"]*-Command - 2>&1$/);
    const { events, over } = running(shell, "while ($true) { }");
    await settledTasks();
    await clock.run(shell.signal!("INT"));
    await clock.run(over);
    assert.deepEqual(exitOf(events), 1);
    assert.equal(host.commands.length, 1);
    await shell[Symbol.asyncDispose]();
  }
});

Deno.test("openPowerShell() finds markers wherever they are cut", async () => {
  const out = "a\x1b]7717;x\r\nü";
  const total = await transcriptLength(out);
  const everyByte = Array.from({ length: total }, (_, at) => at);
  for (const cuts of [everyByte, ...everyByte.map((at) => [at])]) {
    const { shell } = await opened({ cuts, run: () => ({ out, status: 7 }) });
    assert.equal(shell.facts.cwd, "C:\\Users\\Jörg", `cut at ${cuts}`);
    const [, status] = await resultOf(shell, "x");
    assert.equal(status, 7, `cut at ${cuts}`);
    assert.equal(shell.facts.cwd, "C:\\Users\\Jörg", `cut at ${cuts}`);
    await shell[Symbol.asyncDispose]();
  }
});

Deno.test("openPowerShell() gives up on a loop that never answers, within 60 s", async () => {
  const host = new WindowsHost({ answersWith: () => "" });
  const clock = new FakeClock();
  const opening = openPowerShell(host.connection, { clock, environment: {}, hostName: "win" });
  const began = clock.now();
  await assert.rejects(clock.run(opening), (error: UnsupportedError) => {
    assert.ok(error instanceof UnsupportedError);
    assert.match(
      error.message,
      /^PowerShell on win did not answer within 60 s; it printed nothing/,
    );
    return true;
  });
  assert.ok(clock.now() - began <= 61_000);
  assert.ok(host.isDisposed);
});

Deno.test("a PowerShell loop that takes no notice of a stop is ended by KILL", async () => {
  const { shell, host, clock } = await opened({ isDeaf: true });
  const { events, over } = running(shell, "while ($true) { }");
  await settledTasks();
  const began = clock.now();
  await clock.run(shell.signal!("INT"));
  assert.ok(clock.now() - began <= 2_000);
  assert.equal(exitOf(events), undefined);
  await clock.run(shell.signal!("KILL"));
  await clock.run(over);
  assert.ok(host.lines.includes("taskkill /F /T /PID 4242"));
  assert.equal(events.at(-1)?.kind, "exited");
  assert.equal(await shell.ended, undefined);
});

Deno.test("a PowerShell process that ends in the middle of a command ends its session", async () => {
  const { shell, host, clock } = await opened({ run: () => undefined });
  const { over, events } = running(shell, "x");
  await settledTasks();
  host.print("half");
  host.close({ exitStatus: 3 });
  await clock.run(over);
  assert.equal(textOf(events), "half");
  assert.equal(exitOf(events), 3);
  await shell.ended;
});

const NO_LANGUAGE =
  "The syntax is not supported by this runspace. This can occur if the runspace is " +
  "in no-language mode.\r\n";

/** Far ends that do not run the loop, and the fact that the error reports. */
const REFUSED: Readonly<Record<string, readonly [WindowsHostOptions, RegExp]>> = {
  ConstrainedLanguage: [
    { answersWith: (nonce) => `\x1b]7717;${nonce};L;ConstrainedLanguage\x07` },
    /runs in ConstrainedLanguage mode/,
  ],
  "a language mode in the middle of text": [
    { answersWith: (nonce) => `hello\x1b]7717;${nonce};L;RestrictedLanguage\x07` },
    /runs in RestrictedLanguage mode/,
  ],
  "JEA without a language": [
    { answersWith: () => NO_LANGUAGE, hasLanguage: false },
    /does not run the script that drives a session.*; it printed: The syntax is not supported/s,
  ],
  "JEA that reports nothing": [
    { answersWith: () => "", hasLanguage: false },
    /does not run the script that drives a session.*; it printed nothing/s,
  ],
  "a program that echoes its input": [
    { answersWith: (nonce) => `> mcp-${nonce}\r\n`, hasLanguage: false },
    /does not run the script that drives a session.*; it printed: > mcp-/s,
  ],
  "JEA as the default shell": [
    { interpreter: NO_LANGUAGE },
    /neither cmd, PowerShell nor bash answered .*; it printed: The syntax is not supported/,
  ],
  "Nano Server": [
    {
      answersWith: () =>
        "'powershell' is not recognized as an internal or external command,\r\n" +
        "operable program or batch file.\r\n",
      endsAtOnce: true,
    },
    /did not start on win; it printed: 'powershell' is not recognized/,
  ],
  "a ForceCommand": [
    { interpreter: "This account runs backups only.\r\n" },
    /neither cmd, PowerShell nor bash answered .*; it printed: This account runs backups only\.$/,
  ],
  "a ForceCommand that prints nothing": [{ interpreter: "" }, /answered its exec request$/],
};

for (const [what, [options, fact]] of Object.entries(REFUSED)) {
  Deno.test(`openShell() refuses ${what} on a Windows host, with the fact`, async () => {
    const host = new WindowsHost(options);
    const clock = new FakeClock();
    const opening = openShell(host.connection, {
      clock,
      profiles: new ProfileTable(),
      environment: {},
      hostName: "win",
    });
    await assert.rejects(clock.run(opening), (error: UnsupportedError) => {
      assert.ok(error instanceof UnsupportedError, String(error));
      assert.match(error.message, fact);
      return true;
    });
    if (host.lines.length > 1) assert.ok(host.isDisposed);
  });
}

interface Opened {
  readonly shell: Shell;
  readonly host: WindowsHost;
  readonly clock: FakeClock;
}

async function opened(options: WindowsHostOptions): Promise<Opened> {
  const host = new WindowsHost(options);
  const clock = new FakeClock();
  const shell = await openPowerShell(host.connection, { clock, environment: {}, hostName: "win" });
  return { shell, host, clock };
}

function running(shell: Shell, command: string): { events: CommandEvent[]; over: Promise<void> } {
  const events: CommandEvent[] = [];
  const over = (async (): Promise<void> => {
    for await (const event of shell.execute(command)) events.push(event);
  })();
  return { events, over };
}

async function resultOf(shell: Shell, command: string): Promise<unknown[]> {
  const { events, over } = running(shell, command);
  await over;
  return [textOf(events), exitOf(events)];
}

/** Bytes of a whole session with one command that prints this. */
async function transcriptLength(out: string): Promise<number> {
  const { shell, host } = await opened({ run: () => ({ out, status: 7 }) });
  await resultOf(shell, "x");
  await shell[Symbol.asyncDispose]();
  return host.sent;
}

async function settledTasks(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
