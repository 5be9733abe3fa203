import {
  type CallToolResult,
  type ElicitRequestFormParams,
  fromJsonSchema,
  type McpServer,
} from "@modelcontextprotocol/server";
import { textResult } from "./content.ts";

type Properties = ElicitRequestFormParams["requestedSchema"]["properties"];

const DEFAULTS: Properties = {
  name: { type: "string", default: "John Doe" },
  age: { type: "integer", default: 30 },
  score: { type: "number", default: 95.5 },
  status: {
    type: "string",
    enum: ["active", "inactive", "pending"],
    default: "active",
  },
  verified: { type: "boolean", default: true },
};

const NAMES = ["option1", "option2", "option3"];

const ENUMS: Properties = {
  untitledSingle: { type: "string", enum: NAMES },
  titledSingle: { type: "string", oneOf: titled("Option") },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { type: "string", enum: NAMES } },
  titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
};

/** Tools of the 2025 revision, which ask their client while they run. */
export function registerQuestionTools(server: McpServer): void {
  server.registerTool("test_sampling", {
    description: "Asks the client's model",
    inputSchema: oneString("prompt"),
  }, async (args, context) => {
    const text = String((args as { prompt: unknown }).prompt);
    const { content } = await context.mcpReq.requestSampling({
      messages: [{ role: "user", content: { type: "text", text } }],
      maxTokens: 100,
    });
    return textResult(`LLM response: ${JSON.stringify(content)}`);
  });
  const person: Properties = {
    username: { type: "string", description: "User's response" },
    email: { type: "string", description: "User's email address" },
  };
  server.registerTool("test_elicitation", {
    description: "Asks the client's person",
    inputSchema: oneString("message"),
  }, async (args, context) => {
    const message = String((args as { message: unknown }).message);
    const requestedSchema = {
      type: "object",
      properties: person,
      required: Object.keys(person),
    };
    return answered(
      await context.mcpReq.elicitInput(form(message, requestedSchema)),
    );
  });
  registerForm(server, "test_elicitation_sep1034_defaults", DEFAULTS);
  registerForm(server, "test_elicitation_sep1330_enums", ENUMS);
}

function registerForm(
  server: McpServer,
  name: string,
  properties: Properties,
): void {
  server.registerTool(
    name,
    { description: "Asks by a form" },
    async (context) =>
      answered(
        await context.mcpReq.elicitInput(
          form("Please", { type: "object", properties }),
        ),
      ),
  );
}

function form(
  message: string,
  requestedSchema: unknown,
): ElicitRequestFormParams {
  return { mode: "form", message, requestedSchema } as ElicitRequestFormParams;
}

function answered(
  { action, content }: { action: string; content?: unknown },
): CallToolResult {
  return textResult(
    `Elicitation completed: action=${action}, content=${JSON.stringify(content)}`,
  );
}

function oneString(name: string): ReturnType<typeof fromJsonSchema> {
  return fromJsonSchema({
    type: "object",
    properties: { [name]: { type: "string" } },
    required: [name],
  });
}

function titled(word: string): { const: string; title: string }[] {
  return ["First", "Second", "Third"].map((nth, index) => ({
    const: `value${index + 1}`,
    title: `${nth} ${word}`,
  }));
}
