import assert from "node:assert/strict";
import { cancelledByUser } from "../../src/mcp/waiting.ts";

const REASONS: readonly (readonly [reason: unknown, byUser: boolean])[] = [
  ["McpError: MCP error -32001: Request timed out", Boolean(0)],
  ["MCP error -32001: Maximum total timeout exceeded", Boolean(0)],
  ["Timeout", Boolean(0)],
  ["time-out", Boolean(0)],
  ["AbortError: This operation was aborted", Boolean(1)],
  ["user pressed stop", Boolean(1)],
  ["", Boolean(1)],
  [undefined, Boolean(1)],
  [new Error("Connection closed"), Boolean(0)],
];

for (const [reason, byUser] of REASONS) {
  Deno.test(`cancelledByUser() is ${byUser} for ${JSON.stringify(String(reason))}`, () => {
    const abort = new AbortController();
    assert.ok(!cancelledByUser(abort.signal));
    abort.abort(reason);
    assert.equal(cancelledByUser(abort.signal), byUser);
  });
}
