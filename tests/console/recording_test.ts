import assert from "node:assert/strict";
import { Recording } from "../../src/console/recording.ts";

const SIZE = { columns: 80, rows: 24 };

function events(recording: Recording, version: 2 | 3): unknown[] {
  const [, ...lines] = [...recording.lines({ version, title: "x" })];
  return lines.map((line) => JSON.parse(line));
}

Deno.test("Recording writes asciicast v2 with times from the start, and v3 with intervals", () => {
  const recording = new Recording(SIZE);
  recording.output("first", 5_000, () => "screen");
  recording.output("two", 6_500, () => assert.fail());
  recording.marker("stopped", 7_000);
  const head = (version: 2 | 3): unknown =>
    JSON.parse([...recording.lines({ version, title: "u@h" })][0]!);
  assert.deepEqual(head(2), {
    ...{ version: 2, width: 80, height: 24, timestamp: 5, title: "u@h" },
    env: { TERM: "xterm-256color" },
  });
  assert.deepEqual(head(3), {
    version: 3,
    term: { cols: 80, rows: 24, type: "xterm-256color" },
    timestamp: 5,
    title: "u@h",
  });
  assert.deepEqual(events(recording, 2), [[0, "o", "screen"], [1.5, "o", "two"], [
    2,
    "m",
    "stopped",
  ]]);
  assert.deepEqual(events(recording, 3), [[0, "o", "screen"], [1.5, "o", "two"], [
    0.5,
    "m",
    "stopped",
  ]]);
});

Deno.test("Recording keeps its bound, and begins with a picture whatever was dropped", () => {
  const recording = new Recording(SIZE, 4_000);
  for (let at = 0; at < 1_000; at++) recording.output("x".repeat(90), at, () => `picture ${at}`);
  assert.ok(recording.units <= 4_000, `${recording.units}`);
  const [first] = events(recording, 2) as [number, string, string][];
  assert.match(first![2], /^picture 9\d\d$/);
});
