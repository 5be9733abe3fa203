import type { Dialogue } from "./dialogue.ts";

const SHOWN_ROWS = 3;
const SHOWN_CHARS = 160;

/** Rows printed while no command ran, as notes for the next result; forgets it. */
export function takeIdleRows({ terminal, learned }: Dialogue): string[] {
  const { model } = terminal;
  const prompt = learned.prompt.text;
  const rows: string[] = [];
  for (let row = model.firstRow; row < model.cursorRow; row++) {
    const { text } = model.line(row);
    const printed = text.startsWith(prompt) ? text.slice(prompt.length) : text;
    if (printed.trim() !== "") rows.push(printed.trim().slice(0, SHOWN_CHARS));
  }
  model.release(model.cursorRow);
  const more = terminal.takeDroppedRows() + Math.max(0, rows.length - SHOWN_ROWS);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, SHOWN_ROWS).join(" | ");
  const rest = more === 0 ? "" : ` and ${more} more lines`;
  return [`between commands the device printed "${shown}"${rest}`];
}
