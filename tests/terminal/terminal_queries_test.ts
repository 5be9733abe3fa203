import assert from "node:assert/strict";
import { TerminalQueries } from "../../src/terminal/terminal_queries.ts";

Deno.test("TerminalQueries finds what a program asks its terminal, and nothing else", () => {
  for (
    const query of ["5n", "6n", "?6n", "c", "0c", ">c", ">0c", "?2026$p", "4$p"].map((tail) =>
      `\x1b[${tail}`
    )
  ) {
    assert.deepEqual(
      new TerminalQueries().feed(`ab${query}cd${query}`),
      { start: 2, end: 2 + query.length, count: 2 },
      query,
    );
    const cut = new TerminalQueries();
    const last = [...`x${query}`].map((unit) => cut.feed(unit)).at(-1);
    assert.deepEqual(last, { start: 1 - query.length, end: 1, count: 1 }, query);
  }
  for (
    const other of ["text", "\x1b[6m", "\x1b[?6c", "\x1b[!p", "\x1b[?25h", "[6n", "\x1b[0;276;1n"]
  ) {
    assert.equal(new TerminalQueries().feed(other), undefined, other);
  }
});
