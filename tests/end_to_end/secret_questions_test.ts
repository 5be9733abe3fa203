import assert from "node:assert/strict";
import { idOf, startWorld } from "../support/world.ts";

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
