import assert from "node:assert/strict";
import type { ToolReply } from "../support/mcp_client.ts";
import { endOf, idOf } from "../support/world.ts";
import type { ShellHost } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

/** A command that waits for input and was not asked anything; it must still be waiting. */
async function waiting(host: ShellHost, command: string): Promise<string> {
  await host.run("true");
  const reply = await host.run(command, { timeout: 1 });
  assert.equal(reply.meta?.state, "running", `${host.name}: ${reply.text}`);
  assert.equal(reply.meta.total_chars, 0, `${host.name}: ${reply.text}`);
  return idOf(reply);
}

function type(host: ShellHost, id: string, text: string): Promise<ToolReply> {
  return host.server.call("send_input", { command_id: id, input_text: text, wait: 10 });
}

async function key(host: ShellHost, id: string, keys: string): Promise<ToolReply> {
  await host.server.call("send_keys", { command_id: id, keys });
  return await endOf(host.server, id);
}

Deno.test("in every shell cat waits, eats nothing of ours, and ends by ^D", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const id = await waiting(host, "cat");
    const ended = await key(host, id, "<ctrl-d>");
    assert.equal(ended.meta?.state, "exited", `${host.name}: ${ended.text}`);
    assert.equal(ended.meta.exit_status, 0, host.name);
    assert.equal(ended.meta.total_chars, 0, `${host.name}: ${ended.text}`);
    assert.equal((await host.run("echo next")).body, "next\n", host.name);
  }));
});

Deno.test("in every shell a program that reads gets what send_input types and nothing else", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const input = await waiting(host, `python3 -c "print(repr(input()))"`);
    assert.equal((await type(host, input, "he said")).body, "'he said'\n", host.name);
    const line = await waiting(host, "read -r x; echo got $x; (exit 4)");
    const ended = await type(host, line, "the line");
    assert.equal(ended.body, "got the line\n", host.name);
    assert.equal(ended.meta?.exit_status, 4, host.name);
    const bytes = await waiting(host, "head -c 6 | od -An -c");
    assert.equal((await type(host, bytes, "abcde")).body, "   a   b   c   d   e  \\n\n", host.name);
    assert.equal((await host.run("echo next")).body, "next\n", host.name);
  }));
});

Deno.test("in every shell input() with a question is reported as asking it", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const asked = await host.run(`python3 -c "print(repr(input('Name? ')))"`);
    assert.equal(asked.meta?.state, "awaiting_input", `${host.name}: ${asked.text}`);
    assert.deepEqual(asked.meta.prompt, { kind: "text", text: "Name? " });
    const ended = await type(host, idOf(asked), "x y");
    assert.equal(ended.meta?.exit_status, 0, host.name);
    assert.match(ended.body, /'x y'\n$/, host.name);
  }));
});

Deno.test("in every shell a line that a command did not read is its shell's, as in a terminal, and spoils no other", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const id = await waiting(host, "sleep 2");
    await type(host, id, "touch ~/typed");
    const reply = await host.run("echo next; ls ~/typed");
    assert.equal(reply.meta?.exit_status, 0, `${host.name}: ${reply.text}`);
    assert.equal(reply.body, `next\n${host.account.home}/typed\n`);
    assert.equal((await host.run("echo again")).body, "again\n", host.name);
  }));
});
