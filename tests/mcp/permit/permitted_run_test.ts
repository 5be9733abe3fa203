import assert from "node:assert/strict";
import {
  accept,
  isRefused,
  ONCE,
  SAME,
  scene,
  SHELL,
  shownIn,
} from "../../support/approval_scene.ts";
import { until } from "../../support/condition.ts";
import { startServer } from "../../support/mcp_client.ts";
import type { ElicitResult } from "../../support/packages/mcp_sdk.ts";
import { startSshd } from "../../support/sshd.ts";

Deno.test("permittedRun() shows a command byte for byte, and runs it once it is agreed to", async () => {
  await using made = await scene();
  const { server, asked } = made;
  const command = "printf '%s\\n' \"a  b\"\techo\u200bx \u202e'; ls'\nfalse";
  const reply = await server.run(command);
  assert.equal(reply.meta?.exit_status, 1);
  assert.equal(
    shownIn(asked[0]),
    "printf '%s\\n' \"a  b\"\\u{9}echo\\u{200b}x \\u{202e}'; ls'\nfalse",
  );
  assert.match(asked[0]!, /^The agent wants to run a command as \S+ on testhost, session "main":/);
  assert.match(asked[0]!, /2 characters beyond ASCII/);
});

const NO: readonly (readonly [title: string, answer: ElicitResult])[] = [
  ["no", { action: "accept", content: { decision: "No" } }],
  ["a word that is none", { action: "accept", content: { decision: "yes" } }],
  ["no word", { action: "accept", content: {} }],
  ["a form that was closed", { action: "cancel" }],
  ["a form that was declined", { action: "decline" }],
  ["too long a time", { action: "accept", content: { decision: SAME, minutes: 481 } }],
];

Deno.test("permittedRun() takes everything but a clear yes for no", async () => {
  await using made = await scene();
  for (const [title, answer] of NO) {
    made.answer = () => answer;
    const reply = await made.server.run(`touch ran`);
    assert.ok(reply.isError, title);
    assert.match(reply.firstLine, /Not allowed on testhost: .*, and nothing was done/, title);
  }
  await made.rules([{ mode: "allow" }]);
  assert.equal((await made.server.run("ls")).body.includes("ran"), Boolean(0));
});

Deno.test("permittedRun() refuses where there is nobody to ask, and where rules are broken", async () => {
  await using sshd = await startSshd();
  const path = `${sshd.home}/policy.json`;
  await Deno.writeTextFile(path, `{"rules": [{"mode": "ask"}]}`);
  await using server = await startServer({ env: sshd.environment({ MCP_SSH_POLICY: path }) });
  assert.match((await server.run("true")).text, /nobody to ask/);
  await Deno.writeTextFile(path, `{"rules": [{"mode": "ask"}`);
  assert.match((await server.run("true")).text, /rules file \(MCP_SSH_POLICY\) is not JSON/);
  await Deno.remove(path);
  assert.match((await server.run("true")).text, /cannot be read/);
  await Deno.writeTextFile(path, `{"rules": [{"mode": "allow", "users": "nobody"}]}`);
  assert.match((await server.call("list_sessions")).text, /session|host/);
  await Deno.writeTextFile(path, `{"rules": [{"mode": "deny", "name": "closed"}]}`);
  for (const [tool, args] of EVERY_TOOL) {
    const reply = await server.call(tool, args);
    assert.match(reply.firstLine, /rules do not allow \w+ on "testhost" \(closed\)/, tool);
  }
});

/** One call of each tool that reaches a host by name. */
const EVERY_TOOL: readonly (readonly [tool: string, args: Readonly<Record<string, unknown>>])[] = [
  ["execute_command", { host: "testhost", command: "true" }],
  ["execute_command_async", { host: "testhost", command: "true" }],
  ["execute_command_async", { host: "testhost", command: "true", durable: true }],
  ["execute_on_hosts", { hosts: "testhost", command: "true" }],
  ["get_command_status", { command_id: "jabcdefghjkmn@testhost" }],
  ["interrupt_command_by_id", { command_id: "jabcdefghjkmn@testhost" }],
  ["send_input", { command_id: "jabcdefghjkmn@testhost", input_text: "x" }],
  ["list_running_commands", { host: "testhost" }],
  ["list_command_history", { host: "testhost" }],
  ["close_session", { host: "testhost" }],
  ["read_file", { host: "testhost", remote_path: "/etc/passwd" }],
  ["write_file", { host: "testhost", remote_path: "/tmp/x", content: "x" }],
  ["edit_file", {
    host: "testhost",
    remote_path: "/tmp/x",
    edits: [{ old_text: "a", new_text: "b" }],
  }],
  ["copy_file", { source: "testhost:/etc/passwd", destination: "testhost:/tmp/x" }],
  ["send_keys", { host: "testhost", keys: "x" }],
  ["read_screen", { host: "testhost" }],
];

