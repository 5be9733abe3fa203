import assert from "node:assert/strict";
import { begin, idOf, startWorld } from "../support/world.ts";

Deno.test("get_command_status waits for a text, for the end, or for its time", async () => {
  await using world = await startWorld();
  const { server } = world;
  const begun = await begin(
    server,
    "echo starting; read x; printf lis; sleep 0.2; echo tening; sleep 300",
    {
      shows: /starting/,
    },
  );
  const command_id = idOf(begun);
  const seen = await server.call("get_command_status", {
    command_id,
    wait_for: "start",
    wait: 0.1,
  });
  assert.match(seen.text, /\["start" has not come; /);
  const again = await server.call("get_command_status", {
    command_id,
    wait_for: "start",
    offset: 0,
  });
  assert.match(again.text, /\["start" came at offset 0; /);
  const waiting = server.call("get_command_status", { command_id, wait_for: "listening" });
  await server.call("send_input", { command_id, input_text: "", wait: 0 });
  const found = await waiting;
  assert.match(found.firstLine, /^\[running\]/);
  assert.match(found.text, /\["listening" came at offset \d+; /);
  await server.call("interrupt_command_by_id", { command_id });
  const over = await server.call("get_command_status", { command_id, wait_for: "never" });
  assert.match(over.firstLine, /^\[interrupted\]/);
  assert.match(over.text, /\["never" has not come/);
});
