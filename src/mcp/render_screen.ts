import type { CallToolResult } from "@modelcontextprotocol/server";
import { makeVisible } from "../terminal/visible.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import { COMMAND_META_KEY, commandRecord } from "./command/command_record.ts";
import type { ScreenTarget } from "./screen_target.ts";

const SCREEN_META_KEY = "mcp-ssh-session/screen";

/** A screen's reply: status line, then its rows from the top; the facts in `_meta`. */
export function renderScreen(target: ScreenTarget, screen: ScreenSnapshot): CallToolResult {
  const shown = (text: string): string => makeVisible(target.redactor.apply(text)).text;
  const rows = screen.rows.map(shown);
  const title = shown(screen.title);
  while (rows.at(-1) === "") rows.pop();
  const { job } = target;
  const { cursor, columns, alternateScreen } = screen;
  return {
    content: [{ type: "text", text: [statusLine(target, screen, title), ...rows].join("\n") }],
    _meta: {
      [SCREEN_META_KEY]: {
        rows: screen.rows.length,
        columns,
        cursor,
        title,
        alternate_screen: alternateScreen,
      },
      ...(job ? { [COMMAND_META_KEY]: recordOnly(job) } : {}),
    },
  };
}

function statusLine(target: ScreenTarget, screen: ScreenSnapshot, title: string): string {
  const { session: { host, name }, job, redactor } = target;
  const { cursor, columns, rows, alternateScreen } = screen;
  return [
    `[screen ${columns}x${rows.length}]`,
    `cursor row ${cursor.row + 1} column ${cursor.column + 1}`,
    ...(alternateScreen ? ["alternate screen"] : []),
    ...(title === "" ? [] : [`title ${JSON.stringify(title)}`]),
    `${redactor.apply(host.user)}@${host.host} session=${name}`,
    job ? `command_id=${job.id} ${job.record.state.kind}` : "no command runs",
  ].join(" ");
}

function recordOnly(job: NonNullable<ScreenTarget["job"]>): Record<string, unknown> {
  const offset = job.text.totalChars;
  return commandRecord(job, job.text.read({ offset, maxChars: 0 }));
}
