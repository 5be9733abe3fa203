import assert from "node:assert/strict";
import { mustRun } from "./command.ts";
import { writeThrowawayKey } from "./throwaway_key.ts";

Deno.test("writeThrowawayKey() writes what ssh-keygen reads, each time another", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/key`;
  const seen = new Set<string>();
  for (let round = 0; round < 3; round++) {
    await Deno.remove(path).catch(() => {});
    await writeThrowawayKey(path);
    const shown = await Deno.readTextFile(`${path}.pub`);
    assert.equal(await mustRun(["ssh-keygen", "-y", "-f", path]), shown);
    seen.add(shown);
  }
  await Deno.remove(directory, { recursive: true });
  assert.equal(seen.size, 3);
});
