import {
  acceptedContent,
  completable,
  type ContentBlock,
  type GetPromptResult,
  inputRequired,
  type McpServer,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { IMAGE } from "./content.ts";
import { question } from "./round_trip_tools.ts";

/** Prompts of each kind. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt(
    "test_simple_prompt",
    { description: "A fixture" },
    () => says({ type: "text", text: "This is a simple prompt for testing." }),
  );
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "A fixture",
      argsSchema: z.object({
        arg1: completable(
          z.string(),
          (typed) => ["paris", "park"].filter((w) => w.startsWith(typed)),
        ),
        arg2: z.string(),
      }),
    },
    ({ arg1, arg2 }) =>
      says({
        type: "text",
        text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
      }),
  );
  registerContentPrompts(server);
  registerAskingPrompt(server);
}

function registerContentPrompts(server: McpServer): void {
  server.registerPrompt("test_prompt_with_embedded_resource", {
    description: "A fixture",
    argsSchema: z.object({ resourceUri: z.string() }),
  }, ({ resourceUri: uri }) =>
    says({
      type: "resource",
      resource: {
        uri,
        mimeType: "text/plain",
        text: "Embedded resource content for testing.",
      },
    }, { type: "text", text: "Please process the embedded resource above." }));
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "A fixture" },
    () => says(IMAGE, { type: "text", text: "Please analyze the image above." }),
  );
}

function registerAskingPrompt(server: McpServer): void {
  const name = "test_input_required_result_prompt";
  server.registerPrompt(
    name,
    { description: "A fixture that asks" },
    ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, "user_context")
        ?.["context"];
      if (given !== undefined) {
        return says({
          type: "text",
          text: `In the context of ${given}`,
        });
      }
      const user_context = question(
        "What context should the prompt use?",
        "context",
      );
      return inputRequired({ inputRequests: { user_context } });
    },
  );
}

function says(...contents: readonly ContentBlock[]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: "user", content })) };
}
