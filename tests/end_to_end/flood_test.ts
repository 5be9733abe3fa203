import assert from "node:assert/strict";
import { borrowWorld } from "../support/shared_server.ts";
import { idOf } from "../support/world.ts";

const MIB = 2 ** 20;

Deno.test("yes keeps memory bounded and other sessions usable, and is interrupted", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("true");
  const begun = await server.run("yes", { timeout: 0.5 });
  const command_id = idOf(begun);
  let peak = 0;
  for (let turn = 0, dropped = 0; turn < 30 || dropped === 0; turn++) {
    const beside = await server.run("echo beside", { session: "other" });
    assert.equal(beside.body, "beside\n");
    const status = await server.call("get_command_status", { command_id, wait: 0.2 });
    assert.equal(status.meta?.state, "running");
    assert.ok(status.text.length < 21_000);
    dropped = status.meta.dropped_chars;
    peak = Math.max(peak, await server.residentBytes());
  }
  assert.ok(peak < 400 * MIB, `${Math.round(peak / MIB)} MiB`);
  const ended = await server.call("interrupt_command_by_id", { command_id });
  assert.equal(ended.meta?.state, "interrupted", ended.firstLine);
  assert.ok(ended.meta.total_chars > 10 * MIB);
  assert.ok(ended.meta.dropped_chars > 0);
  const kept = await server.call("get_command_status", { command_id, max_output_chars: 100 });
  assert.ok(kept.body.startsWith("y\ny\n"));
  assert.equal((await server.run("echo next")).body, "next\n");
});

Deno.test("one endless line keeps memory bounded, and is interrupted", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await server.run("tr '\\0' x </dev/zero", { timeout: 3 });
  assert.equal(begun.meta?.state, "running");
  assert.ok(await server.residentBytes() < 400 * MIB);
  const ended = await server.call("interrupt_command_by_id", { command_id: idOf(begun) });
  assert.equal(ended.meta?.state, "interrupted");
  assert.equal((await server.run("echo next")).body, "next\n");
});

Deno.test("tools/list is short, and its schemas hold nothing that clients drop", async () => {
  await using world = await borrowWorld();
  const tools = await world.server.tools();
  const text = JSON.stringify({ tools });
  assert.ok(text.length < 20_000, `${text.length} characters`);
  assert.doesNotMatch(text, /"(\$ref|\$defs|definitions|anyOf|oneOf|allOf|not|if)":/);
  for (const { name, inputSchema, description } of tools) {
    assert.equal(inputSchema.type, "object", name);
    assert.equal(inputSchema.additionalProperties, Boolean(0), name);
    assert.ok(description, name);
    for (const [key, schema] of Object.entries(inputSchema.properties ?? {})) {
      const { type } = schema as { type?: unknown };
      assert.ok(typeof type === "string", `${name}.${key} has type ${JSON.stringify(type)}`);
    }
  }
});
