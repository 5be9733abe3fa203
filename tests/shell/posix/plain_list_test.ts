import assert from "node:assert/strict";
import { isPlainList } from "../../../src/shell/posix/plain_list.ts";

Deno.test("isPlainList() takes plain words and operators, and nothing that may be more", () => {
  for (
    const list of [
      "sleep 50 & kill %1",
      "sleep 9 &",
      "a; b && c | d",
      "wait $!",
      "fg %+",
      "jobs -l",
    ]
  ) {
    assert.ok(isPlainList(list), list);
  }
  const others = [
    ...["echo 'a' &", "(a) &", "a & & b", "a &;", ";a &", "a |", "", "if a", "x=1 a &", "a > b &"],
    ...["a\nb &", "a $? &", "echo * &", "a \\ &", "{ a; } &", "a ;; b", "for i &", "a 2>&1 &"],
  ];
  for (const other of others) assert.ok(!isPlainList(other), other);
});
