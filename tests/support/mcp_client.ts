import {
  type CallToolResult,
  Client,
  type ClientCapabilities,
  type Progress,
  type Tool,
} from "./packages/mcp_sdk.ts";
import { residentBytes } from "./processes.ts";
import { programCommand, runtimeEnvironment } from "./program.ts";
import { DEFAULT_ALIAS } from "./sshd.ts";
import { StdioTransport } from "./stdio_transport.ts";

/** How the program under test is started. */
export interface ServerOptions {
  /** Its whole environment, such as `sshd.environment()`; the caller's is not inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Another command line than that of `programCommand()`. */
  readonly program?: readonly [string, ...string[]];
  /** The host that `run()` addresses; {@link DEFAULT_ALIAS} unless told otherwise. */
  readonly host?: string;
  readonly capabilities?: ClientCapabilities;
}

/** How one request is sent. */
export interface CallOptions {
  /** When the client gives up; 60 s, as the SDK's default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Makes the request carry a progress token. */
  readonly onprogress?: (progress: Progress) => void;
}

/** The record in `_meta["mcp-ssh-session/command"]` of a command's result. */
export interface CommandRecord {
  readonly command_id: string;
  readonly host: string;
  readonly session: string;
  readonly state:
    | "queued"
    | "running"
    | "awaiting_input"
    | "exited"
    | "interrupted"
    | "refused"
    | "lost";
  readonly exit_status?: number | null;
  readonly exit_signal?: string | null;
  readonly duration_ms: number;
  readonly cwd?: string;
  readonly prompt?: { readonly kind: string; readonly text: string };
  readonly offset: number;
  readonly next_offset: number;
  readonly total_chars: number;
  readonly omitted_chars: number;
  readonly dropped_chars: number;
}

/** One tool result, cut the way the contract describes it. */
export interface ToolReply {
  readonly text: string;
  /** The status line. */
  readonly firstLine: string;
  /** Everything after the status line. */
  readonly body: string;
  readonly meta: CommandRecord | undefined;
  /** The record of a command on many hosts. */
  readonly fleet: Readonly<Record<string, unknown>> | undefined;
  readonly isError: boolean;
  // deno-lint-ignore no-explicit-any -- a list's shape is what the test is about
  readonly structuredContent: any;
}

/** The program under test, driven by the 1.x SDK's client as deployed MCP clients drive it. */
export class ServerUnderTest implements AsyncDisposable {
  readonly client: Client;
  readonly transport: StdioTransport;
  readonly host: string;

  /** Takes over what {@link startServer} has started. */
  constructor(client: Client, transport: StdioTransport, host: string) {
    this.client = client;
    this.transport = transport;
    this.host = host;
  }

  get pid(): number {
    return this.transport.child.pid;
  }

  /** Sends `tools/call`. A protocol error rejects; a tool's own error is `isError`. */
  async call(
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<ToolReply> {
    const result = await this.client.callTool({ name, arguments: { ...args } }, undefined, {
      timeout: options.timeoutMs ?? 60_000,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onprogress ? { onprogress: options.onprogress } : {}),
    });
    return toReply(result as CallToolResult);
  }

  /** `execute_command` on the default host; `extra` adds or replaces arguments. */
  run(
    command: string,
    extra: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<ToolReply> {
    return this.call("execute_command", { host: this.host, command, ...extra }, options);
  }

  async tools(): Promise<Tool[]> {
    return (await this.client.listTools()).tools;
  }

  residentBytes(): Promise<number> {
    return residentBytes(this.pid);
  }

  /** What the program wrote on standard error so far. */
  stderr(): string {
    return this.transport.stderr();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.transport.close();
  }
}

/**
 * Starts the program with the production permissions and performs the MCP handshake.
 *
 * @throws {Error} When it does not answer, with what it wrote on standard error.
 */
export async function startServer(options: ServerOptions): Promise<ServerUnderTest> {
  const env = { ...await runtimeEnvironment(), ...options.env };
  const transport = new StdioTransport(options.program ?? programCommand(options.args), env);
  const client = new Client({ name: "mcp-ssh-session-tests", version: "0.1.0" }, {
    capabilities: options.capabilities ?? {},
  });
  try {
    await client.connect(transport);
  } catch (cause) {
    await transport.close();
    throw new Error(`The server did not start: ${transport.stderr()}`, { cause });
  }
  return new ServerUnderTest(client, transport, options.host ?? DEFAULT_ALIAS);
}

function toReply(result: CallToolResult): ToolReply {
  const blocks = result.content.filter((block) => block.type === "text");
  const text = blocks.map((block) => block.text).join("\n");
  const cut = text.indexOf("\n");
  return {
    text,
    firstLine: cut < 0 ? text : text.slice(0, cut),
    body: cut < 0 ? "" : text.slice(cut + 1),
    meta: result._meta?.["mcp-ssh-session/command"] as CommandRecord | undefined,
    fleet: result._meta?.["mcp-ssh-session/fleet"] as ToolReply["fleet"],
    isError: result.isError === true,
    structuredContent: result.structuredContent,
  };
}
