import assert from "node:assert/strict";
import { expandGlob } from "../../../src/config/ssh_config/glob.ts";
import { memorySources } from "../memory_sources.ts";

const { files } = memorySources({
  "/d/a.conf": "",
  "/d/b.conf": "",
  "/d/B.conf": "",
  "/d/.hidden": "",
  "/d/[x]": "",
  "/d/sub/a.conf": "",
  "/e/a.conf": "",
});

const table: readonly (readonly [string, readonly string[]])[] = [
  ["/d/a.conf", ["/d/a.conf"]],
  ["/d/missing", ["/d/missing"]],
  ["/d/*.conf", ["/d/B.conf", "/d/a.conf", "/d/b.conf"]],
  ["/d/?.conf", ["/d/B.conf", "/d/a.conf", "/d/b.conf"]],
  ["/d/[ab].conf", ["/d/a.conf", "/d/b.conf"]],
  ["/d/[a-z].conf", ["/d/a.conf", "/d/b.conf"]],
  ["/d/[!a-z].conf", ["/d/B.conf"]],
  ["/d/[^B].conf", ["/d/a.conf", "/d/b.conf"]],
  ["/d/.h*", ["/d/.hidden"]],
  ["/d/\\[x\\]", ["/d/[x]"]],
  ["/?/a.conf", ["/d/a.conf", "/e/a.conf"]],
  ["/d/*/a.conf", [
    "/d/B.conf/a.conf",
    "/d/[x]/a.conf",
    "/d/a.conf/a.conf",
    "/d/b.conf/a.conf",
    "/d/sub/a.conf",
  ]],
  ["/d/*b", ["/d/sub"]],
  ["/nowhere/*", []],
];

for (const [pattern, expected] of table) {
  Deno.test(`expandGlob("${pattern}") finds ${expected.length}`, async () => {
    assert.deepEqual(await expandGlob(pattern, files), expected);
  });
}
