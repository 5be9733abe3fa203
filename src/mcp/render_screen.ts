import type { CallToolResult } from "@modelcontextprotocol/server";
import { plainOrQuoted } from "../terminal/quote.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import { COMMAND_META_KEY, commandRecord } from "./command/command_record.ts";
import { SCREEN_META_KEY, screenText } from "./screen_text.ts";
import type { ScreenTarget } from "./screen_target.ts";

/** A screen's reply: status line, then its rows from the top; the facts in `_meta`. */
export function renderScreen(target: ScreenTarget, screen: ScreenSnapshot): CallToolResult {
  const { session: { host, name }, job, redactor } = target;
  const { facts, rows, meta } = screenText(screen, redactor);
  const whose = `${plainOrQuoted(redactor.apply(host.user), 128)}@${host.host} session=${name}`;
  const what = job ? `command_id=${job.id} ${job.record.state.kind}` : "no command runs";
  return {
    content: [{ type: "text", text: [`${facts} ${whose} ${what}`, ...rows].join("\n") }],
    _meta: {
      [SCREEN_META_KEY]: meta,
      ...(job ? { [COMMAND_META_KEY]: recordOnly(job) } : {}),
    },
  };
}

function recordOnly(job: NonNullable<ScreenTarget["job"]>): Record<string, unknown> {
  const offset = job.text.totalChars;
  return commandRecord(job, job.text.read({ offset, maxChars: 0 }));
}
