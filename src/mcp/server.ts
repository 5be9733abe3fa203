import { type CallToolResult, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import type * as z from "zod";
import { parseDetachedId } from "../detached/detached_id.ts";
import { SshError } from "../errors.ts";
import type { Services } from "./call.ts";
import { CallAudit } from "./call_audit.ts";
import { formFor, hasForms, takeAnswer } from "./person/elicitation.ts";
import { registerHostResources } from "./host_resources.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { withOpenSessions } from "./open_sessions.ts";
import { portableSchema } from "./portable_schema.ts";
import { renderError } from "./command/render.ts";
import { permittedRun } from "./permit/permitted_run.ts";
import type { Tool, ToolResult } from "./tool.ts";
import { toolsOf } from "./tools/list.ts";

/** Answers one `tools/call` of a server object. */
export type AnswerCall = (tool: Tool, args: unknown, exchange: Exchange) => Promise<ToolResult>;

/** The differences of a server for many callers. */
export interface ServerOptions {
  /** In place of {@link answerCall}: a call may belong to another process. */
  readonly answer?: AnswerCall;
  /** The tools as this caller is shown them. */
  readonly tools?: readonly Tool[];
}

/** Makes a server object over shared services: cheap, one per connection or request. */
export function createServer(services: Services, options: ServerOptions = {}): McpServer {
  const { answer = answerCall, tools = toolsOf(services) } = options;
  const server = new McpServer({
    name: "mcp-ssh-session",
    title: "SSH sessions",
    version: services.version,
  }, {
    instructions: INSTRUCTIONS,
    capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
  });
  for (const tool of tools) {
    if (services.policy.offers(tool.name)) register(server, tool, { services, answer });
  }
  registerHostResources(server, services);
  return server;
}

function register(
  server: McpServer,
  tool: Tool,
  { services, answer }: { readonly services: Services; readonly answer: AnswerCall },
): void {
  server.registerTool(tool.name, {
    title: tool.title,
    description: tool.description,
    inputSchema: advertised(tool.input),
    ...(tool.output ? { outputSchema: advertised(tool.output) } : {}),
    annotations: tool.annotations,
    ...(tool.meta ? { _meta: tool.meta } : {}),
  }, (args: unknown, context: ServerContext) => answer(tool, args, { server, services, context }));
}

/** The parts that one call works with. */
export interface Exchange {
  readonly server: McpServer;
  readonly services: Services;
  readonly context: ServerContext;
}

/** Answers one call here, whatever becomes of it; never rejects. */
export async function answerCall(
  tool: Tool,
  args: unknown,
  exchange: Exchange,
): Promise<ToolResult> {
  const { server, services, context } = exchange;
  const host = addressedHost(args, services);
  const audit = new CallAudit(tool.name, args, { ...services, host });
  const learn = (secret: string): void => services.concealer.learn(host ?? "", secret);
  let answered: string | undefined;
  try {
    for (const secret of secretsOf(args)) learn(secret);
    await audit.begin();
    if (context.mcpReq.inputResponses !== undefined) {
      answered = takeAnswer(context, services.questions, learn);
    }
    const result = await permittedRun(tool, args, { ...exchange, audit: (x) => audit.add(x) });
    audit.end("ok");
    return throughDoor(result, tool, services);
  } catch (error) {
    audit.end(error instanceof SshError ? error.kind : "internal");
    const form = hasForms(server, context) ? formFor(error, services.questions) : undefined;
    const result = form && form.key !== answered
      ? form.result
      : errorReply(await withOpenSessions(error, host, services), { tool, host, services });
    return throughDoor(result, tool, services);
  }
}

/** Nothing leaves but through here: what renderers left in is hidden, but in a file's content. */
function throughDoor(result: ToolResult, tool: Tool, { concealer }: Services): ToolResult {
  if (!tool.verbatim || !("content" in result)) return concealer.concealAll(result, undefined);
  const { content, ...rest } = result as CallToolResult;
  const shown = content.map((block) => {
    if (block.type !== "text") return block;
    const end = block.text.indexOf("\n");
    const line = end < 0 ? block.text : block.text.slice(0, end);
    return { ...block, text: concealer.conceal(line, undefined) + block.text.slice(line.length) };
  });
  return { ...concealer.concealAll(rest, undefined), content: shown };
}

/** The values of a call that must not come back. */
function secretsOf(args: unknown): readonly string[] {
  const { password, sudo_password, enable_password, secret, input_text } = Object(args) as Record<
    string,
    unknown
  >;
  const isSecret = secret === true || secret === "true" || secret === 1;
  const values = [password, sudo_password, enable_password, isSecret ? input_text : undefined];
  return values.flatMap((value) =>
    typeof value === "string" || typeof value === "number" ? [String(value)] : []
  );
}

function errorReply(
  error: unknown,
  { tool, host, services }: {
    readonly tool: Tool;
    readonly host: string | undefined;
    readonly services: Services;
  },
): ToolResult {
  const conceal = (text: string): string => services.concealer.conceal(text, host);
  if (!(error instanceof SshError)) {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    services.log.error("internal-fault", { tool: tool.name, stack: conceal(stack) });
  }
  return renderError(error, conceal);
}

/** The host a call is about, named or by its command; undefined where there is none. */
function addressedHost(args: unknown, services: Services): string | undefined {
  const { host, command_id, source, destination } = Object(args) as Record<string, unknown>;
  if (typeof host === "string") return host;
  // Of a copy: the end that is not this machine.
  for (const end of [destination, source]) {
    if (typeof end !== "string" || end.startsWith("local:")) continue;
    const colon = end.indexOf(":", end.lastIndexOf("]") + 1);
    if (colon > 0) return end.slice(0, colon);
  }
  if (typeof command_id !== "string") return undefined;
  const durable = parseDetachedId(command_id);
  return durable !== undefined
    ? durable.host
    : services.commands.jobs.find(command_id)?.record.host;
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
