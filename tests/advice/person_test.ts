import assert from "node:assert/strict";
import { accept, isRefused, ONCE, scene, SHELL } from "../support/approval_scene.ts";
import { until } from "../support/condition.ts";
import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { endOf, idOf } from "../support/world.ts";
import { advisedCalls } from "./advised_calls.ts";
import { PERSON_ADVICE } from "./person_advice.ts";

/** The reply on the first call that a reply advises for a state. */
async function advised(
  server: ServerUnderTest,
  state: keyof typeof PERSON_ADVICE,
  reply: ToolReply,
): Promise<ToolReply> {
  for (const advice of PERSON_ADVICE[state]) {
    const words = advice.slice(advice.indexOf(": ") + 2);
    assert.ok(reply.text.includes(words), `${words} is not in: ${reply.text}`);
  }
  const [call] = advisedCalls(reply.text, "");
  return call === undefined ? reply : await server.call(call.tool, call.args);
}

Deno.test("each advised call does what it says while a person is asked", async (test) => {
  await using made = await scene();
  const { server } = made;
  const { host } = server;

  await test.step("about a command, and about input to the shell that it would run in", async () => {
    made.answer = accept(SHELL);
    const shell = idOf(await server.run("bash --norc"));
    const asked = Promise.withResolvers<void>();
    made.answer = async (message) => {
      if (!message.includes("type to a running command")) await asked.promise;
      return accept(ONCE)("");
    };
    const waiting = await server.run("echo agreed", { timeout: 0.5 });
    assert.match(waiting.firstLine, /^\[awaiting-approval\]/);
    const input = await server.call("send_input", { command_id: shell, input_text: "x" });
    const follows = advised(server, "input meanwhile", input);
    const waits = advised(server, "asked", waiting);
    asked.resolve();
    for (const reply of [await waits, await follows]) {
      assert.match(reply.text, /^\[exit 0\][^]*agreed/);
    }
  });

  await test.step("and says no", async () => {
    made.answer = () => ({ action: "decline" });
    const refused = await server.run("echo never");
    isRefused(refused);
    assert.match(refused.text, /\[Ask the person what to do instead; do not try the same/);
  });

  await test.step("about a text with a secret in it", async () => {
    made.answer = accept(ONCE);
    // It is no sudo's here, which refuses it; it is a secret all the same.
    await server.run("true", { sudo_password: "correct-horse-9" });
    const refused = await server.run("echo correct-horse-9");
    isRefused(refused);
    await advised(server, "a secret in the text", refused);
    assert.match((await server.run("echo without it")).text, /^\[exit 0\]/);
  });

  await test.step("about input for a command that goes on meanwhile", async () => {
    const asking = await server.run("read -t 2 -p 'Name? ' n; echo timed out");
    made.answer = async () => {
      await endOf(server, asking);
      return accept(ONCE)("");
    };
    const input = await server.call("send_input", { command_id: idOf(asking), input_text: "Ann" });
    assert.ok(input.isError, input.text);
    assert.match((await advised(server, "gone on meanwhile", input)).text, /timed out/);
  });

  await test.step("about many hosts, one of which is inside another shell", async () => {
    made.answer = accept(ONCE);
    await server.run("bash --norc", { session: "fleet" });
    const late = await server.call("execute_on_hosts", { hosts: host, command: "echo here" });
    assert.match((await advised(server, "another shell", late)).text, /Closed|closed/);
    const again = await server.call("execute_on_hosts", { hosts: host, command: "echo here" });
    assert.match(again.text, /^\[1 of 1 exit 0\][^]*here/);
  });

  await test.step("about nothing, where the host is closed", async () => {
    await made.rules([{ hosts: ["testhost"], mode: "deny" }, { mode: "allow" }]);
    const closed = await server.client.readResource({ uri: `ssh-config://hosts/${host}` })
      .then(() => "", (error) => String(error));
    assert.match(closed, /list_hosts names the hosts that may be/);
    assert.doesNotMatch((await server.call("list_hosts")).text, /testhost/);
  });
});

Deno.test("each advised call does what it says while a person has the keyboard, or is to answer", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("true");
  await using page = await ConsolePage.open(origin, await logIn(origin));
  await page.watch();
  page.send({ type: "take" });
  await until("the person has the keyboard", () => page.state.watched.holder === "person");
  const held = await server.run("echo at last", { timeout: 1 });
  assert.match(held.firstLine, /^\[held\]/);
  const waits = advised(server, "held", held);
  page.send({ type: "give" });
  assert.match((await waits).text, /^\[exit 0\][^]*at last/);

  const asking = await server.run("read -p 'One-time code: ' c; echo got ${#c}");
  const wanted = { command_id: idOf(asking), by_person: true, wait: 0 };
  const left = await server.call("send_input", wanted);
  const answered = advised(server, "left to a person", left);
  await until("the question is marked", () => page.state.watched.isWanted);
  page.send({ type: "answer", question: page.state.watched.question.number, text: "824193" });
  assert.match((await answered).text, /got 6/);
});
