import assert from "node:assert/strict";
import { pageFile } from "../../src/console/page_files.ts";
import { PACKED_PAGE } from "../../src/console/packed_page.ts";
import { mustRun } from "../support/command.ts";
import { REPOSITORY } from "../support/source_file.ts";

Deno.test("pageFile() serves the page as deno task pack-page makes it now", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await mustRun([Deno.execPath(), "task", "-q", "pack-page", `--to=${path}`], { cwd: REPOSITORY });
  const made = (await import(`file://${path}`)).PACKED_PAGE as typeof PACKED_PAGE;
  await Deno.remove(path);
  assert.deepEqual(Object.keys(made).sort(), Object.keys(PACKED_PAGE).sort());
  for (const [name, packed] of Object.entries(made)) {
    const stream = new Blob([Uint8Array.fromBase64(packed)]).stream()
      .pipeThrough(new DecompressionStream("gzip"));
    const file = await pageFile(name);
    const text = new TextDecoder().decode(file!.bytes);
    assert.ok(text === await new Response(stream).text(), `${name}: run deno task pack-page`);
  }
  assert.equal(await pageFile("constructor"), undefined);
});
