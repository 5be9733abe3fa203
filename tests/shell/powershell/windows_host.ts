import { FakeChannel } from "../../support/fake_channel.ts";
import { ChannelError } from "../../../src/errors.ts";
import type { Channel, Connection, RunOptions } from "../../../src/transport/transport.ts";

/** The traits of a {@link WindowsHost}. */
export interface WindowsHostOptions {
  /** Answers the request that finds out the interpreter. */
  readonly interpreter?: string;
  /** Printed before PowerShell has set its code page. */
  readonly startUp?: Uint8Array;
  /** The word in place of "ready": another marker, text of something else, or nothing. */
  readonly answersWith?: (nonce: string) => string;
  /** PowerShell ends right after it. */
  readonly endsAtOnce?: boolean;
  /** The interpreter gets command lines without their double quotes. */
  readonly stripsQuotes?: boolean;
  /** Where the output is cut; at no place unless given. */
  readonly cuts?: readonly number[];
  /** A second PowerShell runs the loop, too, which is ready in time. */
  readonly hasLanguage?: boolean;
  /** The output of a command, and its status; undefined: it runs until it is stopped. */
  readonly run?: (command: string) => Outcome | undefined;
  /** The loop takes no notice of a stop. */
  readonly isDeaf?: boolean;
}

/** The end of a command. */
export interface Outcome {
  readonly out: Uint8Array | string;
  readonly status?: number;
  /** PowerShell ends with it. */
  readonly ends?: boolean;
}

const STOP = /^cmd \/c echo\.>\\\\\.\\pipe\\mcp-([0-9a-f]{32})$/;
const STOP_QUOTED = /^cmd \/c "echo\.>\\\\\.\\pipe\\mcp-([0-9a-f]{32})"$/;

/** A Windows host, as far as PowerShell sessions see it: the loop is played, not run. */
export class WindowsHost extends FakeChannel {
  /** Command lines that sshd handed to the interpreter, as that got them. */
  readonly lines: string[] = [];
  /** Commands that the loop took. */
  readonly commands: string[] = [];
  isDisposed = false;
  /** Bytes that were printed. */
  sent = 0;
  readonly #options: WindowsHostOptions;
  #input = new Uint8Array();
  #nonce = "";
  #isRunning = false;
  #isStarted = false;

  constructor(options: WindowsHostOptions = {}) {
    super();
    this.#options = options;
  }

