import assert from "node:assert/strict";
import { idOf } from "../support/world.ts";
import { type ShellHost, startShellHosts } from "./login_shells.ts";

/** What reads like something to answer, and is somebody's prompt. */
const PROMPTS = [
  "> ",
  "web1> ",
  "[root@web1 ~] ",
  "(web1) ",
  "web1: ",
  "/root: ",
  "web1 => ",
  "web1?",
];

/**
 * Leaves a job in the background, takes the prompt from a file, asks with the same words where told
 * to, and hides the line editor.
 */
const START_UP = `sleep 100 &
words=$(cat ~/words 2>/dev/null)
if [ -e ~/asks ]; then
  printf '%s' "$words"
  read -r answer
fi
[ -z "\${BASH_VERSION-}" ] || bind 'set enable-bracketed-paste off'
PS1=$words
`;

Deno.test("in every shell a prompt that reads like a question is a prompt, and the same question is one", async () => {
  await using hosts = await startShellHosts({
    files: (name) => ({ [name === "zsh" ? ".zshrc" : ".profile"]: START_UP }),
  });
  await Promise.all(hosts.all.map(async (host) => {
    for (const words of PROMPTS) {
      const told = `${host.name} ${words}`;
      await host.run(`printf '%s' '${words}' > ~/words; rm -f ~/asks`);
      const first = await host.run("echo a; (exit 3)", { session: `prompt ${words}` });
      assert.equal(first.body, "a\n", `${told}: ${first.text}`);
      assert.equal(first.meta?.exit_status, 3, told);
      await host.run("touch ~/asks");
      await isAsked(host, words, told);
    }
  }));
});

async function isAsked(host: ShellHost, words: string, told: string): Promise<void> {
  const asked = await host.run("echo got $answer", { session: `question ${words}`, timeout: 15 });
  assert.equal(asked.meta?.state, "awaiting_input", `${told}: ${asked.text}`);
  const ended = await host.server.call("send_input", {
    command_id: idOf(asked),
    input_text: "prod",
    wait: 20,
  });
  assert.match(ended.body, /got prod\n$/, `${told}: ${ended.text}`);
}
