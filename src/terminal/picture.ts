import type { IBuffer, IBufferCell, IBufferLine, Terminal } from "@xterm/headless";

/** Colour modes of xterm's cells. */
const SIXTEEN = 1 << 24;
const PALETTE = 2 << 24;

/** Margins and the cursor's visibility, which a terminal does not report. */
export interface PictureState {
  /** Parameters of DECSTBM as they came; "" for the whole screen. */
  margins: string;
  cursor: "shown" | "hidden";
}

/** Follows what {@link picture} needs beside the terminal's buffer. */
export function followState(terminal: Terminal): PictureState {
  const state: PictureState = { margins: "", cursor: "shown" };
  const { parser } = terminal;
  parser.registerCsiHandler({ final: "r" }, ([top, bottom]) => {
    state.margins = [top, bottom].map((row) => Number(row) || "").join(";").replace(/^;$/, "");
    return false;
  });
  const setMode = (cursor: PictureState["cursor"]) => (modes: (number | number[])[]): boolean => {
    if (modes.includes(25)) state.cursor = cursor;
    return false;
  };
  parser.registerCsiHandler({ prefix: "?", final: "h" }, setMode("shown"));
  parser.registerCsiHandler({ prefix: "?", final: "l" }, setMode("hidden"));
  const reset = (): boolean => {
    state.margins = "";
    state.cursor = "shown";
    return false;
  };
  parser.registerEscHandler({ final: "c" }, reset);
  parser.registerCsiHandler({ intermediates: "!", final: "p" }, reset);
  return state;
}

/**
 * The screen as output that draws it on a terminal of the same size: both screens, colours and
 * attributes, margins, modes, and the cursor last.
 */
export function picture(terminal: Terminal, state: PictureState): string {
  const { normal, active } = terminal.buffer;
  const alternate = active.type === "alternate" ? `\x1b[?1049h${drawn(terminal, active)}` : "";
  return `\x1bc${drawn(terminal, normal)}${alternate}${modes(terminal)}` +
    (state.margins === "" ? "" : `\x1b[${state.margins}r`) +
    (terminal.modes.originMode ? "\x1b[?6h" : "") +
    cursor(terminal, active) +
    (state.cursor === "hidden" ? "\x1b[?25l" : "");
}

function drawn(terminal: Terminal, buffer: IBuffer): string {
  let output = "";
  let style = "";
  for (let row = 0; row < terminal.rows; row++) {
    const line = buffer.getLine(buffer.baseY + row);
    const cells = line === undefined ? [] : usedCells(line);
    if (cells.length > 0) output += `\x1b[${row + 1};1H`;
    for (const cell of cells) {
      if (cell.getWidth() === 0) continue;
      const next = styleOf(cell);
      if (next !== style) output += `\x1b[${next}m`;
      style = next;
      output += cell.getChars() || " ";
    }
  }
  return `${output}\x1b[0m${cursor(terminal, buffer)}`;
}

/** A cursor that waits behind the last column does so again once that is printed again. */
function cursor(terminal: Terminal, buffer: IBuffer): string {
  const { cursorX, cursorY } = buffer;
  const column = Math.min(cursorX, terminal.cols - 1);
  const place = `\x1b[${cursorY + 1};${column + 1}H`;
  if (cursorX < terminal.cols) return place;
  const cell = buffer.getLine(buffer.baseY + cursorY)?.getCell(column);
  if (cell === undefined || cell.getWidth() !== 1) return place;
  return `${place}\x1b[${styleOf(cell)}m${cell.getChars() || " "}\x1b[0m`;
}

function usedCells(line: IBufferLine): readonly IBufferCell[] {
  const cells = Array.from({ length: line.length }, (_, column) => line.getCell(column));
  const last = cells.findLastIndex((cell) => cell !== undefined && isUsed(cell));
  return cells.slice(0, last + 1).filter((cell) => cell !== undefined);
}

function isUsed(cell: IBufferCell): boolean {
  const chars = cell.getChars();
  return (chars !== "" && chars !== " ") || !cell.isBgDefault() || cell.isInverse() !== 0 ||
    cell.isUnderline() !== 0;
}

/** Parameters of SGR (ECMA-48 §8.3.117) that set exactly this style. */
function styleOf(cell: IBufferCell): string {
  const attributes: readonly (readonly [isSet: number, code: number])[] = [
    [cell.isBold(), 1],
    [cell.isDim(), 2],
    [cell.isItalic(), 3],
    [cell.isUnderline(), 4],
    [cell.isBlink(), 5],
    [cell.isInverse(), 7],
    [cell.isInvisible(), 8],
    [cell.isStrikethrough(), 9],
    [cell.isOverline(), 53],
  ];
  const set = attributes.filter(([isSet]) => isSet !== 0).map(([, code]) => String(code));
  const foreground = cell.isFgDefault()
    ? []
    : [colour(30, { mode: cell.getFgColorMode(), value: cell.getFgColor() })];
  const background = cell.isBgDefault()
    ? []
    : [colour(40, { mode: cell.getBgColorMode(), value: cell.getBgColor() })];
  return ["0", ...set, ...foreground, ...background].join(";");
}

/** Of the three ways to name a colour the one that was used: bold brightens only the first 8. */
function colour(
  base: 30 | 40,
  { mode, value }: { readonly mode: number; readonly value: number },
): string {
  switch (mode) {
    case SIXTEEN:
      return String(value < 8 ? base + value : base + 60 + value - 8);
    case PALETTE:
      return `${base + 8};5;${value}`;
    default:
      return `${base + 8};2;${value >> 16};${(value >> 8) & 255};${value & 255}`;
  }
}

function modes(terminal: Terminal): string {
  const { modes } = terminal;
  const mouse: Readonly<Record<typeof modes.mouseTrackingMode, string>> = {
    none: "",
    x10: "\x1b[?9h",
    vt200: "\x1b[?1000h\x1b[?1006h",
    drag: "\x1b[?1002h\x1b[?1006h",
    any: "\x1b[?1003h\x1b[?1006h",
  };
  return (modes.applicationCursorKeysMode ? "\x1b[?1h" : "") +
    (modes.applicationKeypadMode ? "\x1b=" : "") +
    (modes.bracketedPasteMode ? "\x1b[?2004h" : "") +
    (modes.insertMode ? "\x1b[4h" : "") +
    (modes.wraparoundMode ? "" : "\x1b[?7l") +
    (modes.sendFocusMode ? "\x1b[?1004h" : "") +
    mouse[modes.mouseTrackingMode];
}
