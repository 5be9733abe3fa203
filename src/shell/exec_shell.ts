import { type Clock, within } from "../clock.ts";
import { ConnectionLostError, InputError, type SshError, UnsupportedError } from "../errors.ts";
import { PlainText } from "../terminal/plain_text.ts";
import { Screen, type ScreenSnapshot, type TerminalSize } from "../terminal/screen.ts";
import { TERMINAL_SIZE } from "../terminal/terminal_size.ts";
import type { Channel, Connection } from "../transport/transport.ts";
import { EventQueue } from "./posix/event_queue.ts";
import { channelStatus } from "./posix/exit_status.ts";
import { busyShell } from "./posix/shell_errors.ts";
import type { CommandEvent, ExecuteOptions, Shell, ShellFacts } from "./shell.ts";

/** Told with each command. */
const NOTHING_PERSISTS =
  "no terminal: this login may have none, so the command ran by itself; its directory and variables " +
  "do not persist";
/** Told by list_sessions. */
const FACTS_NOTE =
  "no terminal: each command runs by itself, nothing persists (directory, variables, jobs); no " +
  "password can be asked; send_input goes to standard input, Ctrl-D ends it";

/** One pipe for both streams keeps their order; a shell that knows the words says so there. */
const MERGE = "exec 2>&1; ";
const MERGED = "mcp-ssh-merged:";
const TOLD = /^mcp-ssh-merged:[^\n]*\n/m;
const ASK_MS = 5_000;
const ASK_BYTES = 256 * 1024;
/** A killed command's time to end before its channel is closed. */
const KILL_MS = 1_000;
/** A channel may end just before its connection. */
const FAREWELL_MS = 50;

/** The keys that a terminal would make signals of (VINTR, VQUIT, VSUSP) or an end of input (VEOF). */
// deno-lint-ignore no-control-regex
const KEYS = /([\x03\x04\x1a\x1c])/;
// deno-lint-ignore no-control-regex
const ENTER_BEHIND_END = /\x04[\r\n]$/;
const SIGNAL_OF: Readonly<Record<string, string>> = {
  "\x03": "INT",
  "\x1a": "TSTP",
  "\x1c": "QUIT",
};

/** The means of an {@link ExecShell}. */
export interface ExecShellOptions {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
}

