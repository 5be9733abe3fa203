import { McpServer, type ServerContext } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Call, Services } from "./call.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { ProgressReporter } from "./progress.ts";
import { renderError } from "./render.ts";
import type { Tool, ToolResult } from "./tool.ts";
import { TOOLS } from "./tools/list.ts";

/** Makes a server object over shared services: cheap, one per connection or request. */
export function createServer(services: Services): McpServer {
  const server = new McpServer({
    name: "mcp-ssh-session",
    title: "SSH sessions",
    version: services.version,
  }, { instructions: INSTRUCTIONS, capabilities: { tools: { listChanged: false } } });
  for (const tool of TOOLS) register(server, tool, services);
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
  }, (args: unknown, context: ServerContext) => answer(tool, args, { services, context }));
}

async function answer(
  tool: Tool,
  args: unknown,
  { services, context }: { readonly services: Services; readonly context: ServerContext },
): Promise<ToolResult> {
  const call: Call = {
    services,
    signal: context.mcpReq.signal,
    progress: ProgressReporter.of(context, services.clock),
  };
  try {
    return await tool.run(args, call);
  } catch (error) {
    services.log.debug("tool-error", { tool: tool.name, error: String(error) });
    return renderError(error);
  }
}

/**
 * The schema as clients see it, without a check of its own: tools check their arguments themselves,
 * in words that name the parameter and what is accepted.
 */
function advertised(schema: z.ZodObject): typeof schema {
  const describe = (io: "input" | "output") => (): Record<string, unknown> => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
    return json;
  };
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
