import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { HttpReply } from "../support/serve/http_client.ts";
import { SharedWorld } from "../support/serve/shared_world.ts";

function idOf({ meta, text }: HttpReply): string {
  assert.ok(meta, text);
  return String(meta["command_id"]);
}

Deno.test("fleets and durable commands work through any replica", async (t) => {
  await using world = await SharedWorld.start(2);
  const { host } = world;
  const { home } = world.sshd.account!;
  await using first = await world.connect({ at: 0 });
  await using second = await world.connect({ at: 1 });

  await t.step(
    "one command on many hosts, where the sessions are at the other replica",
    async () => {
      assert.match(
        (await first.call("execute_command", { host, command: "X=7" })).text,
        /^\[exit 0\]/,
      );
      const run = await second.call("execute_on_hosts", { hosts: host, command: "echo here" });
      assert.match(run.text, /^\[1 of 1 exit 0\].*\n== \S+ \(1\) \[exit 0\]\nhere$/);
      const [, id] = /command_id=(\w+)/.exec(run.text)!;
      for (const client of [first, second]) {
        const one = await client.call("get_command_status", { command_id: `${id}/${host}` });
        assert.match(one.text, /^\[exit 0\].*\nhere\n/, one.text);
      }
      await using bob = await world.connect({ at: 1, sub: "bob" });
      const guessed = await bob.call("get_command_status", { command_id: `${id}/${host}` });
      assert.ok(guessed.isError, guessed.text);
    },
  );

  let answered = "";
  let interrupted = "";
  await t.step(
    "durable commands started through one replica are seen through the other",
    async () => {
      const begin = async (command: string): Promise<string> =>
        idOf(
          await first.call("execute_command_async", {
            host,
            command,
            durable: true,
            stdin: "fifo",
          }),
        );
      answered = await begin("echo asks; read -r x; echo got $x; exit 3");
      interrupted = await begin("echo loops; sleep 300");
      const list = await second.call("list_running_commands", { host });
      for (const id of [answered, interrupted]) assert.ok(list.text.includes(id), list.text);
    },
  );

  await t.step(
    "and after that one was killed they are read, answered and interrupted",
    async () => {
      await world.places[0]!.replica.end("SIGKILL");
      const read = await until("the other has taken over", async () => {
        const reply = await second.call("get_command_status", { command_id: answered });
        return !reply.isError && reply;
      }, { timeoutMs: 30_000 });
      assert.match(read.text, /^\[running\].*\nasks/);
      await second.call("send_input", { command_id: answered, input_text: "words" });
      const ended = await second.call("get_command_status", { command_id: answered, wait: 20 });
      assert.match(ended.text, /^\[exit 3\].*\n(?:asks\n)?got words/, ended.text);
      const stopped = await second.call("interrupt_command_by_id", { command_id: interrupted });
      assert.match(stopped.text, /^\[interrupted/, stopped.text);
    },
  );

  await t.step("a replica that was started anew reads what it never saw", async () => {
    await world.restart(0);
    await using third = await world.connect({ at: 0, generation: "2025" });
    const all = await third.call("get_command_status", { command_id: answered, offset: 0 });
    assert.match(all.text, /^\[exit 3\].*\nasks\ngot words/);
    assert.equal(
      (await Array.fromAsync(Deno.readDir(`${home}/.local/state/mcp-ssh-session/jobs`)))
        .filter(({ name }) => name.startsWith("j")).length,
      2,
    );
  });
});
