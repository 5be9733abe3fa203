import { InMemoryTransport } from "@modelcontextprotocol/server";
import { type CallToolResult, Client, type Transport } from "./packages/mcp_sdk.ts";
import type { Services } from "../../src/mcp/call.ts";
import { FleetRuns } from "../../src/fleet/fleet_runs.ts";
import { Commands } from "../../src/mcp/command/commands.ts";
import { FileVersions } from "../../src/mcp/file/file_versions.ts";
import { DeferredCalls } from "../../src/mcp/permit/deferred_calls.ts";
import { HostKeyTrust } from "../../src/mcp/person/host_key_trust.ts";
import { LoginCodes } from "../../src/mcp/person/login_codes.ts";
import { Concealer } from "../../src/guard/concealer.ts";
import { Log } from "../../src/guard/log.ts";
import { Approvals } from "../../src/guard/approvals.ts";
import { Policy } from "../../src/guard/policy.ts";
import { RulesReader } from "../../src/guard/rules_file.ts";
import { createServer } from "../../src/mcp/server.ts";
import { until } from "./condition.ts";
import { FakeClock } from "./fake_clock.ts";
import { ScriptedRegistry } from "./scripted_registry.ts";

/** The record of a command in a result's `_meta`. */
export type RecordInMeta = Readonly<Record<string, unknown>> & { readonly command_id: string };

/** One tool result. */
export interface InMemoryReply {
  readonly text: string;
  readonly lines: readonly string[];
  readonly isError: boolean;
  readonly meta: RecordInMeta;
  // deno-lint-ignore no-explicit-any -- a list's shape is what the test is about
  readonly structured: any;
}

/** The MCP server over scripted sessions and a clock that stands still, with a client beside it. */
export class InMemoryServer implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly registry = new ScriptedRegistry();
  readonly logLines: string[] = [];
  readonly log = new Log({
    level: "debug",
    clock: this.clock,
    write: (line) => this.logLines.push(line),
  });
  readonly concealer = new Concealer({ OVRD_web1_HOST: "10.9.8.7" });
  readonly commands = new Commands({
    clock: this.clock,
    log: this.log,
    concealer: this.concealer,
  });
  readonly services: Services = {
    localRoots: [],
    version: "0.0.0",
    clock: this.clock,
    log: this.log,
    commands: this.commands,
    runs: new FleetRuns(this.commands.jobs),
    registry: () => Promise.resolve(this.registry.asRegistry),
    files: () => Promise.reject(new Error("scripted sessions have no files")),
    detached: () => Promise.reject(new Error("scripted sessions keep no commands")),
    hosts: {
      list: () => Promise.reject(new Error("nothing is listed here")),
      aliases: () => Promise.resolve(["web1", "web2", "db", "old-web"]),
      select: (selection) => Promise.resolve(selection.split(",")),
      describe: (host) => Promise.resolve(`host ${host}\n`),
    },
    policy: Policy.read({}, []),
    rules: new RulesReader({}, { toolNames: [] }),
    versions: new FileVersions(),
    deferred: new DeferredCalls(),
    approvals: new Approvals({ clock: this.clock }),
    questions: { hostKeys: new HostKeyTrust(), codes: new LoginCodes() },
    concealer: this.concealer,
  };
  readonly client: Client = new Client({ name: "tests", version: "0" });

  /** Connects client and server. */
  static async start(): Promise<InMemoryServer> {
    const started = new InMemoryServer();
    const [near, far] = InMemoryTransport.createLinkedPair();
    await createServer(started.services).connect(far);
    await started.client.connect(near as unknown as Transport);
    return started;
  }

  /** Sends `tools/call`. */
  async call(
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    options: Parameters<Client["callTool"]>[2] = {},
  ): Promise<InMemoryReply> {
    const result = await this.client.callTool({ name, arguments: { ...args } }, undefined, options);
    const { content, isError, _meta, structuredContent } = result as CallToolResult;
    const text = content.map((block) => block.type === "text" ? block.text : "").join("\n");
    return {
      text,
      lines: text.split("\n"),
      isError: isError === true,
      meta: _meta?.["mcp-ssh-session/command"] as RecordInMeta,
      structured: structuredContent,
    };
  }

  /** Sends execute_command and waits until the session has it. */
  async begin(
    extra: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly reply: Promise<InMemoryReply> }> {
    const session = this.registry.session();
    const before = session.commands.length;
    const reply = this.call("execute_command", { host: "web1", command: "make", ...extra });
    reply.catch(() => {}); // A test may end before its command does.
    await until("the session has the command", () => session.commands.length > before);
    return { reply };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
