import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, endOf, idOf } from "../support/world.ts";

/** A program of the host that asks, and what becomes of it once answered. */
interface Case {
  readonly title: string;
  readonly command: string;
  readonly kind: string;
  readonly question: RegExp;
  readonly answers: readonly string[];
  readonly ended: string;
}

const PLAIN_CASES: readonly Case[] = [
  {
    title: "bash's read -p",
    command: "read -p 'Your name? ' name; echo \"hello $name\"",
    kind: "text",
    question: /^Your name\? $/,
    answers: ["Ann B"],
    ended: "hello Ann B\n",
  },
  {
    title: "rm -i",
    command: "touch file; rm -i file; ls file 2>&1",
    kind: "text",
    question: /^rm: remove regular empty file 'file'\? $/,
    answers: ["y"],
    ended: "ls: cannot access 'file': No such file or directory\n",
  },
  {
    title: "what apt asks",
    command: "printf 'After this, 12 MB are used.\\nDo you want to continue? [Y/n] '; " +
      'read answer; echo "answered $answer"',
    kind: "yes-no",
    question: /^Do you want to continue\? \[Y\/n\] $/,
    answers: ["n"],
    ended: "answered n\n",
  },
  {
    title: "Python's input()",
    command: 'python3 -c \'first = input("First: "); print(first, input("Second? "))\'',
    kind: "text",
    question: /^(First: |Second\? )$/,
    answers: ["1", "2"],
    ended: "1 2\n",
  },
  {
    title: "bash's select menu",
    command: 'select fruit in apple pear; do echo "it is $fruit"; break; done',
    kind: "text",
    question: /^#\? $/,
    answers: ["2"],
    ended: "it is pear\n",
  },
  {
    title: "cp -i of several files, one after the other",
    command: "mkdir d; touch a b d/a d/b; cp -i a b d; echo copied",
    kind: "text",
    question: /^cp: overwrite 'd\/[ab]'\? $/,
    answers: ["y", "n"],
    ended: "copied\n",
  },
];

const SECRET_CASES: readonly Case[] = [
  {
    title: "ssh-keygen's passphrase, twice",
    command:
      "ssh-keygen -q -t ed25519 -f key; ssh-keygen -y -P 'Pass phrase 1' -f key | cut -c1-11",
    kind: "passphrase",
    question: /^Enter (same )?passphrase .*: $/,
    answers: ["Pass phrase 1", "Pass phrase 1"],
    ended: "ssh-ed25519\n",
  },
  {
    title: "read -s, whose answer the command shows",
    command: "read -s -p 'Password: ' word; echo; echo \"<$word>\"",
    kind: "password",
    question: /^Password: $/,
    answers: ["tok-é-12345"],
    ended: "<[redacted]>\n",
  },
  {
    title: "Python's getpass()",
    command: "python3 -c 'import getpass; print(getpass.getpass()[::-1])'",
    kind: "password",
    question: /^Password: $/,
    answers: ["never-shown"],
    ended: "nwohs-reven\n",
  },
];

Deno.test("a question of a program is told with its kind and answered by send_input", async (test) => {
  await using world = await borrowWorld();
  for (const one of PLAIN_CASES) {
    await test.step(one.title, () => asksAndEnds(world.server, one, {}));
  }
});

Deno.test("a secret given by send_input is nowhere to be seen afterwards", async (test) => {
  await using world = await borrowWorld();
  const { server } = world;
  for (const one of SECRET_CASES) {
    await test.step(one.title, () => asksAndEnds(server, one, { secret: true }));
  }
  await test.step("not in a later command, a list, the shell's history or the log", async () => {
    const later = await server.run("echo tok-é-12345; history");
    assert.match(later.body, /^\[redacted\]\n/);
    const lists = [await server.call("list_command_history"), later];
    assert.doesNotMatch(JSON.stringify(lists) + server.stderr(), /tok-é|never-shown/);
  });
});

Deno.test("sudo's password question is told and answered by send_input, a wrong one asked again", async () => {
  await using world = await borrowWorld({
    account: { password: "right-horse", sudoers: "ALL=(ALL) ALL" },
  });
  const { server } = world;
  const asks = await server.run("sudo id -un; echo status $?");
  assert.match(asks.firstLine, /^\[awaiting-input password\] /);
  assert.match(asks.meta?.prompt?.text ?? "", /^\[sudo\] password for /);
  assert.match(asks.text, /secret=true/);
  const command_id = idOf(asks);
  const again = await server.call("send_input", {
    command_id,
    input_text: "wrong-horse",
    secret: true,
    wait: 20,
  });
  assert.equal(again.meta?.state, "awaiting_input");
  assert.match(again.body, /Sorry, try again\./);
  const ended = await server.call("send_input", {
    command_id,
    input_text: "right-horse",
    secret: true,
    wait: 20,
  });
  assert.match(ended.body, /^\n?root\nstatus 0\n$/);
  assert.doesNotMatch(server.stderr(), /-horse/);
});

