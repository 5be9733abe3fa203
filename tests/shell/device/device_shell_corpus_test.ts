import assert from "node:assert/strict";
import { DEVICE_CORPUS } from "../../support/device_corpus.ts";
import type { DoubleFamily } from "../../support/double_family.ts";
import { openDouble } from "../../support/device_session.ts";
import { DOUBLE_FAMILIES } from "../../support/device_families.ts";

const CHUNKINGS = 20;

Deno.test("the corpus holds at least 200 outputs", () => {
  assert.ok(new Set(DEVICE_CORPUS).size >= 200, `${new Set(DEVICE_CORPUS).size}`);
});

for (const [index, family] of DOUBLE_FAMILIES.entries()) {
  for (const paging of ["off", "stubborn"] as const) {
    const how = paging === "off" ? "unpaged" : "paged";
    Deno.test(`DeviceShell.execute() returns each output of the corpus, ${family.id}, ${how}`, async () => {
      for (let chunking = 0; chunking < CHUNKINGS; chunking++) {
        await readCorpus(family, { index, paging, chunking });
      }
    });
  }
}

/** Every eighth output of the corpus, moving on by one with each chunking. */
async function readCorpus(
  family: DoubleFamily,
  how: {
    readonly index: number;
    readonly paging: "off" | "stubborn";
    readonly chunking: number;
  },
): Promise<void> {
  const { index, paging, chunking } = how;
  const count = DOUBLE_FAMILIES.length;
  await using device = await openDouble(family, {
    outputs: DEVICE_CORPUS,
    paging,
    pageRows: 3 + chunking % 7,
    seed: 1 + chunking,
    longestPiece: chunking === 0 ? 1 : [5, 16, 60, 700][chunking % 4]!,
    longestDelayMs: [0, 2, 9, 40][(chunking >> 2) % 4]!,
    open: { profile: family.id },
  });
  for (let number = index; number < DEVICE_CORPUS.length; number += count) {
    const { text, exit } = await device.run(`show output ${number}`);
    assert.equal(text, DEVICE_CORPUS[number] + "\n", `output ${number}, chunking ${chunking}`);
    assert.equal(exit?.exitStatus, null);
  }
}
