import type { HostInquiry } from "../../src/shell/posix/readers/reader_verdict.ts";
import { PosixShell } from "../../src/shell/posix/posix_shell.ts";
import type { CommandEvent } from "../../src/shell/shell.ts";
import type { ChannelExit } from "../../src/transport/transport.ts";
import { FakeChannel } from "./fake_channel.ts";
import { FakeClock } from "./fake_clock.ts";

/** The far end of a pty, played by the test: what was typed is read, what it prints is sent. */
export class FarEnd extends FakeChannel {
  /** Process id that the shell reports with its prompt. */
  pid = "4711";
  /** How the output is cut on its way. */
  chunkLength = Infinity;

  /** The nonce of the shell that was probed last. */
  get nonce(): string {
    return [...this.typed.matchAll(/;H;%s\\007' ([0-9a-f]{32})/g)].at(-1)?.[1] ?? "";
  }

  /** The id of the command that was typed last. */
  get id(): string {
    return [...this.typed.matchAll(/_mcp_ssh_\w{4}i=([0-9a-f]+)/g)].at(-1)?.[1] ?? "";
  }

  async print(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const length = Math.min(this.chunkLength, bytes.length);
    for (let at = 0; at < bytes.length; at += length) {
      this.send(bytes.slice(at, at + length));
      if (length < bytes.length) await flushed();
    }
    await flushed();
  }

  /** A marker with the fields behind the command's id and the shell, which are put in. */
  marker(letter: string, fields?: string, nonce = this.nonce): string {
    const own = letter === "P" ? `;${this.id};${this.pid};;` : `;${this.id};`;
    const start = letter === "C" ? `;${this.id}` : ["D", "P", "W"].includes(letter) ? own : ";";
    return `\x1b]7717;${nonce};${letter}${start}${fields ?? ""}\x07`;
  }

  override async close(exit: ChannelExit = {}): Promise<void> {
    await super.close(exit);
    await flushed();
  }
}

/** Lets every promise that can settle do so. */
export async function flushed(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
}

/** A shell and its far end; disposing closes it. */
export interface Played extends AsyncDisposable {
  readonly shell: PosixShell;
  readonly far: FarEnd;
  readonly clock: FakeClock;
}

/** A shell that has not printed anything yet, on a host that can be asked so much. */
export function play(host: HostInquiry = {}): Played {
  const clock = new FakeClock();
  const far = new FarEnd();
  const shell = new PosixShell(far, { clock, columns: 200, rows: 50, ...host });
  return { shell, far, clock, [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose]() };
}

/** A bash that has been set up and waits. */
export async function playBash(host: HostInquiry = {}): Promise<Played> {
  const played = play(host);
  const { far, clock } = played;
  await far.print("Welcome\r\nuser@host:~$ ");
  clock.advance(1_000);
  await flushed();
  await far.print(far.marker("H", "1") + far.marker("K", "5.2;;;;4711;himBs;-bash;A;/bin/bash"));
  await far.print(
    `${far.marker("R", "tty")}${far.marker("W", "/home/user")}${far.marker("P", "0;\r\n")}`,
  );
  far.typed = far.typed.slice(0, far.typed.indexOf("\n") + 1);
  return played;
}

/** Runs a command and collects its events as they come. */
export function run(
  shell: PosixShell,
  command: string,
): { events: CommandEvent[]; over: Promise<void> } {
  const events: CommandEvent[] = [];
  const over = (async (): Promise<void> => {
    for await (const event of shell.execute(command)) events.push(event);
  })();
  over.catch(() => {});
  return { events, over };
}

/** All text that the events show. */
export function textOf(events: readonly CommandEvent[]): string {
  let line = "";
  const text = events.map((event) => {
    if (event.kind !== "output") return "";
    line = event.line;
    return event.text;
  }).join("");
  return text + line;
}

/** The exit status, where the last event tells one. */
export function exitOf(events: readonly CommandEvent[]): number | null | undefined {
  const last = events.at(-1);
  return last?.kind === "exited" ? last.exit.exitStatus : undefined;
}

/** The far end tells the end of a command, and prompts. */
export async function finish(far: FarEnd, status: string): Promise<void> {
  await far.print(
    `${far.marker("W", "/home/user")}${far.marker("D", `${status};himBs\r\n`)}${
      far.marker("P", `${status};\r\n`)
    }`,
  );
}
