import * as z from "zod";
import { InputError } from "../../errors.ts";
import { encodeKeys } from "../../terminal/keys.ts";
import type { Session } from "../../session/session.ts";
import type { ScreenSnapshot } from "../../terminal/screen.ts";
import type { Call } from "../call.ts";
import { renderScreen } from "../render_screen.ts";
import { type ScreenTarget, screenTarget, screenTargetShape } from "../screen_target.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

/**
 * A screen counts as drawn when it changed and then stayed as it is for this long, both after the
 * keys have arrived.
 */
const QUIET_MS = 80;
const DRAWN_WITHIN_MS = 1_000;
const ARRIVED_WITHIN_MS = 5_000;

/** Types keys to a full-screen program. */
export const sendKeys: Tool = defineTool({
  name: "send_keys",
  title: "Type keys",
  description: 'Types keys to the running program, e.g. "<ctrl-c>", "<esc>:wq<enter>", "<up>", ' +
    '"<f10>", "<pagedown>", "y"; replies with the screen. <lt> types a literal <.',
  input: { keys: z.string().min(1), ...screenTargetShape },
  annotations: COMMAND_ANNOTATIONS,
  run: async ({ keys, ...args }, call) => {
    const target = await screenTarget(args, call);
    const { session, job } = target;
    if (!job) {
      throw new InputError(
        `No command runs in session "${session.name}" of ${session.host.host}`,
        "Begin one with execute_command; keys go to a running program",
      );
    }
    const data = encodeKeys(keys, { applicationCursorKeys: session.applicationCursorKeys });
    const before = await session.screen();
    await call.services.commands.type(job, data);
    await arrived(session, call);
    return renderScreen(target, await drawn(target, { before, call }));
  },
});

/** Waits until the keys have arrived: 5 s at most where the far end does not answer. */
async function arrived(session: Session, call: Call): Promise<void> {
  const late = new AbortController();
  using _timer = call.services.clock.after(ARRIVED_WITHIN_MS, () => late.abort());
  const signal = AbortSignal.any([call.signal, late.signal]);
  // A connection that is lost ends the command, and the screen tells so.
  await session.roundTrip({ signal }).catch(() => {});
}

async function drawn(
  target: ScreenTarget,
  { before, call }: { readonly before: ScreenSnapshot; readonly call: Call },
): Promise<ScreenSnapshot> {
  const { clock } = call.services;
  const giveUpAt = clock.now() + DRAWN_WITHIN_MS;
  let last = JSON.stringify(before);
  let changed = false;
  for (;;) {
    await clock.sleep(QUIET_MS, { signal: call.signal });
    const screen = await target.session.screen();
    const now = JSON.stringify(screen);
    if ((changed && now === last) || clock.now() >= giveUpAt) return screen;
    changed ||= now !== last;
    last = now;
  }
}
