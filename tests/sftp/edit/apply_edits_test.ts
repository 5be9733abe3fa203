import assert from "node:assert/strict";
import { applyEdits, type Edit } from "../../../src/sftp/edit/apply_edits.ts";
import { fileText } from "../../../src/sftp/edit/text_form.ts";
import { unifiedDiff } from "../../../src/sftp/edit/unified_diff.ts";
import { command } from "../../support/command.ts";
import { Random } from "../../support/random.ts";

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function edited(bytes: Uint8Array, edits: readonly Partial<Edit>[]): Uint8Array | string {
  const file = fileText(bytes);
  const whole = edits.map((edit) => ({ oldText: "", newText: "", replaceAll: false, ...edit }));
  const outcome = applyEdits(file, whole, bytes);
  return outcome.kind === "applied"
    ? file.encode(outcome.text)
    : outcome.problems.map(({ kind, index }) => `${kind} ${index}`).join();
}

/** The rule in its plainest words, on text that is neither CRLF nor marked. */
function reference(text: string, edits: readonly Edit[]): string | undefined {
  let now = text;
  for (const { oldText, newText, replaceAll } of edits) {
    if (oldText === newText) return undefined;
    const parts = now.split(oldText);
    if (parts.length === 1) return undefined;
    if (!replaceAll && now.indexOf(oldText) !== now.lastIndexOf(oldText)) return undefined;
    now = parts.join(newText);
  }
  return now;
}

Deno.test("applyEdits() does what the reference does, and unifiedDiff() applies back", async () => {
  const directory = await Deno.makeTempDir();
  const random = new Random(16);
  const word = (): string =>
    random.pick(["a", "aa", "b", "é", "日", " ", "\n", "a\n", "\tx", "$&"]);
  const words = (most: number): string =>
    Array.from({ length: random.below(most) + 1 }, word).join("");
  let applied = 0;
  for (let round = 0; round < 600; round++) {
    const text = words(60).replaceAll("\r", "");
    const edits = Array.from({ length: 1 + random.below(3) }, () => {
      const from = random.below(text.length);
      const oldText = random.onceIn(5) ? words(3) : text.slice(from, from + 1 + random.below(9));
      return { oldText, newText: random.onceIn(4) ? "" : words(4), replaceAll: random.onceIn(2) };
    }).filter(({ oldText }) => oldText.isWellFormed());
    const expected = reference(text, edits);
    const result = edited(utf8(text), edits);
    if (expected === undefined) {
      assert.equal(typeof result, "string", JSON.stringify({ text, edits }));
      continue;
    }
    assert.deepEqual(result, utf8(expected), JSON.stringify({ text, edits }));
    applied++;
    if (applied % 5 === 0) await patchBack(directory, text, expected);
  }
  assert.ok(applied > 200, `${applied} applied`);
  await Deno.remove(directory, { recursive: true });
});

/** patch(1) makes the new text of the old one by the diff, and the old one of the new one. */
async function patchBack(directory: string, before: string, after: string): Promise<void> {
  const diff = unifiedDiff("f", before, after)!;
  if (before === after) return;
  const file = `${directory}/f`;
  for (const [flags, from, to] of [[[], before, after], [["-R"], after, before]] as const) {
    await Deno.writeTextFile(file, from);
    const done = await command(["patch", "-s", "-f", ...flags, file], { stdin: diff });
    assert.equal(done.code, 0, done.stdout + diff);
    const is = await Deno.readTextFile(file).catch(() => "");
    assert.equal(is, to);
  }
}

const bytesOf = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => typeof part === "number" ? [part] : [...utf8(part)]));

