import type { SshError } from "../../src/errors.ts";
import { openDevice, type OpenDeviceOptions } from "../../src/shell/device/open_device.ts";
import { ProfileTable } from "../../src/shell/device/profiles/profile_table.ts";
import type { CommandEvent, CommandExit, ExecuteOptions, Shell } from "../../src/shell/shell.ts";
import type { DoubleOptions } from "./device_double.ts";
import type { DoubleFamily } from "./double_family.ts";
import { Random } from "./random.ts";
import { ScriptedChannel, scriptedConnection } from "./scripted_channel.ts";
import { FakeClock } from "./fake_clock.ts";

/** What one command came to. */
export interface CommandResult {
  readonly text: string;
  readonly line: string;
  readonly exit: CommandExit | undefined;
  readonly lost: SshError | undefined;
  readonly events: readonly CommandEvent[];
}

/** How a double is opened. */
export interface DoubleSessionOptions extends Partial<DoubleOptions> {
  readonly seed?: number;
  readonly longestPiece?: number;
  readonly longestDelayMs?: number;
  readonly open?: Partial<OpenDeviceOptions>;
}

/** A shell on a double, in simulated time. */
export interface DoubleSession extends AsyncDisposable {
  readonly shell: Shell;
  readonly clock: FakeClock;
  readonly channel: ScriptedChannel;
  /** Runs a command to its end, answering its questions one by one. */
  run(
    command: string,
    options?: ExecuteOptions,
    answers?: readonly string[],
  ): Promise<CommandResult>;
}

/** Opens a shell on a double; its bytes come in random pieces and after random delays. */
export async function openDouble(
  family: DoubleFamily,
  options: DoubleSessionOptions = {},
): Promise<DoubleSession> {
  const clock = new FakeClock();
  const channel = new ScriptedChannel(family, { host: "edge-r1", ...options }, {
    clock,
    random: new Random(options.seed ?? 1),
    longestPiece: options.longestPiece ?? 64,
    longestDelayMs: options.longestDelayMs ?? 3,
  });
  const shell = await clock.run(openDevice(scriptedConnection(channel), {
    clock,
    profiles: new ProfileTable(),
    hostName: "edge",
    ...options.open,
  }));
  return {
    shell,
    clock,
    channel,
    run: (command, how = {}, answers = []) =>
      clock.run(collect(shell, shell.execute(command, how), answers)),
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
  };
}

/** Reads a command's events to the end; each question gets the next answer. */
export async function collect(
  shell: Shell,
  events: AsyncIterable<CommandEvent>,
  answers: readonly string[] = [],
): Promise<CommandResult> {
  const seen: CommandEvent[] = [];
  const left = [...answers];
  let text = "";
  let line = "";
  for await (const event of events) {
    seen.push(event);
    if (event.kind === "output") {
      text += event.text;
      line = event.line;
    }
    if (event.kind !== "question") continue;
    const answer = left.shift();
    if (answer === undefined) throw new Error(`Unexpected question: ${event.question.text}`);
    await shell.type(answer);
  }
  const last = seen.at(-1);
  return {
    text,
    line,
    exit: last?.kind === "exited" ? last.exit : undefined,
    lost: last?.kind === "lost" ? last.cause : undefined,
    events: seen,
  };
}
