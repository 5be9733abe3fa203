import { McpServer, type ServerContext } from "@modelcontextprotocol/server";
import type * as z from "zod";
import { SshError } from "../errors.ts";
import type { Call, Services } from "./call.ts";
import { formFor, hasForms, takeAnswer } from "./person/elicitation.ts";
import { registerHostResources } from "./host_resources.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { portableSchema } from "./portable_schema.ts";
import { ProgressReporter } from "./progress.ts";
import { renderError } from "./command/render.ts";
import type { Tool, ToolResult } from "./tool.ts";
import { TOOLS } from "./tools/list.ts";

/** Makes a server object over shared services: cheap, one per connection or request. */
export function createServer(services: Services): McpServer {
  const server = new McpServer({
    name: "mcp-ssh-session",
    title: "SSH sessions",
    version: services.version,
  }, {
    instructions: INSTRUCTIONS,
    capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
  });
  for (const tool of TOOLS) {
    if (services.policy.offers(tool.name)) register(server, tool, services);
  }
  registerHostResources(server, services.hosts);
  return server;
}

function register(server: McpServer, tool: Tool, services: Services): void {
  server.registerTool(tool.name, {
    title: tool.title,
    description: tool.description,
    inputSchema: advertised(tool.input),
    ...(tool.output ? { outputSchema: advertised(tool.output) } : {}),
    annotations: tool.annotations,
    ...(tool.meta ? { _meta: tool.meta } : {}),
  }, (args: unknown, context: ServerContext) => answer(tool, args, { server, services, context }));
}

interface Exchange {
  readonly server: McpServer;
  readonly services: Services;
  readonly context: ServerContext;
}

async function answer(tool: Tool, args: unknown, exchange: Exchange): Promise<ToolResult> {
  const { server, services, context } = exchange;
  const call: Call = {
    services,
    signal: context.mcpReq.signal,
    progress: ProgressReporter.of(context, services.clock),
  };
  const answered = takeAnswer(context, services.questions);
  try {
    return await tool.run(args, call);
  } catch (error) {
    const form = hasForms(server, context) ? formFor(error, services.questions) : undefined;
    if (form && form.key !== answered) return form.result;
    return errorReply(error, { tool, args, services });
  }
}

function errorReply(
  error: unknown,
  { tool, args, services }: {
    readonly tool: Tool;
    readonly args: unknown;
    readonly services: Services;
  },
): ToolResult {
  const host = addressedHost(args, services);
  const conceal = (text: string): string => services.conceal(text, host);
  if (!(error instanceof SshError)) {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    services.log.error("internal-fault", { tool: tool.name, stack: conceal(stack) });
  }
  return renderError(error, conceal);
}

/** The host a call is about, named or by its command; undefined where there is none. */
function addressedHost(args: unknown, services: Services): string | undefined {
  const { host, command_id } = Object(args) as { host?: unknown; command_id?: unknown };
  if (typeof host === "string") return host;
  return typeof command_id === "string"
    ? services.commands.jobs.find(command_id)?.record.host
    : undefined;
}

/**
 * The schema as clients see it, without a check of its own: tools check their arguments themselves,
 * in words that name the parameter and what is accepted.
 */
function advertised(schema: z.ZodObject): typeof schema {
  const describe = (io: "input" | "output") => (): Record<string, unknown> =>
    portableSchema(schema, io);
  const validate = (value: unknown): { value: unknown } => ({ value });
  return {
    "~standard": {
      version: 1,
      vendor: "mcp-ssh-session",
      validate,
      jsonSchema: { input: describe("input"), output: describe("output") },
    },
  } as unknown as typeof schema;
}
