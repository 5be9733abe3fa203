import assert from "node:assert/strict";
import { accept, isRefused, ONCE, scene, SHELL } from "../support/approval_scene.ts";
import { until } from "../support/condition.ts";
import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { startSshd } from "../support/sshd.ts";
import { endOf, idOf } from "../support/world.ts";
import { followAdvice } from "./follow_advice.ts";

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
    const agreed = { does: [/^\[exit 0\][^]*agreed/] };
    const follows = followAdvice(server, input, [
      "mcp/command/commands.ts: wait=50) waits for the answer",
    ], agreed);
    const waits = followAdvice(server, waiting, [
      "mcp/command/command_reply.ts: a person is asked whether it may run: ",
    ], agreed);
    asked.resolve();
    await Promise.all([waits, follows]);
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
    await followAdvice(server, refused, [
      "mcp/permit/action.ts: Leave the secret out of it: sudo_password",
    ], {
      follow: async () => {
        const asks = await server.run("read -rs -p 'Password: ' p; echo ${#p}");
        const answer = { command_id: idOf(asks), input_text: "correct-horse-9", secret: true };
        assert.match((await server.call("send_input", answer)).text, /\n15\n/);
      },
    });
  });

  await test.step("about input for a command that goes on meanwhile", async () => {
    const asking = await server.run("read -t 2 -p 'Name? ' n; echo timed out");
    made.answer = async () => {
      await endOf(server, asking);
      return accept(ONCE)("");
    };
    const input = await server.call("send_input", { command_id: idOf(asking), input_text: "Ann" });
    assert.ok(input.isError, input.text);
    await followAdvice(server, input, ["mcp/permit/command_permit.ts: shows where it is now"], {
      does: [/timed out/],
    });
  });

  await test.step("about many hosts, one of which is inside another shell", async () => {
    made.answer = accept(ONCE);
    await server.run("bash --norc", { session: "fleet" });
    const late = await server.call("execute_on_hosts", { hosts: host, command: "echo here" });
    await followAdvice(server, late, ["mcp/fleet/fleet_call.ts: then run it again"], {
      does: [/losed/],
    });
    const again = await server.call("execute_on_hosts", { hosts: host, command: "echo here" });
    assert.match(again.text, /^\[1 of 1 exit 0\][^]*here/);
  });

  await test.step("about nothing, where the host is closed", async () => {
    await made.rules([{ hosts: ["testhost"], mode: "deny" }, { mode: "allow" }]);
    const closed = await server.client.readResource({ uri: `ssh-config://hosts/${host}` })
      .then(() => "", (error) => String(error));
    await followAdvice(server, { text: closed }, [
      "mcp/listed_hosts.ts: list_hosts names the hosts that may be",
    ], {
      follow: async () => {
        assert.doesNotMatch((await server.call("list_hosts")).text, /testhost/);
      },
    });
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
  const waits = followAdvice(server, held, [
    "mcp/command/command_reply.ts: a person has the keyboard of this session",
  ], { does: [/^\[exit 0\][^]*at last/] });
  page.send({ type: "give" });
  await waits;

  const asking = await server.run("read -p 'One-time code: ' c; echo got ${#c}");
  const wanted = { command_id: idOf(asking), by_person: true, wait: 0 };
  const left = await server.call("send_input", wanted);
  const answered = followAdvice(server, left, [
    "mcp/tools/send_input_or_ask_person.ts: by_person=true, wait=50) waits for it",
  ], { does: [/got 6/] });
  await until("the question is marked", () => page.state.watched.isWanted);
  page.send({ type: "answer", question: page.state.watched.question.number, text: "824193" });
  await answered;
});
