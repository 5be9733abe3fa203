import type { CallToolResult } from "@modelcontextprotocol/server";
import { plainOrQuoted, quoteText } from "../terminal/quote.ts";
import { makeVisible } from "../terminal/visible.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import { COMMAND_META_KEY, commandRecord } from "./command/command_record.ts";
import type { ScreenTarget } from "./screen_target.ts";

const SCREEN_META_KEY = "mcp-ssh-session/screen";
const TITLE_CHARS = 300;

/** A screen's reply: status line, then its rows from the top; the facts in `_meta`. */
export function renderScreen(target: ScreenTarget, screen: ScreenSnapshot): CallToolResult {
  const rows = target.redactor.applyRows(screen.rows, screen.columns)
    .map((row) => makeVisible(row).text);
  const title = target.redactor.apply(screen.title);
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
        title: makeVisible(title).text,
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
    ...(title === "" ? [] : [`title ${quoteText(title, TITLE_CHARS)}`]),
    `${plainOrQuoted(redactor.apply(host.user), 128)}@${host.host} session=${name}`,
    job ? `command_id=${job.id} ${job.record.state.kind}` : "no command runs",
  ].join(" ");
}

function recordOnly(job: NonNullable<ScreenTarget["job"]>): Record<string, unknown> {
  const offset = job.text.totalChars;
  return commandRecord(job, job.text.read({ offset, maxChars: 0 }));
}
