import type { McpServer } from "@modelcontextprotocol/server";
import { registerContentTools } from "./content_tools.ts";
import { registerPrompts } from "./prompts.ts";
import { registerQuestionTools } from "./question_tools.ts";
import { registerResources } from "./resources.ts";
import { registerRoundTripTools } from "./round_trip_tools.ts";
import { registerStreamTools } from "./stream_tools.ts";

/** What the fixtures do beyond their own server object. */
export interface FixtureHooks {
  changed(list: "tools" | "prompts"): void;
}

/** Adds what the conformance suite calls by name to a server, so that every scenario has its object. */
export function registerFixtures(server: McpServer, hooks: FixtureHooks): void {
  server.server.registerCapabilities({
    logging: {},
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { subscribe: true },
  });
  registerContentTools(server);
  registerStreamTools(server, hooks);
  registerQuestionTools(server);
  registerRoundTripTools(server);
  registerResources(server);
  registerPrompts(server);
}
