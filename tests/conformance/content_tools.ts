import { type ContentBlock, fromJsonSchema, type McpServer } from "@modelcontextprotocol/server";
import { IMAGE, SILENCE, textResult } from "./content.ts";

const CONTENTS: Readonly<Record<string, readonly ContentBlock[]>> = {
  test_simple_text: [{
    type: "text",
    text: "This is a simple text response for testing.",
  }],
  test_image_content: [IMAGE],
  test_audio_content: [{ type: "audio", data: SILENCE, mimeType: "audio/wav" }],
  test_embedded_resource: [{
    type: "resource",
    resource: {
      uri: "test://embedded-resource",
      mimeType: "text/plain",
      text: "This is an embedded resource content.",
    },
  }],
  test_multiple_content_types: [
    { type: "text", text: "Multiple content types test:" },
    IMAGE,
    {
      type: "resource",
      resource: {
        uri: "test://mixed-content-resource",
        mimeType: "application/json",
        text: '{"test":"data","value":123}',
      },
    },
  ],
};

/** JSON Schema 2020-12 with the keywords that SEP-1613 and SEP-2106 want kept. */
const RICH_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: {
    properties: { contactMethod: { const: "phone" } },
    required: ["contactMethod"],
  },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

/** A parameter that clients repeat in a header (SEP-2243). */
const HEADER_SCHEMA = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
  required: ["region"],
};

/** Tools that answer with each kind of content, or fail. */
export function registerContentTools(server: McpServer): void {
  for (const [name, content] of Object.entries(CONTENTS)) {
    server.registerTool(
      name,
      { description: "A fixture" },
      () => ({ content: [...content] }),
    );
  }
  server.registerTool("test_error_handling", {
    description: "A fixture that fails",
  }, () => ({
    ...textResult("This tool intentionally returns an error for testing"),
    isError: true,
  }));
  server.registerTool("test_custom_header", {
    description: "Takes a parameter that a header repeats",
    inputSchema: fromJsonSchema(HEADER_SCHEMA as Parameters<typeof fromJsonSchema>[0]),
  }, (args) => textResult(JSON.stringify(args)));
  server.registerTool("json_schema_2020_12_tool", {
    description: "Tool with JSON Schema 2020-12 features",
    inputSchema: fromJsonSchema(
      RICH_SCHEMA as Parameters<typeof fromJsonSchema>[0],
    ),
  }, () => textResult("ok"));
}
