import assert from "node:assert/strict";
import { BoundedText, JOB_TEXT_LIMIT_CHARS } from "../../src/jobs/bounded_text.ts";

function filled(limitChars: number, ...chunks: string[]): BoundedText {
  const text = new BoundedText(limitChars);
  for (const chunk of chunks) text.append({ text: chunk, line: "" });
  return text;
}

function all(text: BoundedText, pageChars: number): string {
  let read = "";
  for (let offset = 0; offset < text.totalChars;) {
    const page = text.read({ offset, maxChars: pageChars });
    const next = page.omittedChars > 0 ? page.gapOffset : page.nextOffset;
    assert.ok(next > offset, `no progress at ${offset}`);
    read += page.omittedChars > 0 ? page.head : page.head + page.tail;
    offset = next;
  }
  return read;
}

Deno.test("BoundedText.read() gives back what was appended, the unfinished line included", () => {
  const text = new BoundedText();
  text.append({ text: "one\ntwo\n", line: "thr" });
  const slice = text.read({ offset: 0, maxChars: 100 });
  assert.equal(slice.head, "one\ntwo\nthr");
  assert.equal(slice.nextOffset, 11);
  assert.equal(text.totalChars, 11);
  assert.equal(text.lastLine, "thr");
});

Deno.test("BoundedText.read() leaves out the middle at line ends, and reading on from there gives exactly that", () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `${index}\n`);
  const whole = lines.join("");
  const text = filled(JOB_TEXT_LIMIT_CHARS, ...lines);
  const cut = text.read({ offset: 0, maxChars: 200 });
  assert.ok(cut.head.length + cut.tail.length <= 200);
  assert.ok(cut.head.endsWith("\n") && whole.at(-cut.tail.length - 1) === "\n");
  assert.equal(cut.head.length + cut.omittedChars + cut.tail.length, whole.length);
  assert.equal(cut.nextOffset, whole.length);
  const middle = text.read({ offset: cut.gapOffset, maxChars: whole.length });
  assert.equal(cut.head + (middle.head + middle.tail).slice(0, cut.omittedChars) + cut.tail, whole);
});

Deno.test("BoundedText.read() pages through everything without a gap", () => {
  const whole = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join("");
  const chunks = whole.match(/[^]{1,777}/g) ?? [];
  assert.equal(all(filled(JOB_TEXT_LIMIT_CHARS, ...chunks), 1234), whole);
});

Deno.test("BoundedText keeps the first tenth and the last nine of its limit, and counts the rest", () => {
  const whole = Array.from({ length: 3000 }, (_, index) => `${index}`.padStart(9, "0") + "\n").join(
    "",
  );
  const text = filled(10_000, ...whole.match(/[^]{1,70}/g)!);
  assert.equal(text.totalChars, 30_000);
  assert.equal(text.droppedChars, 20_000);
  assert.equal(text.keptChars, 10_000);
  assert.equal(all(text, 512), whole.slice(0, 1000) + whole.slice(-9000));
  const cut = text.read({ offset: 0, maxChars: 20_000 });
  assert.equal(cut.head + cut.tail, whole.slice(0, 1000) + whole.slice(-9000));
  assert.equal(cut.missingChars, 20_000);
  const inGap = text.read({ offset: 5_000, maxChars: 10 });
  assert.equal(inGap.offset, 5_000);
  assert.equal(inGap.missingChars, 16_000);
  assert.equal(inGap.gapOffset, 21_000);
  assert.equal(inGap.head, "");
  assert.equal(inGap.omittedChars + inGap.tail.length, 9_000);
  assert.ok(whole.endsWith(inGap.tail));
});

Deno.test("BoundedText takes a stream of 100 MB in bounded memory", () => {
  const text = new BoundedText();
  const chunk = `${"x".repeat(76)}\n`.repeat(850);
  let total = 0;
  while (total < 100_000_000) {
    text.append({ text: chunk, line: "" });
    total += chunk.length;
  }
  assert.equal(text.totalChars, total);
  assert.equal(text.keptChars, JOB_TEXT_LIMIT_CHARS);
  assert.equal(text.droppedChars, total - JOB_TEXT_LIMIT_CHARS);
});

