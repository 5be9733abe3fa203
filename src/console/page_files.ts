import type { PageFile } from "./http_server.ts";
import { PACKED_PAGE } from "./packed_page.ts";

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};
const unpacked = new Map<string, Promise<PageFile>>();

/** A file of the page, which the program carries packed in itself; undefined for none. */
export function pageFile(name: string): Promise<PageFile | undefined> {
  const packed = Object.hasOwn(PACKED_PAGE, name) ? PACKED_PAGE[name] : undefined;
  if (packed === undefined) return Promise.resolve(undefined);
  const known = unpacked.get(name) ?? unpack(name, packed);
  unpacked.set(name, known);
  return known;
}

async function unpack(name: string, packed: string): Promise<PageFile> {
  const stream = new Blob([Uint8Array.fromBase64(packed)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return { type: TYPES[name.split(".").at(-1)!] ?? "application/octet-stream", bytes };
}
