import assert from "node:assert/strict";
import {
  describedFamily,
  DEVICE_DESCRIPTIONS,
  type DeviceDescription,
} from "../../support/device_description.ts";
import { openDouble } from "../../support/device_session.ts";

const CHUNKINGS = 20;
const OUTPUTS = 8;

Deno.test("the replay corpus has eight outputs of at least 25 families", () => {
  const families = new Set(DEVICE_DESCRIPTIONS.map(({ profile }) => profile));
  assert.ok(families.size >= 25, `${families.size}`);
  for (const { name, outputs } of DEVICE_DESCRIPTIONS) assert.equal(outputs.length, OUTPUTS, name);
});

for (const description of DEVICE_DESCRIPTIONS) {
  Deno.test(`openDevice() finds the family of ${description.name}`, async () => {
    const { host } = description;
    await using device = await openDouble(describedFamily(description), { host });
    assert.equal(device.shell.facts.shellKind, description.profile);
  });

  for (const paging of ["off", "stubborn"] as const) {
    const how = paging === "off" ? "unpaged" : "paged";
    Deno.test(`DeviceShell.execute() returns the outputs of ${description.name} exactly, ${how}`, async () => {
      for (let chunking = 0; chunking < CHUNKINGS; chunking++) {
        await readSome(description, { paging, chunking });
      }
    });
  }
}

/** Two outputs in one random chunking; every one comes in five, by every pager and wipe. */
async function readSome(
  description: DeviceDescription,
  { paging, chunking }: { readonly paging: "off" | "stubborn"; readonly chunking: number },
): Promise<void> {
  const { outputs, host, profile } = description;
  const [longestPiece, longestDelayMs] = ([[1, 0], [900, 400], [60, 9], [300, 100]] as const)[
    chunking % 4
  ]!;
  await using device = await openDouble(describedFamily(description, chunking >> 2), {
    host,
    outputs,
    paging,
    pageRows: 5 + chunking % 9,
    seed: 1 + chunking,
    longestPiece,
    longestDelayMs,
    open: { profile },
  });
  for (const number of [chunking % OUTPUTS, (chunking + 3) % OUTPUTS]) {
    const { text, exit } = await device.run(`show output ${number}`);
    assert.equal(text, outputs[number] + "\n", `output ${number}, chunking ${chunking}`);
    assert.equal(exit?.exitStatus, null);
  }
}