Deno.test("BoundedText.read() never cuts a surrogate pair", () => {
  const whole = "🙂".repeat(500);
  const text = new BoundedText(400);
  text.append({ text: `${whole}\n`, line: "" });
  for (let maxChars = 1; maxChars < 60; maxChars++) {
    const { head, tail } = text.read({ offset: 0, maxChars });
    assert.ok(head.isWellFormed() && tail.isWellFormed(), `maxChars ${maxChars}`);
    const page = text.read({ offset: 0, maxChars });
    assert.ok(page.head.isWellFormed(), `page of ${maxChars}`);
  }
});

Deno.test("BoundedText.read() starts at the line's beginning when a line shown earlier was rewritten", () => {
  const text = new BoundedText();
  text.append({ text: "start\n", line: "10 %" });
  const first = text.read({ offset: 0, maxChars: 100 });
  assert.equal(first.nextOffset, 10);
  text.append({ text: "", line: "20 % done" });
  const second = text.read({ offset: first.nextOffset, maxChars: 100 });
  assert.equal(second.offset, 6);
  assert.equal(second.head, "20 % done");
});

Deno.test("BoundedText.read() goes on in the middle of a line that only grew", () => {
  const text = new BoundedText();
  text.append({ text: "", line: "comp" });
  const first = text.read({ offset: 0, maxChars: 100 });
  text.append({ text: "compiled\nnext\n", line: "" });
  const second = text.read({ offset: first.nextOffset, maxChars: 100 });
  assert.equal(second.head, "iled\nnext\n");
});

Deno.test("BoundedText.read() notices a rewritten line that has become shorter and finished", () => {
  const text = new BoundedText();
  text.append({ text: "", line: "downloading 99 %" });
  const first = text.read({ offset: 0, maxChars: 100 });
  text.append({ text: "done\n", line: "" });
  const second = text.read({ offset: first.nextOffset, maxChars: 100 });
  assert.equal(second.offset, 0);
  assert.equal(second.head, "done\n");
});

Deno.test("BoundedText.append() takes finished lines back, and readers start over from there", () => {
  const text = new BoundedText();
  text.append({ text: "keep\na: pulling\nb: pulling\n", line: "" });
  const first = text.read({ offset: 0, maxChars: 100 });
  text.append({ rewound: 2, text: "a: done\nb: pulling\n", line: "" });
  assert.equal(all(text, 100), "keep\na: done\nb: pulling\n");
  const second = text.read({ offset: first.nextOffset, maxChars: 100 });
  assert.equal(second.offset, 5);
  assert.equal(second.head, "a: done\nb: pulling\n");
});

Deno.test("BoundedText.append() takes lines back across chunk borders", () => {
  const text = new BoundedText();
  const lines = Array.from({ length: 20_000 }, (_, index) => `row ${index}\n`);
  for (const line of lines) text.append({ text: line, line: "" });
  text.append({ rewound: 15_000, text: "new\n", line: "tail" });
  assert.equal(all(text, 50_000), `${lines.slice(0, 5_000).join("")}new\ntail`);
});

Deno.test("BoundedText.shrink() gives up all but what fits, and says so", () => {
  const text = filled(10_000, "0123456789\n".repeat(500));
  text.shrink(0);
  assert.equal(text.totalChars, 5_500);
  assert.equal(text.droppedChars, 5_500);
  const slice = text.read({ offset: 0, maxChars: 100 });
  assert.equal(slice.head + slice.tail, "");
});

Deno.test("BoundedText equals a plain string under random appends, rewinds and reads", () => {
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  const text = new BoundedText();
  let lines: string[] = [];
  let line = "";
  for (let step = 0; step < 3_000; step++) {
    const rewound = random(10) === 0 ? Math.min(random(5), lines.length) : 0;
    const words = [`${random(1e6)}`, "é漢👩‍💻", "x".repeat(random(5_000))];
    const added = Array.from(
      { length: random(4) },
      () => `${words[Math.max(0, random(60) - 57)]}\n`,
    );
    lines = [...lines.slice(0, lines.length - rewound), ...added];
    line = random(2) === 0 ? "" : String(random(1e4));
    text.append({ rewound, text: added.join(""), line });
    if (random(50) !== 0) continue;
    assert.equal(all(text, 1 + random(5_000)), lines.join("") + line, `step ${step}`);
  }
});
