import assert from "node:assert/strict";
import { AuditChain, LAST_EVENT, verifyChain } from "../../../src/guard/audit/audit_chain.ts";

function chain(): string[] {
  const made = new AuditChain();
  const lines = Array.from({ length: 5 }, (_, n) => made.add({ "event.name": "e", n }));
  return [...lines, made.add({ "event.name": LAST_EVENT })];
}

Deno.test("verifyChain() finds nothing wrong with what was written, also behind a syslog header", () => {
  const lines = [...chain(), "another line", ...chain().map((line) => `<110>1 - - x ${line}`)];
  assert.deepEqual(verifyChain(lines), { records: 12, chains: 2, faults: [], open: 0 });
});

const TAMPERED: readonly {
  readonly title: string;
  readonly change: (lines: string[]) => string[];
  readonly fault: RegExp;
}[] = [
  {
    title: "a line removed",
    change: (lines) => lines.toSpliced(2, 1),
    fault: /^line 3: records 2 to 2 are missing before it/,
  },
  { title: "the first line removed", change: (lines) => lines.slice(1), fault: /records 0 to 0/ },
  {
    title: "a line changed",
    change: (lines) => lines.with(2, lines[2]!.replace('"n":2', '"n":7')),
    fault: /^line 3: record 2 was changed/,
  },
  {
    title: "a line changed with a new hash",
    change: (lines) => lines.with(2, new AuditChain().add({ "event.name": "e", n: 2 })),
    fault: /records 2 to 2 are missing/,
  },
  {
    title: "two lines swapped",
    change: (lines) => lines.with(2, lines[3]!).with(3, lines[2]!),
    fault: /^line 3: records 2 to 2 are missing before it\nline 4: record 2 follows record 3/,
  },
  {
    title: "a line doubled",
    change: (lines) => lines.toSpliced(2, 0, lines[1]!),
    fault: /record 1 follows record 1/,
  },
  {
    title: "a line cut",
    change: (lines) => lines.with(2, lines[2]!.slice(0, -10)),
    fault: /a record without its hash/,
  },
];

for (const { title, change, fault } of TAMPERED) {
  Deno.test(`verifyChain() finds ${title}`, () => {
    const { faults } = verifyChain(change(chain()));
    assert.match(faults.map((one) => `line ${one.line}: ${one.fault}`).join("\n"), fault);
  });
}

Deno.test("verifyChain() tells a chain whose end is missing", () => {
  const { faults, open } = verifyChain(chain().slice(0, -1));
  assert.deepEqual({ faults, open }, { faults: [], open: 1 });
});
