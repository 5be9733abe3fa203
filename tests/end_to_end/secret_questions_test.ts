import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf, startWorld } from "../support/world.ts";
import { startShellHosts } from "./login_shells.ts";

/** Questions whose words say nothing of a secret: the terminal does. */
const UNSAID_SECRETS: readonly (readonly [command: string, questions: readonly RegExp[]])[] = [
  ["read -s -p 'Confirm: ' a; echo; read -s a; echo", [/^Confirm: $/, /^$/]],
  [
    'python3 -c \'import getpass as g; g.getpass("Retype: "); g.getpass("New UNIX value again: ")\'',
    [/^Retype: $/, /^New UNIX value again: $/],
  ],
  ['sh -c \'stty -echo; read -p "Password: " a; read -p "Confirm: " a; stty echo\'', [
    /^Password: $/,
    /^Password: Confirm: $|^Confirm: $/,
  ]],
];

Deno.test("a secret is asked for where the terminal hides it, whatever the words", async (test) => {
  await using world = await startWorld();
  const { server } = world;
  for (const [command, questions] of UNSAID_SECRETS) {
    await test.step(command, async () => {
      let reply = await server.run(command);
      // The same advice comes once.
      assert.match(reply.text, /secret=true\) answers it\]$/);
      for (const question of questions) {
        assert.match(reply.firstLine, /^\[awaiting-input password\] /);
        assert.match(reply.meta?.prompt?.text ?? "", question);
        const command_id = idOf(reply);
        const answer = { command_id, input_text: "secret-horse", secret: true, wait: 20 };
        reply = await server.call("send_input", answer);
      }
      assert.match(reply.firstLine, /^\[exit 0\]/);
    });
  }
  await test.step("not what is read for all to see", async () => {
    const asks = await server.run("read -p 'Confirm: ' a; echo $a");
    assert.match(asks.firstLine, /^\[awaiting-input text\] /);
    const first = await server.run("read -p 'Name: ' a </dev/tty; echo $a", { session: "two" });
    assert.match(first.firstLine, /^\[awaiting-input text\] /);
  });
});

/** They turn the echo off, which shows only on a terminal that has it. */
const HIDERS: readonly string[] = [
  "stty -echo; printf 'Confirm: '; read x; stty echo; echo; echo got-$x",
  "old=$(stty -g); stty -echo; printf 'Confirm: '; read x; stty $old; echo; echo got-$x",
  "sh -c 'stty -echo; printf \"Confirm: \"; read x; stty echo; echo; echo got-$x'",
  "ask() { stty -echo; printf 'Confirm: '; read x; stty echo; echo; }; ask; echo got-$x",
  "ask; echo got-$x",
  "stty -echo",
  "printf 'Confirm: '; read x; stty echo; echo; echo got-$x",
];
const OWN_HIDERS: Readonly<Record<string, readonly string[]>> = {
  zsh: [...HIDERS, "read -s 'x?Confirm: '; echo; echo got-$x"],
  fish: [HIDERS[2]!],
};

Deno.test("in every shell a secret is asked for where a command turns the echo off", async (test) => {
  const shells = ["bash", "zsh", "dash", "ksh93", "mksh", "ash", "yash", "fish"];
  await using hosts = await startShellHosts({ shells });
  for (const host of hosts.all) {
    await test.step(host.name, async () => {
      for (const command of OWN_HIDERS[host.name] ?? HIDERS) {
        const asks = await host.run(command);
        if (!command.includes("got-")) continue;
        assert.match(asks.firstLine, /^\[awaiting-input password\] /, command + asks.text);
        assert.equal(await answer(hosts.server, asks), "got-[redacted]", command);
      }
      if (host.name === "fish") return;
      const asks = await host.run("printf 'Name: '; read n; echo got-$n");
      assert.match(asks.firstLine, /^\[awaiting-input text\] /);
      // Its echo does not show, as on a terminal that no command has changed.
      assert.equal(await answer(hosts.server, asks, { input_text: "Ann" }), "got-Ann");
    });
  }
});

async function answer(
  server: ServerUnderTest,
  asks: ToolReply,
  input: Readonly<Record<string, unknown>> = { input_text: "horse-77", secret: true },
): Promise<string> {
  const reply = await server.call("send_input", { command_id: idOf(asks), wait: 20, ...input });
  assert.match(reply.firstLine, /^\[exit 0\]/);
  return reply.body.trim();
}