  get connection(): Connection {
    const refuse = (): Promise<never> => Promise.reject(new ChannelError("refused", "no such"));
    return {
      ident: "SSH-2.0-OpenSSH_for_Windows_9.5",
      banner: "",
      hostKey: { verdict: "known", fingerprint: "SHA256:none", type: "ssh-ed25519" },
      method: "publickey",
      closed: new Promise(() => {}),
      openShell: refuse,
      exec: (line) => {
        this.#take(line);
        if (this.#isStarted) return Promise.resolve(this.#second());
        this.#isStarted = true;
        return Promise.resolve(this);
      },
      run: (line, options) => this.#runLine(line, options),
      openSftp: refuse,
      offerRoom: () => ({ [Symbol.dispose]: () => {} }),
      hold: () => ({ [Symbol.dispose]: () => {} }),
      isIdleSince: () => false,
      openTunnel: refuse,
      measureLatency: () => Promise.resolve(1),
      [Symbol.asyncDispose]: () => this[Symbol.asyncDispose](),
    };
  }

  override write(data: Uint8Array): Promise<void> {
    const input = new Uint8Array(this.#input.length + data.length);
    input.set(this.#input);
    input.set(data, this.#input.length);
    this.#input = input;
    if (this.#nonce === "") this.#readBootstrap();
    else if (!this.#isRunning) this.#readRequests();
    return Promise.resolve();
  }

  override signal(name: string): void {
    if (name === "KILL") this.close({ exitSignal: "KILL" });
  }

  /** Another process of PowerShell beside it. */
  #second(): Channel {
    const hasLanguage = this.#options.hasLanguage ?? true;
    const sent = Promise.withResolvers<string>();
    const output = async function* (): AsyncGenerator<Uint8Array> {
      const word = await sent.promise;
      const [, nonce] = /\n\} '([0-9a-f]{32})'\n\n/.exec(word) ?? [];
      if (hasLanguage) yield new TextEncoder().encode(`\x1b]7717;${nonce};R;5.1;Desktop;1;u\x07`);
    };
    return {
      output: output(),
      errorOutput: this.errorOutput,
      exit: sent.promise.then(() => ({ exitStatus: 0 })),
      write: (data) => Promise.resolve(sent.resolve(new TextDecoder().decode(data))),
      end: () => {},
      signal: () => {},
      resize: () => {},
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** PowerShell prints something. */
  print(out: Uint8Array | string): void {
    if (this.isClosed) return;
    const bytes = typeof out === "string" ? new TextEncoder().encode(out) : out;
    const end = this.sent + bytes.length;
    const cuts = (this.#options.cuts ?? []).filter((at) => at > this.sent && at < end);
    let from = 0;
    for (const at of [...cuts.map((cut) => cut - this.sent), bytes.length]) {
      if (at > from) this.send(bytes.slice(from, at));
      from = at;
    }
    this.sent = end;
  }

  override [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return super[Symbol.asyncDispose]();
  }

  #take(line: string): string {
    const taken = this.#options.stripsQuotes === true ? line.replaceAll('"', "") : line;
    this.lines.push(taken);
    return taken;
  }

  #runLine(line: string, options: RunOptions): Promise<{ text: string; isComplete: boolean }> {
    options.signal?.throwIfAborted();
    const taken = this.#take(line);
    const stopped = (STOP.exec(taken) ?? STOP_QUOTED.exec(taken))?.[1];
    if (stopped === this.#nonce && this.#isRunning && this.#options.isDeaf !== true) {
      this.#done({ out: "", status: 1 }, "s");
    }
    if (taken.startsWith("taskkill /F /T /PID 4242")) this.close({ exitStatus: 1 });
    const text = taken.startsWith("echo $0 ")
      ? this.#options.interpreter ?? "$0 Windows_NT $PSEdition\r\n"
      : "";
    return Promise.resolve({ text, isComplete: true });
  }

  /** PowerShell takes the block once its blank line is there. */
  #readBootstrap(): void {
    const text = new TextDecoder().decode(this.#input);
    const [, nonce] = /\n\} '([0-9a-f]{32})'\n\n/.exec(text) ?? [];
    if (nonce === undefined) return;
    this.#nonce = nonce;
    this.#input = new Uint8Array();
    const { startUp, answersWith, endsAtOnce } = this.#options;
    if (startUp !== undefined) this.print(startUp);
    const ready = this.#marker("W", "C:\\Users\\Jörg") +
      this.#marker("R", "5.1.20348.1;Desktop;4242;jörg");
    this.print(answersWith === undefined ? ready : answersWith(nonce));
    if (endsAtOnce === true) this.close({ exitStatus: 1 });
  }

  #readRequests(): void {
    for (let line = this.#line(); line !== undefined && !this.#isRunning; line = this.#line()) {
      const [, length] = new RegExp(`^${this.#nonce} (\\d+)(?: h)?$`).exec(line) ?? [];
      if (length === undefined) continue;
      const command = new TextDecoder().decode(this.#input.slice(0, Number(length)));
      this.#input = this.#input.slice(Number(length));
      this.commands.push(command);
      this.#isRunning = true;
      this.print(this.#marker("C", ""));
      const outcome = this.#options.run?.(command);
      if (outcome !== undefined) this.#done(outcome, outcome.ends === true ? "x" : "");
      if (this.#isRunning) return;
    }
  }

  #line(): string | undefined {
    const end = this.#input.indexOf(0x0a);
    if (end < 0) return undefined;
    const line = new TextDecoder().decode(this.#input.slice(0, end));
    this.#input = this.#input.slice(end + 1);
    return line;
  }

  #done({ out, status = 0 }: Outcome, flags: string): void {
    this.#isRunning = false;
    this.print(out);
    this.print(this.#marker("W", "C:\\Users\\Jörg") + this.#marker("D", `${status};${flags}`));
    if (flags.includes("x")) this.close({ exitStatus: status });
  }

  #marker(letter: string, fields: string): string {
    return `\x1b]7717;${this.#nonce};${letter};${fields}\x07`;
  }
}
