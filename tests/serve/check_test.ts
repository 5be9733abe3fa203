import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { checkServe } from "../../src/serve/check.ts";
import { MemoryStore } from "../../src/serve/cluster/memory_store.ts";
import { readServeSettings } from "../../src/serve/settings.ts";
import { AuthorizationServer } from "../support/serve/authorization_server.ts";
import { freePort } from "../support/sshd.ts";

Deno.test("checkServe() says of each thing that the settings name how it is", async (t) => {
  await using issuer = await AuthorizationServer.start("https://ssh.example/mcp");
  const settings = await readServeSettings({
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: "https://ssh.example/mcp",
  }, () => Promise.reject(new Error("none")));
  const lines: string[] = [];
  const print = (line: string): Promise<void> => {
    lines.push(line);
    return Promise.resolve();
  };
  await t.step("all well", async () => {
    const parts = { clock: systemClock, print, store: undefined, trySigner: undefined };
    assert.ok(await checkServe(settings, parts));
    assert.match(lines.join("\n"), /\[ok\] issuer: its keys are at http.*\/jwks/);
  });
  await t.step("a replica that is not there, and a signer that refuses", async () => {
    lines.length = 0;
    const store = new MemoryStore(systemClock);
    const replica = { id: "gone", url: `http://127.0.0.1:${freePort()}` };
    await store.beat({ replica, leaseMs: 60_000, callers: [] });
    const trySigner = (): Promise<never> => Promise.reject(new Error("permission denied"));
    assert.ok(!await checkServe(settings, { clock: systemClock, print, store, trySigner }));
    const text = lines.join("\n");
    assert.match(text, /\[failed\] peers: .* cannot be reached/);
    assert.match(text, /\[failed\] signer: permission denied/);
    assert.match(text, /\[ok\] database/);
  });
});
