import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { CopyCheck } from "../../src/copy/copy_check.ts";
import { DigestBeside } from "../../src/copy/digest_beside.ts";
import { remoteSource } from "../../src/copy/remote_ends.ts";
import { mustRun } from "../support/command.ts";
import { openStation } from "../sftp/station.ts";

const MIB = 1024 ** 2;

Deno.test("DigestBeside reads a file while it grows, also under a new name", async () => {
  await using station = await openStation({ sftp: "on" });
  const { files, connection, account } = station;
  const end = { clock: systemClock, files, connection, elevation: { kind: "none" } as const };
  const { signal } = new AbortController();
  const path = `${account.home}/it's -e\n"x"`;
  const piece = crypto.getRandomValues(new Uint8Array(64 * 1024));
  await using file = await Deno.open(path, { createNew: true, write: true });
  await Deno.chown(path, account.uid, account.gid);
  const beside = new DigestBeside(path, { end, signal });
  const parts = 41 * MIB / piece.length;
  for (let part = 1; part <= parts; part++) {
    await file.write(piece);
    beside.advance(part * piece.length);
    // Renamed only once it is open there.
    if (part === parts - 1) { while (!await isOpenElsewhere(path)) await Promise.resolve(); }
    if (part === parts - 1) await Deno.rename(path, `${account.home}/final`);
  }
  await file.write(new Uint8Array([1, 2, 3]));
  const digest = await beside.finish(41 * MIB + 3);
  const [truth] = (await mustRun(["sha256sum", `${account.home}/final`])).split(" ");
  assert.equal(digest, truth);

  await using check = new CopyCheck({ end, reader: () => remoteSource(end), signal });
  const copied = { path: `${account.home}/final`, sizeBytes: 41 * MIB + 3 };
  await check.add({ ...copied, sha256: truth! });
  await check.finish();
  const missing = check.beside(`${account.home}/nothing`, 64 * MIB)!;
  assert.equal(check.beside(`${account.home}/final`, 64 * MIB), undefined);
  // Where it cannot be read beside, it is read afterwards.
  await check.add({ ...copied, sha256: truth! }, missing);
  await check.finish();
  await check.add({ ...copied, sha256: "0".repeat(64) });
  await assert.rejects(check.finish(), /has another sha256 than its source/);
});

async function isOpenElsewhere(path: string): Promise<boolean> {
  const found = await mustRun(["sh", "-c", `ls -l /proc/[0-9]*/fd/3 2>/dev/null || :`]);
  return found.includes(path.slice(0, path.indexOf("\n"))) || found.includes("it's -e");
}