/** Opens a shell without a terminal, for a Unix login that is granted none but may run commands. */
export async function openExecShell(
  connection: Connection,
  options: ExecShellOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Shell> {
  const { text } = await connection.run(`${MERGE}echo "${MERGED}$SHELL" >&2`, {
    limitBytes: ASK_BYTES,
    timeoutMs: ASK_MS,
    until: (text) => TOLD.test(text),
    signal: options.signal,
  });
  const told = text.split("\n").find((line) => line.startsWith(MERGED));
  const name = told?.slice(told.lastIndexOf("/") + 1) ?? "";
  return new ExecShell(connection, options, {
    prefix: told === undefined ? "" : MERGE,
    shellKind: /^\w{1,20}$/.test(name) ? name : "sh",
  });
}

/** One command, from its request to the end of its channel. */
interface Running {
  readonly command: string;
  readonly events: EventQueue;
  readonly channel: Promise<Channel>;
  input: "open" | "ended";
}

/** Runs each command in a channel of its own, without a pty (RFC 4254 §6.5). */
class ExecShell implements Shell {
  readonly pids = [];
  readonly ended: Promise<SshError | undefined>;
  readonly #connection: Connection;
  readonly #options: ExecShellOptions;
  readonly #kind: { readonly prefix: string; readonly shellKind: string };
  readonly #screen = new Screen(TERMINAL_SIZE);
  #settleEnded: (fault: SshError | undefined) => void = () => {};
  #running: Running | undefined;
  #gone: "open" | "gone" = "open";

  constructor(
    connection: Connection,
    options: ExecShellOptions,
    kind: { readonly prefix: string; readonly shellKind: string },
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#kind = kind;
    this.ended = new Promise((resolve) => this.#settleEnded = resolve);
    void connection.closed.then((fault) => this.#end(fault));
  }

  get facts(): ShellFacts {
    return { shellKind: this.#kind.shellKind, depth: 0, note: FACTS_NOTE };
  }

  get applicationCursorKeys(): boolean {
    return this.#screen.applicationCursorKeys;
  }

  get drawsScreen(): boolean {
    return false;
  }

  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    options.signal?.throwIfAborted();
    this.#check(command, options);
    // From here on the command may run: whatever is lost later is never repeated.
    yield { kind: "started" };
    const { environment } = this.#options;
    const running: Running = {
      command,
      events: new EventQueue(),
      channel: this.#connection.exec(this.#kind.prefix + command, { environment }),
      input: "open",
    };
    this.#running = running;
    try {
      void this.#follow(running);
      yield* running.events;
    } finally {
      this.#running = undefined;
      this.#screen.leave();
    }
  }

  async type(data: string): Promise<void> {
    // The Enter that comes along behind Ctrl-D is nobody's.
    for (const part of data.replace(ENTER_BEHIND_END, "\x04").split(KEYS)) {
      const signal = SIGNAL_OF[part];
      if (signal !== undefined) await this.signal(signal);
      else if (part === "\x04") await this.#endInput();
      else if (part !== "") await this.#write(part.replace(/\r\n?/g, "\n"));
    }
  }

  /** To the command's process group, by sshd; a command that outlives KILL loses its channel. */
  async signal(name: string): Promise<void> {
    if (name === "TSTP") {
      throw new UnsupportedError(
        "TSTP would stop the command for good: without a terminal there is no job control",
        "Send INT or TERM",
      );
    }
    const { channel: opening } = this.#current();
    const channel = await opening;
    channel.signal(name);
    if (name !== "KILL") return;
    const isOver = await within(this.#options.clock, KILL_MS, channel.exit.then(() => true));
    if (!isOver) await channel[Symbol.asyncDispose]();
  }

  screen(): Promise<ScreenSnapshot> {
    return this.#screen.snapshot();
  }

  watch(watcher: (text: string) => void): TerminalSize {
    return this.#screen.watch(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#end(undefined);
    await running?.channel.then((channel) => channel[Symbol.asyncDispose](), () => {});
    running?.events.push({ kind: "lost", cause: closedChannel() });
    running?.events.close();
  }

  #check(command: string, { sudo }: ExecuteOptions): void {
    if (this.#gone === "gone") {
      throw new ConnectionLostError("The connection is gone", "Run the command again");
    }
    if (this.#running !== undefined) throw busyShell(this.#running.command);
    if (command.includes("\0")) throw new InputError("The command holds a NUL", "Leave it out");
    if (sudo?.scope !== "whole") return;
    throw new UnsupportedError(
      "sudo_password needs a terminal, and this login is granted none (PermitTTY no, or the key " +
        "options restrict and no-pty)",
      "Run sudo -n with a NOPASSWD rule, or let the login have a pty",
    );
  }

  #current(): Running {
    if (this.#running !== undefined) return this.#running;
    throw new UnsupportedError("No command runs here", "Without a terminal only a command reads");
  }

  async #write(text: string): Promise<void> {
    const running = this.#current();
    if (running.input === "ended") {
      throw new UnsupportedError("The command's standard input has ended", "Wait, or interrupt it");
    }
    await (await running.channel).write(new TextEncoder().encode(text));
  }

  async #endInput(): Promise<void> {
    const running = this.#current();
    running.input = "ended";
    (await running.channel).end();
  }

  /** Passes on all that the command prints, then its end. */
  async #follow({ events, channel: opening }: Running): Promise<void> {
    try {
      await using channel = await opening;
      const text = new PlainText();
      const pass = (printed: string): void => {
        if (printed === "") return;
        this.#screen.feed(printed.replaceAll("\n", "\r\n"));
        const { text: lines, line, rewound } = text.write(printed);
        events.push({ kind: "output", text: lines, line, ...(rewound > 0 ? { rewound } : {}) });
      };
      await Promise.all([readText(channel.output, pass), readText(channel.errorOutput, pass)]);
      events.push(await this.#endOf(channel));
      events.close();
    } catch (error) {
      events.fail(error);
    }
  }

  async #endOf(channel: Channel): Promise<CommandEvent> {
    const exit = channelStatus(await channel.exit);
    if (exit !== undefined) return { kind: "exited", exit: { ...exit, note: NOTHING_PERSISTS } };
    const fault = await within(this.#options.clock, FAREWELL_MS, this.#connection.closed);
    return { kind: "lost", cause: fault ?? closedChannel() };
  }

  #end(fault: SshError | undefined): void {
    if (this.#gone === "gone") return;
    this.#gone = "gone";
    this.#screen[Symbol.dispose]();
    this.#settleEnded(fault);
  }
}

async function readText(
  bytes: AsyncIterable<Uint8Array>,
  pass: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of bytes) pass(decoder.decode(chunk, { stream: true }));
  pass(decoder.decode());
}

function closedChannel(): ConnectionLostError {
  return new ConnectionLostError(
    "The command's channel was closed before it told its end; it may still run on the host",
    "Look for its effects before running it again",
  );
}
