import assert from "node:assert/strict";
import { Withheld } from "../../src/jobs/withheld.ts";

Deno.test("Withheld passes nothing while a person has the keyboard, and all of it later", () => {
  const withheld = new Withheld();
  assert.equal(withheld.pass({ text: "a\nb\n", line: "c" }), undefined);
  withheld.release();
  assert.deepEqual(withheld.pass({ text: "d\n", line: "e" }), { text: "d\n", line: "e" });
});

Deno.test("Withheld takes back only lines that were passed on", () => {
  const withheld = new Withheld();
  withheld.pass({ text: "a\nb\n", line: "" });
  withheld.release();
  withheld.pass({ text: "d\n", line: "" });
  assert.deepEqual(withheld.pass({ rewound: 3, text: "x\n", line: "" }), {
    ...{ rewound: 1, text: "x\n", line: "" },
  });
  assert.deepEqual(withheld.pass({ rewound: 5, text: "", line: "y" }), {
    ...{ rewound: 1, text: "", line: "y" },
  });
});
