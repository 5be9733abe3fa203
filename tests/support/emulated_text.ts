import headless from "@xterm/headless";
import { textWidth } from "../../src/terminal/cell_width.ts";

/** The size of the terminal that {@link emulatedText} stands for. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * What xterm shows of a stream, scrollback included: the reference for plain text.
 *
 * The screen is full of empty lines at first, as a session's screen is of older output. Blanks at
 * the end of lines and empty lines at the end of the text are left out, for a screen has no such.
 */
export async function emulatedText(
  stream: string,
  { columns, rows }: TerminalSize,
): Promise<string> {
  const options = { cols: columns, rows, scrollback: 100_000, allowProposedApi: true };
  const terminal = new headless.Terminal({ ...options, logLevel: "off" });
  await new Promise<void>((resolve) => terminal.write("\r\n".repeat(rows) + stream, resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from(
    { length: buffer.length - rows },
    (_, row) => buffer.getLine(row + rows)!.translateToString(),
  );
  terminal.dispose();
  return trimmed(lines.join("\n"));
}

/** Text as a screen shows it: tabs expanded, no blanks at the end of lines or empty last lines. */
export function trimmed(text: string): string {
  return text.split("\n").map((line) => expanded(line).trimEnd()).join("\n").trimEnd();
}

function expanded(line: string): string {
  let result = "";
  for (const part of line.split(/(\t)/)) {
    result += part === "\t" ? " ".repeat(8 - textWidth(result) % 8) : part;
  }
  return result;
}
