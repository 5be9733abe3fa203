import assert from "node:assert/strict";
import { ownerChanges, ownerName } from "../../src/sftp/owner_names.ts";

Deno.test("ownerName() passes on names, and nothing that reads like something else", () => {
  for (const name of ["root", "www-data", "jörg", "DOM\\ann", "ann@dom.example", "host$", "_x.y"]) {
    assert.equal(ownerName(name), name);
  }
  const others = [
    "",
    "UNKNOWN",
    "0",
    "1000",
    "domain users",
    "a:b",
    "a\nb",
    "a;b",
    "[exit",
    "a\u202eb",
  ];
  for (const name of [...others, "x".repeat(257), undefined]) {
    assert.equal(ownerName(name), undefined, JSON.stringify(name));
  }
});

Deno.test("ownerChanges() names both owners, by number where there is no name", () => {
  const ann = { uid: 1000, gid: 100, user: "ann", group: "users" };
  assert.deepEqual(ownerChanges(ann, ann), []);
  assert.deepEqual(ownerChanges(ann, { uid: 0, gid: 7 }), [
    "owner is now ann, was uid 0",
    "group is now users, was gid 7",
  ]);
});
