import type { JSONRPCMessage, Transport } from "./packages/mcp_sdk.ts";

/** A started server program: its process, and what it wrote on standard error so far. */
export interface StdioProcess {
  readonly child: Deno.ChildProcess;
  stderr(): string;
}

/**
 * The MCP stdio transport (one JSON-RPC message per line) over `Deno.Command`.
 *
 * The client SDK's own spawns through `node:child_process`, which inherits variables of its choice
 * and leaves a pipe open under Deno's leak sanitizer.
 */
export class StdioTransport implements Transport, StdioProcess {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;

  readonly child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #logging: Promise<void>;
  #stderr = "";
  #inputOpen = true;

  /** Starts `argv` with exactly `env`. */
  constructor(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>) {
    const [program, ...args] = argv;
    this.child = new Deno.Command(program, {
      args,
      env: { ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.child.stdin.getWriter();
    this.#reading = this.#read();
    this.#logging = this.#log();
  }

  stderr(): string {
    return this.#stderr;
  }

  /** Nothing to do: the program runs since the constructor. */
  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    await this.sendLine(JSON.stringify(message));
  }

  /** Writes one raw line, which need not be JSON. */
  async sendLine(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Ends the program's input, as a client that goes away does; returns its exit status. */
  async endInput(): Promise<number> {
    if (this.#inputOpen) await this.#writer.close().catch(() => {});
    this.#inputOpen = false;
    return (await this.child.status).code;
  }

  /** Ends the input, and after 5 s the program; then everything is drained. */
  async close(): Promise<void> {
    const killer = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.endInput();
    clearTimeout(killer);
    await Promise.all([this.#reading, this.#logging]);
  }

  async #read(): Promise<void> {
    let parts: string[] = [];
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      // A message of megabytes comes in many chunks: they are joined once, not with each chunk.
      const lines = text.split("\n");
      parts.push(lines[0]!);
      for (const next of lines.slice(1)) {
        this.#deliver(parts.join(""));
        parts = [next];
      }
    }
    this.onclose?.();
  }

  #deliver(line: string): void {
    try {
      this.onmessage?.(JSON.parse(line) as JSONRPCMessage);
    } catch (cause) {
      this.onerror?.(new Error(`Not a JSON-RPC line on stdout: ${line.slice(0, 200)}`, { cause }));
    }
  }

  async #log(): Promise<void> {
    for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
    }
  }
}
