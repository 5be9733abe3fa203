import assert from "node:assert/strict";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";

/** Clients cut instructions there. */
const INSTRUCTIONS_LIMIT = 2_000;

Deno.test("the instructions are within the bound at which clients cut them", () => {
  assert.ok(INSTRUCTIONS.length < INSTRUCTIONS_LIMIT, String(INSTRUCTIONS.length));
});
