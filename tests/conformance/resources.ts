import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { RED_PIXEL } from "./content.ts";

const TEXT = "test://static-text";
const BINARY = "test://static-binary";

/** Resources of each kind, and subscriptions to them. */
export function registerResources(server: McpServer): void {
  const text = { mimeType: "text/plain", description: "A fixture" };
  server.registerResource("static-text", TEXT, text, () => ({
    contents: [{
      uri: TEXT,
      mimeType: "text/plain",
      text: "This is the content of the static text resource.",
    }],
  }));
  const image = { mimeType: "image/png", description: "A fixture" };
  server.registerResource("static-binary", BINARY, image, () => ({
    contents: [{ uri: BINARY, mimeType: "image/png", blob: RED_PIXEL }],
  }));
  const watched = "test://watched-resource";
  server.registerResource("watched", watched, text, () => ({
    contents: [{ uri: watched, mimeType: "text/plain", text: "watched" }],
  }));
  registerTemplate(server);
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

function registerTemplate(server: McpServer): void {
  const template = new ResourceTemplate("test://template/{id}/data", {
    list: undefined,
  });
  const json = { mimeType: "application/json", description: "A fixture" };
  server.registerResource("template", template, json, (uri, { id }) => ({
    contents: [{
      uri: uri.href,
      mimeType: "application/json",
      text: JSON.stringify({
        id,
        templateTest: true,
        data: `Data for ID: ${id}`,
      }),
    }],
  }));
}