Deno.test("ssh's host key question is told as such, and a refusal ends ssh", async () => {
  await using world = await borrowWorld();
  await using second = await startSshd();
  const { server } = world;
  const command = `ssh -F none -p ${second.port} nobody@127.0.0.1 true; echo status $?`;
  const asks = await server.run(command);
  assert.match(asks.firstLine, /^\[awaiting-input host-key\] /);
  assert.match(asks.meta?.prompt?.text ?? "", /continue connecting \(yes\/no/);
  assert.match(asks.body, /SHA256:/);
  const unclear = await answer(server, asks, "maybe");
  assert.equal(unclear.meta?.prompt?.kind, "host-key");
  const ended = await answer(server, unclear, "no");
  assert.match(ended.body, /^\n?Host key verification failed\.\nstatus 255\n$/);
});

Deno.test("a question to press a key is told, and send_keys goes on", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asks = await server.run(
    "read -n1 -s -r -p 'Press any key to continue... ' k; echo \"<$k>\"",
  );
  assert.equal(asks.meta?.prompt?.kind, "press-key");
  await server.call("send_keys", { command_id: idOf(asks), keys: "x" });
  const ended = await endOf(server, asks);
  assert.equal(ended.body, "Press any key to continue... <x>\n");
});

Deno.test("less and more are reported as pagers, and left exactly by q", async (test) => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("seq 1 300 > rows");
  for (
    const command of ["less rows", "seq 1 300 | less", "more rows", "seq 1 300 | LESS=FRX less"]
  ) {
    await test.step(command, async () => {
      const asks = await server.run(`${command}; echo left $?`);
      assert.match(asks.firstLine, /^\[awaiting-input pager\] /);
      const command_id = idOf(asks);
      const screen = await server.call("send_keys", { command_id, keys: "<space>" });
      assert.match(screen.text, /^51$/m);
      await server.call("send_keys", { command_id, keys: "q" });
      const ended = await endOf(server, command_id);
      assert.ok(ended.body.endsWith("left 0\n"), ended.body.slice(-100));
      assert.equal(ended.meta?.exit_status, 0);
    });
  }
});

Deno.test("text that reads like a question but ended its line is none", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const command = "echo 'Really?'; echo 'Password:'; sleep 1.5; echo over";
  const ended = await server.run(command);
  assert.match(ended.firstLine, /^\[exit 0\] /);
  assert.equal(ended.body, "Really?\nPassword:\nover\n");
});

Deno.test("a question is withdrawn when output goes on", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  // The reader goes without a word when the test says so, and what follows waits for it, too.
  const asks = await server.run(
    "printf 'Is it so? [y/N] '; cat >/dev/null; echo no, never mind; " +
      "until [ -e go ]; do sleep 0.1; done",
  );
  assert.equal(asks.meta?.state, "awaiting_input");
  const command_id = idOf(asks);
  const before = await server.call("list_running_commands");
  assert.equal(before.structuredContent.commands[0].question, "Is it so? [y/N]");
  await server.run("pkill -PIPE -x cat", { session: "beside" });
  const on = await until("it goes on", async () => {
    const reply = await server.call("get_command_status", { command_id });
    return reply.body.includes("never mind") && reply;
  }, { everyMs: 100 });
  assert.equal(on.meta?.state, "running");
  await server.run("touch go", { session: "beside" });
  const ended = await endOf(server, command_id);
  assert.equal(ended.body, "Is it so? [y/N] no, never mind\n");
  assert.equal(ended.meta?.exit_status, 0);
});

Deno.test("a command behind one that asks is refused with the question and the call that answers it", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asks = await server.run("read -p 'Continue? [y/N] ' x");
  const refused = await server.run("echo behind");
  assert.ok(refused.isError);
  assert.match(refused.text, /Continue\? \(y\/N\)/);
  assert.ok(refused.text.includes(`send_input(command_id="${idOf(asks)}"`), refused.text);
  await answer(server, asks, "y");
  assert.equal((await server.run("echo free")).body, "free\n");
});

Deno.test("send_input reaches a program that reads without asking, and ends its input by keys", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await begin(server, "wc -l");
  const command_id = idOf(begun);
  const text = { command_id, input_text: "one\ntwo", wait: 0 };
  assert.equal((await server.call("send_input", text)).meta?.state, "running");
  await server.call("send_input", { command_id, input_text: "three\n", enter: false, wait: 0 });
  await server.call("send_keys", { command_id, keys: "<ctrl-d>" });
  const ended = await endOf(server, command_id);
  assert.equal(ended.body, "3\n");
});

Deno.test("send_input to a command that has ended is an error that says so", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const ended = await server.run("true");
  const late = await server.call("send_input", { command_id: idOf(ended), input_text: "rm -rf x" });
  assert.ok(late.isError);
  assert.match(late.text, /has ended/);
});

async function asksAndEnds(
  server: ServerUnderTest,
  one: Case,
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  let reply = await server.run(one.command);
  // The same advice comes once.
  assert.ok(reply.body.includes(`send_input(command_id="${idOf(reply)}"`), reply.body);
  for (const text of one.answers) {
    assert.equal(reply.meta?.state, "awaiting_input", reply.text);
    assert.equal(reply.meta.prompt?.kind, one.kind);
    assert.match(reply.meta.prompt.text, one.question);
    reply = await answer(server, reply, text, more);
  }
  assert.equal(reply.meta?.state, "exited", reply.text);
  assert.equal(reply.body, one.ended);
}

function answer(
  server: ServerUnderTest,
  to: ToolReply,
  input_text: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> {
  return server.call("send_input", { command_id: idOf(to), input_text, wait: 20, ...more });
}
