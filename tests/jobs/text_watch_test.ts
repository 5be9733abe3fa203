import assert from "node:assert/strict";
import { BoundedText, type TextUpdate } from "../../src/jobs/bounded_text.ts";
import { TextWatch } from "../../src/jobs/text_watch.ts";

/** Feeds updates to a text that is watched from its present end on. */
function watched(wanted: string, before: string, updates: readonly TextUpdate[]): TextWatch {
  const text = new BoundedText(4_000);
  text.append({ text: before, line: "" });
  const watch = new TextWatch(text, { wanted, offset: text.totalChars });
  for (const update of updates) watch.changed(text.append(update));
  return watch;
}

Deno.test("TextWatch finds a text wherever the output is cut, and not what stood before", () => {
  const printed = "aab: aaab ready\n";
  for (let cut = 0; cut <= printed.length; cut++) {
    const first = { text: "", line: printed.slice(0, cut) };
    const watch = watched("aaab ready", "aaab ready\n", [first, { text: printed, line: "" }]);
    assert.equal(watch.foundAt, 11 + 5, String(cut));
  }
  assert.equal(watched("ready", "ready\n", []).foundAt, undefined);
  assert.equal(watched("a|b", "", [{ text: "a\nb\n", line: "" }]).foundAt, undefined);
  assert.equal(watched("a|b", "", [{ text: "a|b\n", line: "" }]).foundAt, 0);
  assert.equal(
    watched("end\nnext", "", [{ text: "end\n", line: "ne" }, { text: "", line: "next" }])
      .foundAt,
    0,
  );
});

Deno.test("TextWatch finds what a rewritten line shows, and lines that were taken back", () => {
  const progress = [10, 50, 99].map((percent) => ({ text: "", line: `at ${percent} %` }));
  assert.equal(watched("at 99", "", progress).foundAt, 0);
  const rows = [{ text: "one\ntwo\n", line: "" }, { text: "done\nthree\n", line: "", rewound: 2 }];
  assert.equal(watched("done", "old\n", rows).foundAt, 4);
});

Deno.test("TextWatch finds a text in output that is longer than is kept", () => {
  const flood = Array.from(
    { length: 100 },
    (_, n) => ({ text: `line ${n}\n`.repeat(50), line: "" }),
  );
  assert.notEqual(watched("line 99\n", "", flood).foundAt, undefined);
  assert.equal(watched("line 100\n", "", flood).foundAt, undefined);
});
