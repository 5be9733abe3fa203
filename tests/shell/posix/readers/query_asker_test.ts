import assert from "node:assert/strict";
import { isAsker } from "../../../../src/shell/posix/readers/query_asker.ts";
import type { TerminalProcess } from "../../../../src/shell/posix/readers/terminal_readers.ts";
import { listing } from "../../../support/terminal_listing.ts";

const RAW = { mode: "raw", echoes: false } as const;
const QUERY = { command: "x", writtenUnits: 10, present: [{ pid: 5000, start: "200" }] };

function asks(name: string, process: Partial<TerminalProcess> = {}, query = QUERY): boolean {
  return isAsker(listing(name, { written: 10, ...process }, RAW), query);
}

Deno.test("isAsker() takes a program that reads raw, was there, and wrote what was printed", () => {
  assert.ok(asks("fzf"));
  assert.ok(asks("python3.11", { wait: "polls" }));
  assert.ok(!asks("fzf", { written: 9 }));
  assert.ok(!asks("fzf", { written: undefined }));
  assert.ok(!asks("fzf", { start: "201" }));
  assert.ok(!asks("fzf", { wait: "elsewhere" }));
  assert.ok(!asks("fzf", { wait: "unknown" }));
  assert.ok(!asks("fzf", { wait: "polls", inputIsTerminal: false }));
  for (const name of ["ssh", "docker", "tmux", "screen", "sudo"]) assert.ok(!asks(name), name);
});

Deno.test("isAsker() takes no cooked reader, and nobody where two read", () => {
  for (const mode of [{ mode: "cooked" }, { mode: undefined }, { ...RAW, echoes: true }] as const) {
    assert.ok(!isAsker(listing("x", { written: 10 }, { ...mode }), QUERY));
  }
  const one = listing("x", { written: 10 }, RAW);
  assert.ok(!isAsker({ ...one, processes: [...one.processes, ...one.processes] }, QUERY));
});

Deno.test("isAsker() takes a shell only when its own text spells the query", () => {
  const login = { pid: 4711, start: "100" };
  const spelt = { ...QUERY, command: "printf '\\e[6n'; read -sdR", present: [login] };
  assert.ok(asks("bash", login, spelt));
  assert.ok(!asks("bash", login, { ...spelt, command: "cat evil; read -n1" }));
  assert.ok(!asks("fish", login, spelt));
  assert.ok(asks("bash", { arguments: ["-c", "printf '\\e[6n'; read -sdR"] }));
  assert.ok(!asks("bash", { arguments: ["script"] }));
  assert.ok(!asks("bash", { arguments: [], wait: "polls" }, { ...spelt, present: QUERY.present }));
});
