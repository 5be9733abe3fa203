/** Rows in columns as wide as their longest cell, under a line of headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map(cell));
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]): string =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return cells.map(line).join("\n");
}

function cell(text: string): string {
  return text === "" ? "-" : text.split(/\s/).filter((word) => word !== "").join(" ");
}
