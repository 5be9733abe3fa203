import { targetOf } from "../call.ts";
import { renderText } from "../command/render.ts";
import { targetShape } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

const { host, username, port, session } = targetShape;

/** Closes one session, or all of a host and its connection. */
export const closeSession: Tool = defineTool({
  name: "close_session",
  title: "Close a session",
  description: "Closes one session of a host or, without session, all of them and the " +
    "connection. Commands running there become lost.",
  input: { host, username, port, session: session.unwrap().optional() },
  annotations: COMMAND_ANNOTATIONS,
  run: async (args, call) => {
    const registry = await call.services.registry();
    const closed = await registry.close(targetOf(args), args.session);
    const names = closed.sessions.map((name) => `"${name}"`).join(", ");
    const what = names === "" ? "no session" : `session ${names}`;
    return renderText(
      `Closed ${what} of ${closed.host}${closed.connection ? " and its connection" : ""}`,
    );
  },
});
