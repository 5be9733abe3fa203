import { heldScreen } from "../command/held.ts";
import { renderScreen } from "../render_screen.ts";
import { screenTarget, screenTargetShape } from "../screen_target.ts";
import { defineTool, type Tool } from "../tool.ts";

/** Shows the terminal's screen. */
export const readScreen: Tool = defineTool({
  name: "read_screen",
  title: "Read the screen",
  description: "The terminal screen of a running command or a session as rows of text, with " +
    "cursor, size and title: for full-screen programs.",
  input: screenTargetShape,
  annotations: { readOnlyHint: true, openWorldHint: true },
  run: async (args, call) => {
    const target = await screenTarget(args, call);
    if (target.session.keyboard.isHeld) return heldScreen(target.session);
    return renderScreen(target, await target.session.screen());
  },
});
