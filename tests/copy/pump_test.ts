import { strict as assert } from "node:assert";
import { pump } from "../../src/copy/pump.ts";

const PACE = { chunkBytes: 1_024, depth: 8, files: 1 };
const CHUNKS = 50;

Deno.test("Each chunk of a copy leaves a turn of the event loop to others", async () => {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const written: number[] = [];
  await pump({
    reading: {
      facts: () => Promise.reject(new Error("not asked for")),
      read: (_offset, into) => Promise.resolve(into),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    writing: {
      write: (offset) => Promise.resolve(void written.push(offset)),
      commit: () => Promise.resolve([]),
      discard: () => Promise.resolve(),
    },
    sizeBytes: CHUNKS * PACE.chunkBytes,
    paces: { source: PACE, destination: PACE },
    signal: new AbortController().signal,
    onRead: () => {},
    onWritten: () => {},
  });
  isOver = true;
  assert.deepEqual(written, Array.from({ length: CHUNKS }, (_, at) => at * PACE.chunkBytes));
  assert.ok(turns >= CHUNKS - 1, `${turns} turns for ${CHUNKS} chunks`);
  await new Promise(setImmediate);
});
