import assert from "node:assert/strict";
import { conceal } from "../../src/config/conceal.ts";
import type { HiddenValue } from "../../src/config/resolved_host.ts";

const hidden: readonly HiddenValue[] = [
  { kind: "name", value: "db.internal.example", shownAs: "db" },
  { kind: "name", value: "10.0.0.5", shownAs: "db" },
  { kind: "name", value: "root", shownAs: "db" },
  { kind: "secret", value: "pa$$", shownAs: "[redacted]" },
  { kind: "secret", value: "pa$$word.*", shownAs: "[redacted]" },
  { kind: "name", value: "2222", shownAs: "db" },
  { kind: "short", value: "k9", shownAs: "[short]" },
  { kind: "short", value: "y", shownAs: "[short]" },
  { kind: "secret", value: "overl", shownAs: "[one]" },
  { kind: "secret", value: "verlapp", shownAs: "[both]" },
];

const table: readonly (readonly [string, string, number])[] = [
  ["nothing here", "nothing here", 0],
  ["connect 10.0.0.5:22", "connect db:22", 1],
  ["110.0.0.5 and 10.0.0.55", "110.0.0.5 and 10.0.0.55", 0],
  ["root@DB.Internal.Example!", "db@db!", 2],
  ["chroot uprooted root_dir root", "chroot uprooted db_dir db", 2],
  ["wurzelroot ürootü", "wurzelroot ürootü", 0],
  ["(root)/root", "(db)/db", 2],
  ["xpa$$word.*x", "x[redacted]x", 1],
  ["pa$$ PA$$", "[redacted] PA$$", 1],
  ["root7 7root v10.0.0.5_", "db7 7db vdb_", 3],
  ["on 2222, not 12222 or f2222e", "on db, not 12222 or f2222e", 1],
  ["k9 (k9) k9z zk9 k9\n", "[short] ([short]) k9z zk9 [short]\n", 3],
  ["y yes [y/n] y \ny", "y yes [y/n] [short] \n[short]", 2],
  ["overlapping", "[both]ing", 1],
  ["\u{1f511}k9\u{1f511}", "\u{1f511}[short]\u{1f511}", 1],
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
