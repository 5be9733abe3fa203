// Draws the layers of `src` as `.github/layers.svg`: `deno task figure`.
import { type Layer, STEPS } from "../../tests/support/layers.ts";
import { REPOSITORY } from "../../tests/support/source_file.ts";

const WIDTH_PX = 760;
const ROW_PX = 52;
const GAP_PX = 10;
const MARGIN_PX = 16;
const PATH = `${REPOSITORY}.github/layers.svg`;

const CSS = `
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; text-anchor: middle }
.name { font-weight: 700 }
rect { fill: #ddf4ff; stroke: #54aeff }
.paper { fill: #ffffff; stroke: none }`;

if (import.meta.main) await Deno.writeTextFile(PATH, layersFigure());

/** Drawn from the top, `main`, down to what everything rests on. */
export function layersFigure(): string {
  const rows = STEPS.toReversed();
  const height = rows.length * (ROW_PX + GAP_PX) - GAP_PX + 2 * MARGIN_PX;
  const size = `width="${WIDTH_PX}" height="${height}" viewBox="0 0 ${WIDTH_PX} ${height}"`;
  const title = "The layers of src: each imports only those below it, and neighbours are strangers";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<style>${CSS}\n</style>`,
    `<rect class="paper" width="${WIDTH_PX}" height="${height}"/>`,
    ...rows.flatMap((layers, row) => drawnRow(layers, MARGIN_PX + row * (ROW_PX + GAP_PX))),
    "</svg>",
    "",
  ].join("\n");
}

function drawnRow(layers: readonly Layer[], y: number): readonly string[] {
  const width = (WIDTH_PX - 2 * MARGIN_PX - (layers.length - 1) * GAP_PX) / layers.length;
  return layers.flatMap(({ name, does }, index) => {
    const x = MARGIN_PX + index * (width + GAP_PX);
    const middle = (x + width / 2).toFixed(1);
    const box = `width="${width.toFixed(1)}" height="${ROW_PX}" rx="6"`;
    return [
      `<rect x="${x.toFixed(1)}" y="${y}" ${box}/>`,
      `<text class="name" x="${middle}" y="${y + 21}">${name}</text>`,
      `<text x="${middle}" y="${y + 40}">${does}</text>`,
    ];
  });
}
