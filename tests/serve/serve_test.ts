import assert from "node:assert/strict";
import { AuthorizationServer } from "../support/serve/authorization_server.ts";
import { connectHttp, type Generation } from "../support/serve/http_client.ts";
import { startReplica } from "../support/serve/replica.ts";
import { freePort, startSshd } from "../support/sshd.ts";

Deno.test("serve answers both revisions, and callers never see each other", async (t) => {
  await using sshd = await startSshd();
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  await using replica = await startReplica({
    ...sshd.environment(),
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
  }, port);
  const host = sshd.alias;
  const connect = async (sub: string, generation: Generation) =>
    await connectHttp(replica.url, { token: await issuer.token({ sub }), generation });

  for (const generation of ["2025", "2026"] as const) {
    await t.step(`a shell keeps its state between calls of ${generation}`, async () => {
      await using alice = await connect(`alice-${generation}`, generation);
      await alice.call("execute_command", { host, command: "cd /tmp; X=1" });
      const reply = await alice.call("execute_command", { host, command: "pwd; echo $X" });
      assert.match(reply.text, /^\[exit 0\].*\n\/tmp\n1\n/);
    });
    await t.step(`a cancelled call of ${generation} interrupts or leaves the command`, async () => {
      await using alice = await connect(`alice-${generation}`, generation);
      const stop = new AbortController();
      const call = alice.call(
        "execute_command",
        { host, command: "echo up; sleep 300", timeout: 60 },
        { signal: stop.signal, onprogress: () => stop.abort("the user stopped it") },
      );
      await assert.rejects(call);
      const wait = generation === "2025" ? 10 : 0;
      const running = await alice.call("list_running_commands", {});
      const [, id] = /^([a-z0-9]{12})\b/m.exec(running.text) ?? [];
      if (generation === "2025" && id === undefined) return; // It has ended by now.
      const status = await alice.call("get_command_status", { command_id: id, wait });
      const word = generation === "2025" ? /^\[interrupted\]/ : /^\[running\]/;
      assert.match(status.text, word);
      await alice.call("interrupt_command_by_id", { command_id: id, signal: "KILL" });
    });
  }
  await t.step("another caller sees no session, no command and no output", async () => {
    await using alice = await connect("alice-2025", "2025");
    await using bob = await connect("bob", "2026");
    const [, id] = /command_id=([a-z0-9]{12})/.exec(
      (await alice.call("execute_command", { host, command: "echo private" })).text,
    )!;
    assert.doesNotMatch((await bob.call("list_sessions", {})).text, /testhost/);
    assert.doesNotMatch((await bob.call("list_command_history", {})).text, /private/);
    const guessed = await bob.call("get_command_status", { command_id: id });
    assert.ok(guessed.isError);
    assert.doesNotMatch(guessed.text, /private/);
    const shell = await bob.call("execute_command", { host, command: "pwd" });
    assert.doesNotMatch(shell.text, /\n\/tmp\n/);
  });
  await t.step("a host is looked through for durable commands once, not at each call", async () => {
    await using carol = await connect("carol", "2026");
    const begun = await carol.call("execute_command_async", {
      host,
      command: "true",
      durable: true,
    });
    assert.ok(!begun.isError, begun.text);
    await using dave = await connect("dave", "2026");
    const first = await dave.call("execute_command", { host, command: "true" });
    assert.match(first.text, /durable commands of this user here: /);
    const second = await dave.call("execute_command", { host, command: "true" });
    assert.doesNotMatch(second.text, /durable commands of this user here/);
  });
  await t.step("password and key_filename are neither offered nor taken", async () => {
    await using bob = await connect("bob", "2026");
    for (const { inputSchema } of await bob.tools()) {
      assert.doesNotMatch(JSON.stringify(inputSchema), /"(password|key_filename)"/);
    }
    const reply = await bob.call("execute_command", { host, command: "id", password: "x" });
    assert.match(reply.text, /password is not taken by a shared server/);
    const wrong = await bob.call("execute_command", { host });
    assert.match(wrong.text, /It takes host \(required\)/);
    assert.doesNotMatch(wrong.text, /\bpassword\b|key_filename/);
  });
});
