import { McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { type SshError, UnsupportedError } from "../errors.ts";
import type { Services } from "../mcp/call.ts";
import { renderError } from "../mcp/command/render.ts";
import { answerCall } from "../mcp/server.ts";
import { parseArguments, type Tool, type ToolResult } from "../mcp/tool.ts";
import { toolsOf } from "../mcp/tools/list.ts";

/** Parameters that name the server's own machine, or let a caller log in past the operator. */
const REFUSED = ["password", "key_filename"] as const;

/** A caller's directories are on another machine: roots of a client mean nothing here. */
const NO_CLIENT = new McpServer({ name: "mcp-ssh-session", version: "0" });

/** Answers a call with services that are in this process. */
export async function answerHere(
  tool: Tool,
  args: unknown,
  parts: { readonly services: Services; readonly context: ServerContext },
): Promise<ToolResult> {
  const fault = refusedArgument(args);
  if (fault !== undefined) return refusal(fault);
  return await answerCall(tool, args, { server: NO_CLIENT, ...parts });
}

/** Made once: schemas are dear, and a server object is made for each request. */
const shown = new WeakMap<Tool, Tool>();

/** The tools as callers over HTTP see them. */
export function toolsOverHttp(services: Services): readonly Tool[] {
  return toolsOf(services).map((tool) => {
    const known = shown.get(tool) ?? overHttp(tool);
    shown.set(tool, known);
    return known;
  });
}

function overHttp(tool: Tool): Tool {
  const taken = REFUSED.filter((name) => name in tool.input.shape);
  const mask = Object.fromEntries(taken.map((name) => [name, true])) as Record<never, never>;
  const input = tool.input.omit(mask);
  return { ...tool, input, parse: (args) => parseArguments({ name: tool.name, input }, args) };
}

/** An error as a call's result. */
export function refusal(error: SshError): ToolResult {
  return renderError(error, (text) => text);
}

function refusedArgument(args: unknown): SshError | undefined {
  const given = Object(args) as Record<string, unknown>;
  const name = REFUSED.find((one) => given[one] !== undefined);
  if (name === undefined) return undefined;
  return new UnsupportedError(
    `${name} is not taken by a shared server`,
    "Leave it out: whoever runs the server decides what it logs in with",
  );
}
