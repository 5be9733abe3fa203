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
    const count = await (await call.services.registry()).closeAll();
    return renderText(`Closed ${count} session${count === 1 ? "" : "s"}`);
  },
});
