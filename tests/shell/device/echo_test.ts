import assert from "node:assert/strict";
import { EchoFilter } from "../../../src/shell/device/echo.ts";

const LOG = "*Mar  1 00:01:02.123: %LINK-3-UPDOWN: Interface Gi0/2, changed state to up";

const TABLE: readonly {
  readonly name: string;
  readonly rows: readonly string[];
  readonly body: readonly string[];
  readonly incomplete?: "incomplete";
}[] = [
  { name: "an echo behind the prompt", rows: ["R1#show clock", "10:11"], body: ["10:11"] },
  { name: "no echo at all", rows: ["R1#", "10:11"], body: ["10:11"] },
  { name: "a completed abbreviation", rows: ["R1#show clock detail", "10:11"], body: ["10:11"] },
  { name: "a log line inside", rows: ["R1#sho", LOG, "w clock", "10:11"], body: [LOG, "10:11"] },
  {
    name: "a log line inside, and the prompt drawn again",
    rows: ["R1#sho", LOG, "R1#show clock", "10:11"],
    body: [LOG, "10:11"],
  },
  { name: "an echo twice", rows: ["R1#show clock", "R1#show clock", "10:11"], body: ["10:11"] },
  {
    name: "an echo broken at a width",
    rows: ["R1#sh", "ow ", "cloc", "k", "10:11"],
    body: ["10:11"],
  },
  { name: "half an echo", rows: ["R1#sho", LOG], body: [LOG], incomplete: "incomplete" },
  {
    name: "output that repeats the line",
    rows: ["R1#show clock", "show clock"],
    body: ["show clock"],
  },
];

for (const { name, rows, body, incomplete } of TABLE) {
  Deno.test(`EchoFilter.takes() follows ${name}`, () => {
    const filter = new EchoFilter("R1#", "show clock");
    assert.deepEqual(rows.filter((row) => !filter.takes(row)), body);
    assert.equal(filter.isIncomplete, incomplete !== undefined);
  });
}