const KEPT:
  readonly (readonly [string, Uint8Array, readonly Partial<Edit>[], Uint8Array | string])[] = [
    [
      "CRLF of a line feed in an edit",
      utf8("a\r\nb\r\nc\r\n"),
      [{ oldText: "a\nb", newText: "x\ny\nz" }],
      utf8("x\r\ny\r\nz\r\nc\r\n"),
    ],
    [
      "line ends that an edit names exactly",
      utf8("a\r\nb\r\n"),
      [{ oldText: "\r\n", newText: "\n", replaceAll: true }],
      utf8("a\nb\n"),
    ],
    [
      "mixed line ends",
      utf8("a\r\nb\nc\r\n"),
      [{ oldText: "b\nc", newText: "d\ne" }],
      utf8("a\r\nd\ne\r\n"),
    ],
    [
      "a byte order mark, named or not",
      bytesOf(0xef, 0xbb, 0xbf, "one\ntwo"),
      [{ oldText: "\ufeffone", newText: "1" }, { oldText: "1\n", newText: "uno\n" }],
      bytesOf(0xef, 0xbb, 0xbf, "uno\ntwo"),
    ],
    [
      "UTF-16 by its mark",
      bytesOf(0xff, 0xfe, "a", 0, 0x0d, 0, 0x0a, 0),
      [{ oldText: "a", newText: "é" }],
      bytesOf(0xff, 0xfe, 0xe9, 0, 0x0d, 0, 0x0a, 0),
    ],
    [
      "each byte of ISO 8859-1",
      bytesOf("caf", 0xe9, " x", 0x80),
      [{ oldText: "café", newText: "thé" }],
      bytesOf("th", 0xe9, " x", 0x80),
    ],
    [
      "each byte of damaged UTF-8",
      bytesOf("é ", 0xff, " end", 0),
      [{ oldText: "end", newText: "END" }],
      bytesOf("é ", 0xff, " END", 0),
    ],
    [
      "damaged UTF-8 from an edit that could damage it more",
      bytesOf("é ", 0xff, " end"),
      [{ oldText: "end", newText: "é" }],
      "damaged-utf8 1",
    ],
    ["overlapping places as ambiguous", utf8("aaa"), [{ oldText: "aa" }], "ambiguous 1"],
    ["an edit that changes nothing", utf8("a"), [{ oldText: "a", newText: "a" }], "no-change 1"],
    [
      "all edits or none, naming each",
      utf8("a b b"),
      [{ oldText: "a", newText: "c" }, { oldText: "x" }, { oldText: "b" }],
      "not-found 2,ambiguous 3",
    ],
    ["dollar signs of new_text", utf8("a"), [{ oldText: "a", newText: "$&$1" }], utf8("$&$1")],
  ];

for (const [title, bytes, edits, expected] of KEPT) {
  Deno.test(`applyEdits() keeps or refuses ${title}`, () => {
    assert.deepEqual(edited(bytes, edits), expected);
  });
}

Deno.test("applyEdits() names the lines that are nearest to what was not found", () => {
  const lines = ["server {", "    listen 80;", "    server_name example.org;", "}", "other"];
  const near = (oldText: string): readonly (readonly [number, string])[] => {
    const file = fileText(utf8(lines.join("\n")));
    const outcome = applyEdits(file, [{ oldText, newText: "", replaceAll: false }], utf8(""));
    assert.equal(outcome.kind, "refused");
    const [problem] = outcome.kind === "refused" ? outcome.problems : [];
    assert.equal(problem?.kind, "not-found");
    return problem?.kind === "not-found"
      ? problem.near.map(({ number, text }) => [number, text] as const)
      : [];
  };
  assert.deepEqual(near("server {\n  listen 80;\n"), [
    [1, "server {"],
    [2, "    listen 80;"],
    [3, "    server_name example.org;"],
  ]);
  assert.deepEqual(near("server_names example.com"), [[3, "    server_name example.org;"]]);
  assert.deepEqual(near("zzz"), []);
});

Deno.test("applyEdits() and unifiedDiff() are bounded on hostile files", () => {
  const size = 2 * 1024 * 1024;
  for (const unit of ["a", "a\n", "ab", `${"x".repeat(400)}\n`]) {
    const text = unit.repeat(size / unit.length);
    assert.match(String(edited(utf8(text), [{ oldText: `${unit.repeat(30)}zz` }])), /not-found/);
    const file = fileText(utf8(text));
    const all = [{ oldText: unit, newText: "b\n", replaceAll: true }];
    const outcome = applyEdits(file, all, utf8(text));
    assert.equal(outcome.kind, "applied");
    if (outcome.kind === "applied") unifiedDiff("f", text, outcome.text);
  }
});
