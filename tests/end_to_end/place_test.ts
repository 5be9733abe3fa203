import assert from "node:assert/strict";
import { borrowWorld } from "../support/shared_server.ts";

const INNER = "sudo unshare -u sh -c 'hostname inner; cd /etc; exec bash --norc'";

Deno.test("a status line says where the next command runs: user, host and depth of a nested shell", async () => {
  await using world = await borrowWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
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
  assert.match(
    outside.firstLine,
    new RegExp(` ${world.sshd.user}@${world.server.host}:/tmp command_id=`),
  );
});

Deno.test("a relative remote_path begins at the session's directory, and a nested shell is told", async () => {
  await using world = await borrowWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const { server } = world;
  const home = world.sshd.account!.home;
  const file = { host: server.host, remote_path: "note" };
  const atLogin = await server.call("write_file", { ...file, content: "login\n" });
  assert.match(atLogin.firstLine, new RegExp(`@${world.server.host}:${home}/note `));
  await server.run("mkdir -p deep && cd deep");
  const deep = await server.call("write_file", { ...file, content: "deep\n" });
  assert.match(
    deep.firstLine,
    new RegExp(`^\\[created .*@${world.server.host}:${home}/deep/note `),
  );
  const read = await server.call("read_file", file);
  assert.match(
    read.firstLine,
    new RegExp(`@${world.server.host}:${home}/deep/note mode=0644 owner=\\S+ utf-8`),
  );
  assert.equal(read.body, "deep\n");
  const tilde = await server.call("read_file", { ...file, remote_path: "~/note" });
  assert.equal(tilde.body, "login\n");
  await server.run(INNER, { timeout: 20 });
  await server.run("true");
  const told = "the session is in a nested shell \\(root@inner\\); this is the login host's file";
  const nested = await server.call("read_file", file);
  assert.match(nested.firstLine, new RegExp(told));
  assert.equal(nested.body, "deep\n");
  const written = await server.call("write_file", { ...file, content: "again\n" });
  assert.match(written.text, new RegExp(`\\[note: ${told}\\]`));
  const edits = [{ old_text: "again", new_text: "edited" }];
  const edited = await server.call("edit_file", { ...file, edits });
  assert.match(edited.text, new RegExp(`\\[note: ${told}\\]`));
  const missing = { ...file, remote_path: "/no/such/file" };
  const place =
    "the session is in a nested shell \\(root@inner\\), and files are those of the login host";
  for (
    const [tool, extra] of [["read_file", {}], ["write_file", { content: "a" }], ["edit_file", {
      edits,
    }]] as const
  ) {
    const failed = await server.call(tool, { ...missing, ...extra });
    assert.match(failed.firstLine, new RegExp(`^Cannot .*; ${place}$`), tool);
  }
});

Deno.test("read_file names line ends, a mark and a missing newline, and a write says what it changed", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const file = { host: server.host, remote_path: "note" };
  const plain = await server.call("write_file", { ...file, content: "a\nb\n" });
  assert.doesNotMatch(plain.text, /note:/);
  const crlf = await server.call("write_file", { ...file, content: "a\r\nb\r\n" });
  assert.match(crlf.text, /\[note: line ends were LF and are CRLF now\]/);
  assert.match((await server.call("read_file", file)).firstLine, /; line ends are CRLF/);
  const mixed = await server.call("write_file", { ...file, content: "c\n", append: true });
  assert.match(mixed.text, /line ends were CRLF and are mixed now/);
  assert.match(
    (await server.call("read_file", file)).firstLine,
    /line ends are mixed, CRLF and LF/,
  );
  const bare = await server.call("write_file", { ...file, content: "\ufeffa\nb" });
  assert.match(bare.text, /it begins with a byte order mark now/);
  assert.match(bare.text, /the newline at the end is gone/);
  const read = await server.call("read_file", file);
  assert.match(read.firstLine, /begins with a byte order mark; no newline at the end/);
});

Deno.test("read_file names the encoding of a file that begins with the mark of one", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const file = { host: server.host, remote_path: "wide" };
  for (const encoding of ["utf-16le", "utf-16be"]) {
    await server.call("write_file", { ...file, encoding, content: "\ufeffhällo\n" });
    const wrong = await server.call("read_file", file);
    const advised = /places are not utf-8.*: encoding="(utf-16..)" reads it/.exec(wrong.firstLine);
    const read = await server.call("read_file", { ...file, encoding: advised?.[1] });
    assert.match(read.body, /^\ufeffhällo\n$/);
  }
});
