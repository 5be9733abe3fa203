import * as z from "zod";
import { InputError } from "../../errors.ts";
import { encodeKeys } from "../../terminal/keys.ts";
import { replyOn } from "../command/command_reply.ts";
import { heldScreen } from "../command/held.ts";
import { DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import { inputAction } from "../permit/command_permit.ts";
import { screenTarget, screenTargetShape } from "../screen_target.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";
import { settledOrAsks, waitForJob } from "../waiting.ts";

/** A program that never rests, and one that neither prints nor ends, is reported as it is by then. */
const ANSWER_WITHIN_MS = 2_000;

/** Types keys to a full-screen program. */
export const sendKeys: Tool = defineTool({
  name: "send_keys",
  title: "Type keys",
  description: 'Types keys to the running program, e.g. "<ctrl-c>", "<esc>:wq<enter>", "<up>", ' +
    '"<f10>", "<pagedown>", "y"; replies with the screen once it rests, or with what was ' +
    "printed since. <lt> types a literal <.",
  input: { keys: z.string().min(1), ...screenTargetShape },
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
  run: async ({ keys, ...args }, call) => {
    const { session, job } = await screenTarget(args, call);
    session.checkKeys();
    if (session.keyboard.isHeld) return heldScreen(session);
    if (!job) {
      throw new InputError(
        `No command runs in session "${session.name}" of ${session.host.host}`,
        "Begin one with execute_command; keys go to a running program",
      );
    }
    const { commands } = call.services;
    const data = encodeKeys(keys, { applicationCursorKeys: session.applicationCursorKeys });
    const offset = job.text.position();
    const holds = settledOrAsks(job);
    await call.permit(inputAction({ data, session, job }, call));
    await commands.type(job, data, call.signal);
    await waitForJob(job, call, { holds, timeoutMs: ANSWER_WITHIN_MS });
    return await replyOn(job, commands, {
      offset: job.text.behindLineEnd(offset),
      maxChars: DEFAULT_OUTPUT_CHARS,
    });
  },
});
