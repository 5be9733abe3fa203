import { until } from "./condition.ts";
import { programCommand, runtimeEnvironment } from "./program.ts";

/** A JSON-RPC message of the program; what it holds is what a test is about. */
export interface BareMessage {
  readonly id?: number | null;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any -- whatever the program says
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string };
}

/**
 * The program over bare pipes, for clients that misbehave: its output is read only once told so.
 *
 * Disposing ends its input, and the program after 5 s.
 */
export class BareProgram implements AsyncDisposable {
  readonly messages: BareMessage[] = [];
  readonly child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  #reading: Promise<void> | undefined;
  #stderr = "";
  readonly #logging: Promise<void>;
  readonly #answers = new Map<number, BareMessage>();

  private constructor(child: Deno.ChildProcess) {
    this.child = child;
    this.#input = child.stdin.getWriter();
    this.#output = child.stdout.getReader();
    this.#logging = this.#log();
  }

  /** Starts the program with exactly `env` beside what Deno itself needs. */
  static async start(env: Readonly<Record<string, string>>): Promise<BareProgram> {
    const [program, ...args] = programCommand();
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const all = { ...await runtimeEnvironment(), ...env };
    return new BareProgram(
      new Deno.Command(program, { args, env: all, clearEnv: true, ...pipes }).spawn(),
    );
  }

  /** What it wrote on standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Sends messages as lines, in one write. */
  async send(...messages: readonly object[]): Promise<void> {
    const lines = messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await this.sendBytes(new TextEncoder().encode(lines.join("")));
  }

  /** Sends whatever these bytes are. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#input.write(bytes);
  }

  /** Begins to read; until then the program's output waits in the pipe. */
  read(): void {
    this.#reading ??= this.#read();
  }

  /** Sends `initialize` as request 0; its answer need not be awaited. */
  async initialize(): Promise<void> {
    const clientInfo = { name: "tests", version: "0" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    await this.send({ id: 0, method: "initialize", params });
    await this.send({ method: "notifications/initialized" });
  }

  /** The answer to a request, once it is here. */
  async answer(id: number, timeoutMs = 90_000): Promise<BareMessage> {
    return await until(`an answer to ${id}`, () => this.#answers.get(id), { timeoutMs });
  }

  /** Closes the program's output, as a client that crashed does. */
  async closeOutput(): Promise<void> {
    await this.#output.cancel();
    this.#reading ??= Promise.resolve();
  }

  /** Ends the program's input; resolves with its exit status and the milliseconds it took. */
  async end(): Promise<{ readonly code: number; readonly tookMs: number }> {
    const begun = performance.now();
    await this.#input.close().catch(() => {});
    const { code } = await this.child.status;
    return { code, tookMs: performance.now() - begun };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const killer = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.#input.close().catch(() => {});
    this.read();
    await this.child.status;
    clearTimeout(killer);
    await Promise.all([this.#reading, this.#logging]);
  }

  async #read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await this.#output.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(JSON.parse(line));
    }
  }

  #take(message: BareMessage): void {
    this.messages.push(message);
    if (typeof message.id === "number") this.#answers.set(message.id, message);
  }

  async #log(): Promise<void> {
    for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
    }
  }
}

/** A `tools/call` request. */
export function callTool(id: number, name: string, args: object = {}): object {
  return { id, method: "tools/call", params: { name, arguments: args } };
}
