/** A piece of a line in one colour. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
}

/** What a piece is. */
export type Style =
  | "plain"
  | "title"
  | "call"
  | "arguments"
  | "well"
  | "waiting"
  | "failed"
  | "dim";

const COLUMNS = 108;
const FONT_PX = 13;
const COLUMN_PX = 7.8;
const ROW_PX = 19;
const MARGIN_PX = 20;
const BAR_PX = 34;

const CSS = `
text { font: ${FONT_PX}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre }
.title { fill: #ffffff; font-weight: 700 }
.call { fill: #79c0ff; font-weight: 700 }
.arguments { fill: #a5d6ff }
.well { fill: #7ee787 }
.waiting { fill: #f2cc60 }
.failed { fill: #ff7b72 }
.dim { fill: #8b949e }`;

/** Draws lines of text as a terminal's window; a line that is too long goes on in the next row. */
export function terminalSvg(title: string, lines: readonly (readonly Piece[])[]): string {
  const rows = lines.flatMap((line) => wrapped(line));
  const width = Math.ceil(COLUMNS * COLUMN_PX + 2 * MARGIN_PX);
  const height = BAR_PX + rows.length * ROW_PX + MARGIN_PX;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${CSS}\n</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map((fill, index) =>
      `<circle cx="${MARGIN_PX + index * 18}" cy="18" r="6" fill="${fill}"/>`
    ),
    ...rows.map((row, index) => drawn(row, BAR_PX + (index + 1) * ROW_PX - 4)),
    "</svg>",
    "",
  ].join("\n");
}

function drawn(row: readonly Piece[], y: number): string {
  const spans = row.map(({ text, style }) =>
    style === "plain" ? escaped(text) : `<tspan class="${style}">${escaped(text)}</tspan>`
  );
  return `<text x="${MARGIN_PX}" y="${y}" xml:space="preserve">${spans.join("")}</text>`;
}

/** Rows of at most {@link COLUMNS} characters; those that continue a line stand further in. */
function wrapped(line: readonly Piece[]): Piece[][] {
  const rows: Piece[][] = [[]];
  let column = 0;
  for (const { text, style } of line) {
    for (const word of text.split(/(?<=[\s,/])/)) {
      if (column > 0 && column + word.trimEnd().length > COLUMNS) {
        rows.push([{ text: "    ", style: "plain" }]);
        column = 4;
      }
      rows.at(-1)!.push({ text: word, style });
      column += word.length;
    }
  }
  return rows.map(joined);
}

/** Neighbours of one style become one piece. */
function joined(row: readonly Piece[]): Piece[] {
  const pieces: Piece[] = [];
  for (const piece of row) {
    const last = pieces.at(-1);
    if (last?.style !== piece.style) pieces.push(piece);
    else pieces[pieces.length - 1] = { text: last.text + piece.text, style: piece.style };
  }
  return pieces;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