Deno.test("permittedRun() holds to a word for the same action and for a shell, not further", async () => {
  await using made = await scene();
  const { server, asked } = made;
  // The directory, which is part of the action, is known once a shell is open.
  await server.run("true");
  made.answer = accept(SAME);
  for (let count = 0; count < 2; count++) assert.equal((await server.run("echo a")).body, "a\n");
  assert.equal(asked.length, 2);
  // The same words in another directory, which was not shown.
  made.answer = accept(ONCE);
  await server.run("cd /");
  made.answer = () => ({ action: "decline" });
  isRefused(await server.run("echo a"));
  assert.match(asked[3]!, /^- directory: \/$/m);
  made.answer = accept(SHELL);
  await server.run("echo b");
  assert.equal((await server.run("echo c")).body, "c\n");
  assert.equal(asked.length, 5);
  await server.run("bash --norc");
  made.answer = () => ({ action: "decline" });
  isRefused(await server.run("echo inside"));
  assert.match(asked[5]!, /- inside the shell of: bash --norc/);
});

Deno.test("permittedRun() answers with an id while a person thinks, and goes on when one agreed", async () => {
  await using made = await scene();
  const { server } = made;
  const late = Promise.withResolvers<ElicitResult>();
  made.answer = () => late.promise;
  const begun = await server.call("execute_command_async", {
    host: "testhost",
    command: "echo hi",
  });
  assert.match(begun.firstLine, /^\[awaiting-approval\] .* command_id=/);
  assert.equal(begun.meta?.state, "awaiting_approval");
  const short = await server.run("true", { timeout: 0.2, session: "other" });
  assert.match(short.firstLine, /^\[(?:awaiting-approval|queued)\]/);
  late.resolve({ action: "accept", content: { decision: ONCE } });
  const id = begun.meta!.command_id;
  const done = await server.call("get_command_status", { command_id: id, wait: 20 });
  assert.equal(done.body, "hi\n");
});

Deno.test("permittedRun() keeps a command that was refused meanwhile from running", async () => {
  await using made = await scene();
  const late = Promise.withResolvers<ElicitResult>();
  made.answer = () => late.promise;
  const running = made.server.run("touch ran; echo ran");
  await until("a person is asked", () => made.asked.length === 1);
  await made.rules([{ mode: "deny", name: "closed" }]);
  late.resolve({ action: "accept", content: { decision: ONCE } });
  assert.match((await running).text, /rules do not allow execute_command .*closed/);
});

Deno.test("permittedRun() asks about input, keys and a shell inside the shell", async () => {
  await using made = await scene();
  const { server, asked } = made;
  const shell = await server.run("cat; echo end", { timeout: 1 });
  const id = (await until("cat reads", async () => {
    const reply = await server.call("get_command_status", { command_id: shell.meta!.command_id });
    return reply.meta?.state === "running" && reply;
  })).meta!.command_id;
  await server.call("send_input", { command_id: id, input_text: "one", wait: 1 });
  assert.equal(shownIn(asked.at(-1)), "one");
  assert.match(asked.at(-1)!, /- then Enter\n/);
  await server.call("send_keys", { command_id: id, keys: "two<ctrl-d>" });
  assert.equal(shownIn(asked.at(-1)), "two\\u{4}");
  made.answer = () => ({ action: "decline" });
  isRefused(await server.call("send_input", { command_id: id, input_text: "x" }));
  isRefused(await server.call("send_input", { command_id: id, input_text: "rm x", secret: true }));
  isRefused(await server.call("send_keys", { command_id: id, keys: "<ctrl-c>" }));
});

Deno.test("permittedRun() hides no command behind a secret of the caller's", async () => {
  await using made = await scene();
  const reply = await made.server.run("touch ran", { sudo_password: "touch" });
  assert.match(reply.text, /a value that was given as a secret; nothing was done/);
  assert.deepEqual(made.asked, []);
});

Deno.test("permittedRun() asks about what nobody could read in no case", async () => {
  await using made = await scene();
  const reply = await made.server.run(`: ${"x".repeat(30_000)}`);
  assert.match(reply.text, /nobody reads more than 20000 characters/);
  assert.deepEqual(made.asked, []);
});

Deno.test("permittedRun() shows the difference that a write makes, and writes no other", async () => {
  await using made = await scene();
  const { server, asked, sshd } = made;
  const path = `${sshd.account!.home}/notes`;
  await Deno.writeTextFile(path, "a\nb\nc\n");
  const file = { host: "testhost", remote_path: path };
  await server.call("write_file", { ...file, content: "a\nB\nc\n" });
  assert.match(shownIn(asked.at(-1)), /^-b$/m);
  assert.match(shownIn(asked.at(-1)), /^\+B$/m);
  assert.equal(await Deno.readTextFile(path), "a\nB\nc\n");
  made.answer = async () => {
    await Deno.writeTextFile(path, "changed meanwhile\n");
    return { action: "accept", content: { decision: ONCE } };
  };
  isRefused(await server.call("write_file", { ...file, content: "new\n" }));
  const edit = await server.call("edit_file", {
    ...file,
    edits: [{ old_text: "changed", new_text: "edited" }],
  });
  assert.ok(!edit.isError, edit.text);
  await Deno.writeTextFile(path, "x\n");
  made.answer = async () => {
    await Deno.writeTextFile(path, "x\ny\n");
    return { action: "accept", content: { decision: ONCE } };
  };
  const moved = await server.call("edit_file", {
    ...file,
    edits: [{ old_text: "x", new_text: "z" }],
  });
  assert.match(moved.text, /it changed since it was read; nothing was written/);
  assert.equal(await Deno.readTextFile(path), "x\ny\n");
});
