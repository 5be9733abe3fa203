import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { startWorld } from "../support/world.ts";
import { advisedCalls } from "./advised_calls.ts";
import { COMMAND_STATES } from "./command_states.ts";
import { DURABLE_STATES } from "./durable_states.ts";
import { FILE_STATES } from "./file_states.ts";
import { HOST_STATES } from "./host_states.ts";
import { ODD_COMMAND_STATES } from "./more_command_states.ts";
import { drive } from "./state.ts";

const SUBJECTS = {
  commands: COMMAND_STATES,
  "odd states of commands": ODD_COMMAND_STATES,
  "durable commands": DURABLE_STATES,
  files: FILE_STATES,
  hosts: HOST_STATES,
} as const;

for (const [subject, states] of Object.entries(SUBJECTS)) {
  Deno.test(`each advised call does what it says in the state in which it is advised: ${subject}`, async (test) => {
    await using sshd = await startSshd();
    await using server = await startServer({ env: sshd.environment({ MCP_SSH_FORWARD: "1" }) });
    for (const state of states) await test.step(state.title, () => drive(state, { server, sshd }));
  });
}

Deno.test("an advised call of a shell inside the shell, and of a host that is full, does what it says", async () => {
  await using world = await startWorld({ config: ["MaxSessions 2"] });
  const { server } = world;
  const asks = await server.run("bash --norc");
  assert.match(
    asks.text,
    /\[the next execute_command runs in this inner shell; its command "exit"/,
  );
  assert.match((await server.run("echo $SHLVL")).firstLine, / nested=1 /);
  assert.doesNotMatch((await server.run("exit")).firstLine, /nested=/);
  await server.run("true", { session: "two" });
  const full = await server.run("true", { session: "three" });
  const [close] = advisedCalls(full.text, "");
  assert.equal(close?.tool, "close_session", full.text);
  assert.ok(!(await server.call(close.tool, close.args)).isError);
  assert.match((await server.run("true", { session: "three" })).firstLine, /^\[exit 0\]/);
});

Deno.test("the call that is advised where credentials differ, or settings changed, closes the host", async () => {
  await using world = await startWorld({ account: { password: "s3cret-login" } });
  const { server, sshd } = world;
  const password = { password: "s3cret-login" };
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  await Deno.writeTextFile(
    sshd.sshConfigPath,
    config.replace(/IdentityFile .*/, "IdentityFile none"),
  );
  await server.run("true", password);
  await server.run("true", { key_filename: sshd.keyPath });
  const unclear = await server.run("true");
  assert.match(unclear.firstLine, /open with different credentials/);
  await closes(server, unclear);
  await server.run("true", password);
  await Deno.writeTextFile(
    sshd.sshConfigPath,
    config.replace("Host ", "Host *\n  BindAddress 127.0.0.9\nHost "),
  );
  const moved = await until("the new settings are read", async () => {
    const reply = await server.run("true");
    return /have changed/.test(reply.text) && reply;
  });
  await closes(server, moved);
});

async function closes(server: ServerUnderTest, { text }: ToolReply): Promise<void> {
  const [close] = advisedCalls(text, "");
  assert.equal(close?.tool, "close_session", text);
  assert.ok(!(await server.call(close.tool, close.args)).isError);
  assert.match((await server.call("list_sessions")).text, /No session is open/);
}
