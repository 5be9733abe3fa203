import type { Redactor } from "../jobs/redactor.ts";
import { quoteText } from "../terminal/quote.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import { makeVisible } from "../terminal/visible.ts";

/** Key of a screen's facts in a result's `_meta`. */
export const SCREEN_META_KEY = "mcp-ssh-session/screen";

const TITLE_CHARS = 300;

/** A screen as a reply shows it. */
export interface ScreenText {
  /** Size, cursor and title, as one line. */
  readonly facts: string;
  /** Rows from the top, without the blank ones at the end. */
  readonly rows: readonly string[];
  /** The same facts for programs. */
  readonly meta: Record<string, unknown>;
}

/** Makes text of a screen, without what must not show. */
export function screenText(screen: ScreenSnapshot, redactor: Redactor): ScreenText {
  const { cursor, columns, alternateScreen } = screen;
  const rows = redactor.applyRows(screen.rows, columns).map((row) => makeVisible(row).text);
  while (rows.at(-1) === "") rows.pop();
  const title = redactor.apply(screen.title);
  return {
    facts: [
      `[screen ${columns}x${screen.rows.length}]`,
      `cursor row ${cursor.row + 1} column ${cursor.column + 1}`,
      ...(alternateScreen ? ["alternate screen"] : []),
      ...(title === "" ? [] : [`title ${quoteText(title, TITLE_CHARS)}`]),
    ].join(" "),
    rows,
    meta: {
      rows: screen.rows.length,
      columns,
      cursor,
      title: makeVisible(title).text,
      alternate_screen: alternateScreen,
    },
  };
}
