import assert from "node:assert/strict";
import { conceal } from "../../src/config/conceal.ts";
import type { HiddenValue } from "../../src/config/resolved_host.ts";

const hidden: readonly HiddenValue[] = [
  { kind: "name", value: "db.internal.example", shownAs: "db" },
  { kind: "name", value: "10.0.0.5", shownAs: "db" },
  { kind: "name", value: "root", shownAs: "db" },
  { kind: "secret", value: "pa$$", shownAs: "[redacted]" },
  { kind: "secret", value: "pa$$word.*", shownAs: "[redacted]" },
];

const table: readonly (readonly [string, string, number])[] = [
  ["nothing here", "nothing here", 0],
  ["connect 10.0.0.5:22", "connect db:22", 1],
  ["110.0.0.5 and 10.0.0.55", "110.0.0.5 and 10.0.0.55", 0],
  ["root@DB.Internal.Example!", "db@db!", 2],
  ["chroot uprooted root_dir root", "chroot uprooted root_dir db", 1],
  ["wurzelroot ürootü", "wurzelroot ürootü", 0],
  ["(root)/root", "(db)/db", 2],
  ["xpa$$word.*x", "x[redacted]x", 1],
  ["pa$$ PA$$", "[redacted] PA$$", 1],
  ["", "", 0],
];

for (const [text, expected, count] of table) {
  Deno.test(`conceal() makes ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(conceal(text, hidden), { text: expected, count });
  });
}

Deno.test("conceal() passes over empty values", () => {
  assert.deepEqual(conceal("abc", [{ kind: "secret", value: "", shownAs: "x" }]), {
    text: "abc",
    count: 0,
  });
});
