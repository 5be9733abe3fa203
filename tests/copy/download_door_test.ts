import assert from "node:assert/strict";
import { DownloadDoor } from "../../src/copy/download_door.ts";
import { FakeClock } from "../support/fake_clock.ts";

async function* content(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("text");
}

Deno.test("DownloadDoor withdraws a file after two minutes", async () => {
  const clock = new FakeClock();
  const door = new DownloadDoor(0, clock);
  const { signal } = new AbortController();
  const { url, fetched } = await door.offer({ sizeBytes: 4, content }, signal);
  const later = await door.offer({ sizeBytes: 4, content }, signal);
  await clock.advance(119_000);
  assert.equal(await (await fetch(later.url)).text(), "text");
  assert.ok(await later.fetched);
  await clock.advance(1_000);
  assert.ok(!await fetched);
  await assert.rejects(fetch(url), TypeError);
});

Deno.test("DownloadDoor offers sixteen files at most, and takes none back twice", async () => {
  const door = new DownloadDoor(0, new FakeClock());
  const stop = new AbortController();
  const offers = [];
  for (let at = 0; at < 16; at++) {
    offers.push(await door.offer({ sizeBytes: 4, content }, stop.signal));
  }
  await assert.rejects(door.offer({ sizeBytes: 4, content }, stop.signal), /16 files are on offer/);
  stop.abort(new Error("enough"));
  for (const { fetched } of offers) await assert.rejects(fetched, /enough/);
  await assert.rejects(door.offer({ sizeBytes: 4, content }, stop.signal), /enough/);
});
