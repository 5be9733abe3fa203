import assert from "node:assert/strict";
import { startWorld } from "../support/world.ts";

const INNER = "sudo unshare -u sh -c 'hostname inner; cd /etc; exec bash --norc'";

Deno.test("a status line says where the next command runs: user, host and depth of a nested shell", async () => {
  await using world = await startWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const { server } = world;
  const login = await server.run("cd /tmp");
  assert.match(login.firstLine, /:\/tmp command_id=/);
  const asks = await server.run(INNER, { timeout: 20 });
  assert.match(asks.firstLine, /^\[awaiting-input shell\]/);
  const inside = await server.run("id -un", { timeout: 20 });
  assert.equal(inside.body, "root\n");
  assert.match(inside.firstLine, / root@inner:\/etc nested=1 command_id=/);
  const listed = await server.call("list_sessions");
  assert.match(listed.text, / root@inner:\/etc +1 /);
  const outside = await server.run("exit 3");
  assert.match(outside.firstLine, new RegExp(` ${world.sshd.user}@testhost:/tmp command_id=`));
});
