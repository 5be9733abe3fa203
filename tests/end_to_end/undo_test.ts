import assert from "node:assert/strict";
import { startWorld } from "../support/world.ts";

Deno.test("edit_file(undo) takes back an edit and a write, and nothing that others changed", async () => {
  await using world = await startWorld();
  const { server, sshd } = world;
  const path = `${sshd.account!.home}/notes`;
  const file = { host: server.host, remote_path: path };
  await server.call("write_file", { ...file, content: "one\ntwo\n" });
  await server.call("write_file", { ...file, content: "1\n2\n" });
  const first = await server.call("edit_file", { ...file, undo: true });
  assert.match(first.text, /^-1$/m);
  assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
  await server.call("edit_file", { ...file, edits: [{ old_text: "two", new_text: "three" }] });
  await server.call("edit_file", { ...file, undo: true });
  assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
  await Deno.writeTextFile(path, "of others\n");
  const refused = await server.call("edit_file", { ...file, undo: true });
  assert.match(refused.text, /Cannot undo .*the file is not what it wrote; nothing was written/);
  assert.equal(await Deno.readTextFile(path), "of others\n");
  assert.ok((await server.call("edit_file", file)).isError);
});
