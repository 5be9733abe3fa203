import { inputRequired, type McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { pause, textResult } from "./content.ts";
import type { FixtureHooks } from "./fixtures.ts";

const LOG_LINES = [
  "Tool execution started",
  "Tool processing data",
  "Tool execution completed",
];

/** Tools that send notifications before their result. */
export function registerStreamTools(
  server: McpServer,
  hooks: FixtureHooks,
): void {
  for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
    server.registerTool(
      name,
      { description: "A fixture that logs" },
      async (context) => {
        for (const line of LOG_LINES) {
          await context.mcpReq.log("info", line);
          await pause();
        }
        return textResult("logged");
      },
    );
  }
  server.registerTool(
    "test_tool_with_progress",
    { description: "A fixture that reports progress" },
    async (context) => {
      for (const progress of [0, 50, 100]) {
        await report(context, progress);
        await pause();
      }
      return textResult("done");
    },
  );
  registerAskingTools(server);
  registerChanges(server, hooks);
}

function registerAskingTools(server: McpServer): void {
  server.registerTool("test_missing_capability", { description: "Needs sampling" }, () => {
    // The SDK refuses a question that the client has not declared an answer for.
    const messages = [{ role: "user" as const, content: { type: "text" as const, text: "?" } }];
    const ask = inputRequired.createMessage({ messages, maxTokens: 1 });
    return inputRequired({ inputRequests: { ask } });
  });
  server.registerTool("test_streaming_elicitation", {
    description: "Asks in its result",
  }, () => {
    const requestedSchema = { type: "object" as const, properties: {} };
    const go = inputRequired.elicit({
      mode: "form",
      message: "Go on?",
      requestedSchema,
    });
    return inputRequired({ inputRequests: { go } });
  });
}

function registerChanges(server: McpServer, hooks: FixtureHooks): void {
  for (
    const [name, list] of [["tool", "tools"], ["prompt", "prompts"]] as const
  ) {
    server.registerTool(`test_trigger_${name}_change`, {
      description: "A fixture",
    }, () => {
      hooks.changed(list);
      return textResult("announced");
    });
  }
}

async function report(
  { mcpReq }: ServerContext,
  progress: number,
): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  const params = { progressToken, progress, total: 100 };
  await mcpReq.notify({ method: "notifications/progress", params });
}
