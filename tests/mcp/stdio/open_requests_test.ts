import assert from "node:assert/strict";
import { OpenRequests } from "../../../src/mcp/stdio/open_requests.ts";

Deno.test("OpenRequests waits for each answer, and for none that was cancelled", async () => {
  const open = new OpenRequests();
  await open.answered();
  const jsonrpc = "2.0" as const;
  open.onReceived({ jsonrpc, id: 1, method: "tools/list" });
  open.onReceived({ jsonrpc, id: "2", method: "tools/call" });
  open.onReceived({ jsonrpc, method: "notifications/initialized" });
  const seen: string[] = [];
  const over = open.answered().then(() => seen.push("answered"));
  open.onSent({ jsonrpc, id: 1, result: {} });
  open.onSent({ jsonrpc, method: "notifications/progress", params: {} });
  await Promise.resolve();
  assert.deepEqual(seen, []);
  open.onReceived({
    jsonrpc,
    method: "notifications/cancelled",
    params: { requestId: "2" },
  });
  await over;
});
