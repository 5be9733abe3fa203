import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";

/** What one job cost. */
export interface JobFigures {
  readonly calls: number;
  /** Of all replies. */
  readonly characters: number;
  /** The longest time from a command's typing to the first reply on it, as the replies say. */
  readonly slowestMs: number;
}

/** One who does a job through the tools alone, and what that costs. */
export class Agent {
  readonly #server: ServerUnderTest;
  readonly host: string;
  #calls = 0;
  #characters = 0;
  #slowestMs = 0;

  constructor(server: ServerUnderTest, host: string = server.host) {
    this.#server = server;
    this.host = host;
  }

  get figures(): JobFigures {
    return { calls: this.#calls, characters: this.#characters, slowestMs: this.#slowestMs };
  }

  async call(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolReply> {
    const reply = await this.#server.call(name, args);
    this.#calls += 1;
    this.#characters += reply.text.length;
    return reply;
  }

  async run(command: string, more: Readonly<Record<string, unknown>> = {}): Promise<ToolReply> {
    const reply = await this.call("execute_command", { host: this.host, command, ...more });
    this.#slowestMs = Math.max(this.#slowestMs, reply.meta?.duration_ms ?? 0);
    return reply;
  }

  input(to: ToolReply, input_text: string, secret?: "secret"): Promise<ToolReply> {
    const hidden = secret === undefined ? {} : { secret: true };
    return this.call("send_input", { command_id: idOf(to), input_text, ...hidden });
  }

  keys(to: ToolReply, keys: string): Promise<ToolReply> {
    return this.call("send_keys", { command_id: idOf(to), keys });
  }
}
