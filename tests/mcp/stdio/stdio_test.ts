import assert from "node:assert/strict";
import { until } from "../../support/condition.ts";
import { residentBytes } from "../../support/processes.ts";
import { programCommand, runtimeEnvironment } from "../../support/program.ts";

interface Message {
  readonly id?: number | string | null;
  // deno-lint-ignore no-explicit-any -- whatever the program says
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string };
}

/** The program over bare pipes. */
class Program implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly child: Deno.ChildProcess;
  readonly input: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.child = child;
    this.input = child.stdin.getWriter();
  }

  static async start(): Promise<Program> {
    const [program, ...args] = programCommand();
    const env = { ...await runtimeEnvironment(), HOME: "/nonexistent", MCP_SSH_LOG: "off" };
    const pipes = { stdin: "piped", stdout: "piped", stderr: "null" } as const;
    return new Program(new Deno.Command(program, { args, env, clearEnv: true, ...pipes }).spawn());
  }

  async send(...messages: readonly object[]): Promise<void> {
    const lines = messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    await this.sendText(lines.join(""));
  }

  async sendText(text: string): Promise<void> {
    await this.input.write(new TextEncoder().encode(text));
  }

  /** Begins to read; until then the program's output waits in the pipe. */
  read(): void {
    void this.#read();
  }

  async answer(id: number): Promise<Message> {
    return await until(`an answer to ${id}`, () => this.messages.find((one) => one.id === id));
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: "tests", version: "0" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    await this.send({ id: 0, method: "initialize", params });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.input.close().catch(() => {});
    await this.child.status;
    await this.child.stdout.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines) this.messages.push(JSON.parse(line));
    }
  }
}

function callTool(id: number, name: string, args: object = {}): object {
  return { id, method: "tools/call", params: { name, arguments: args } };
}

Deno.test("serveOnStdio() survives what is not JSON or not JSON-RPC, and unknown methods", async () => {
  await using program = await Program.start();
  program.read();
  await program.initialize();
  await program.sendText('garbage {\n[1,2]\n\n"text"\n{"jsonrpc":"1.0"}\n');
  await program.send({ id: 1, method: "no/such/method" }, callTool(2, "list_sessions"));
  assert.equal((await program.answer(1)).error?.code, -32601);
  assert.equal((await program.answer(2)).result.content[0].text, "No session is open");
});

/** Requests that are none, and the id that their answer bears. */
const NO_REQUESTS: readonly (readonly [text: string, id: number | string | null])[] = [
  ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 1.5],
  ['{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', null],
  ['{"jsonrpc":"2.0","id":null,"method":"ping"}', null],
  ['{"jsonrpc":"2.0","id":[],"method":"ping"}', null],
  ['{"jsonrpc":"1.0","id":"a","method":"ping"}', "a"],
  ['{"id":7,"method":"ping"}', 7],
  ['[{"jsonrpc":"2.0","id":8,"method":"ping"}]', null],
];

Deno.test("serveOnStdio() answers requests that are none of JSON-RPC's", async () => {
  await using program = await Program.start();
  program.read();
  await program.initialize();
  await program.answer(0);
  for (const [text, id] of NO_REQUESTS) {
    const before = program.messages.length;
    await program.sendText(`${text}\n`);
    const answer = await until(`an answer to ${text}`, () => program.messages[before]);
    assert.deepEqual([answer.id, answer.error?.code], [id, -32600], text);
  }
  await program.sendText('{"jsonrpc":"2.0","id":8,"result":7}\n{"jsonrpc":"2.0","params":[]}\n');
  await program.send(callTool(9, "list_sessions"));
  await program.answer(9);
  assert.equal(program.messages.length, NO_REQUESTS.length + 2);
});

Deno.test("serveOnStdio() speaks 2026-07-28 without an initialize", async () => {
  await using program = await Program.start();
  program.read();
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "tests", version: "0" },
  };
  await program.send({ id: 1, method: "server/discover", params: { _meta } });
  assert.deepEqual((await program.answer(1)).result.supportedVersions, ["2026-07-28"]);
  const params = { name: "list_sessions", arguments: {}, _meta };
  await program.send({ id: 2, method: "tools/call", params });
  assert.deepEqual((await program.answer(2)).result.structuredContent, { sessions: [] });
});

Deno.test("serveOnStdio() takes a message of 12 MiB", async () => {
  await using program = await Program.start();
  program.read();
  await program.initialize();
  const command_id = "x".repeat(12 * 1024 * 1024);
  await program.send(callTool(1, "get_command_status", { command_id }));
  const { result } = await program.answer(1);
  assert.ok(result.isError);
  assert.ok(JSON.stringify(result).length < 1_000);
});

Deno.test("serveOnStdio() ends with status 0 soon after the end of its input", async () => {
  await using program = await Program.start();
  program.read();
  await program.initialize();
  await program.answer(0);
  await program.send(callTool(1, "execute_command", { host: "192.0.2.1", command: "true" }));
  await program.input.close();
  assert.equal((await program.child.status).code, 0);
});

Deno.test("serveOnStdio() ends when nobody can read its output any more", async () => {
  await using program = await Program.start();
  await program.child.stdout.cancel();
  await program.initialize();
  await program.send(callTool(1, "list_sessions")).catch(() => {});
  assert.equal((await program.child.status).code, 0);
});

Deno.test("serveOnStdio() ends on SIGTERM with status 0", async () => {
  await using program = await Program.start();
  program.read();
  await program.initialize();
  await program.answer(0);
  program.child.kill("SIGTERM");
  assert.equal((await program.child.status).code, 0);
});

Deno.test("serveOnStdio() stays small while its client reads nothing, then answers everything", async () => {
  await using program = await Program.start();
  await program.initialize();
  const count = 4_000;
  const requests = Array.from({ length: count }, (_, id) => ({ id: id + 1, method: "tools/list" }));
  const sending = program.send(...requests);
  // 60 MB of answers are due: they may not pile up in the program.
  const grown = await until("the program has taken what it takes", async () => {
    const before = await residentBytes(program.child.pid);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await residentBytes(program.child.pid);
    return after - before < 500_000 ? after : undefined;
  });
  assert.ok(grown < 250_000_000, `${grown} bytes resident`);
  program.read();
  await sending;
  await program.answer(count);
  assert.equal(program.messages.length, count + 1);
});
