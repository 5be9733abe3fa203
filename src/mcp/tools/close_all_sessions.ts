import { heldBy } from "../command/held.ts";
import { renderText } from "../command/render.ts";
import { defineTool, type Tool } from "../tool.ts";

/** Closes everything that is open. */
export const closeAllSessions: Tool = defineTool({
  name: "close_all_sessions",
  title: "Close all sessions",
  description: "Closes all sessions and connections. Commands running there become lost.",
  input: {},
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  run: async (_args, call) => {
    const registry = await call.services.registry();
    const held = registry.held;
    if (held !== undefined) throw heldBy(held.host.host, held.name);
    const count = await registry.closeAll();
    return renderText(`Closed ${count} session${count === 1 ? "" : "s"}`);
  },
});
