import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, idOf, SLEEP } from "../support/world.ts";

Deno.test("what a background job prints between commands is told once, and is no command's output", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await server.run("(sleep 0.3; echo from' 'behind; touch printed) &");
  assert.doesNotMatch(begun.body, /from behind/);
  await appears(server, "printed");
  const next = await server.run("echo exact");
  assert.equal(next.meta?.exit_status, 0);
  assert.match(next.body, /^exact\n\[[^\n]*from behind[^\n]*\]$/);
  assert.equal(next.meta.total_chars, "exact\n".length);
  assert.doesNotMatch((await server.run("echo once")).body, /from behind/);
});

Deno.test("the shell's own words on a finished job neither end a command nor get into its output", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const begun = await server.run("sleep 0.3 && touch slept &");
  assert.match(begun.body, /^\[1\] \d+\n$/);
  await appears(server, "slept");
  const next = await server.run("echo exact");
  assert.equal(next.meta?.exit_status, 0);
  assert.equal(next.body.split("\n")[0], "exact");
  assert.equal((await server.run("echo again")).body.split("\n")[0], "again");
  assert.equal((await server.run("jobs; echo none")).body, "none\n");
});

Deno.test("a background job that prints during a command cannot end it", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("(for i in 1 2 3; do sleep 0.2; printf 'user@host:~$ '; done) &");
  const reply = await server.run("sleep 1; echo done; (exit 4)");
  assert.equal(reply.meta?.exit_status, 4);
  assert.match(reply.body, /done\n/);
  assert.equal((await server.run("echo $?")).body.split("\n")[0], "4");
});

Deno.test("a background job that never stops printing leaves the next commands exact", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("(while :; do echo noise; sleep 0.01; done) & echo $!");
  for (let i = 0; i < 20; i++) {
    const reply = await server.run(`(exit ${i})`);
    assert.equal(reply.meta?.exit_status, i);
  }
  await server.run("kill %1; wait 2>/dev/null");
  assert.equal((await server.run("echo quiet")).body.split("\n")[0], "quiet");
});

/** What a program may leave behind on its terminal. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  "a raw terminal": "stty raw",
  "a terminal without echo and line ends": "stty -echo -icrnl -onlcr -opost",
  "the alternate screen": "printf '\\033[?1049h\\033[2J\\033[Hdrawn'",
  "application keys, mouse reports and bracketed paste":
    "printf '\\033[?1h\\033=\\033[?1000h\\033[?1006h\\033[?2004h'",
  "a scroll region and another character set": "printf '\\033[5;10r\\033(0\\016'",
  "an unfinished escape sequence": "printf 'text\\033['",
  "an unfinished string of the terminal": "printf 'text\\033]0;title without end'",
  "a line in colour without its end": "printf '\\033[31mred'",
  "a closed standard input": "exec 3<&0; exec </dev/null; exec 0<&3 3<&-",
  "another locale and separator": "export LC_ALL=C; IFS=,; set -- a b",
};

for (const [what, command] of Object.entries(LEFTOVERS)) {
  Deno.test(`after a program left ${what}, the next commands are exact`, async () => {
    await using world = await borrowWorld();
    const { server } = world;
    const left = await server.run(`${command}; (exit 5)`, { timeout: 10 });
    assert.equal(left.meta?.exit_status, 5, left.text);
    const next = await server.run("echo $?; printf 'a\\tb\\n'; (exit 6)", { timeout: 10 });
    assert.equal(next.meta?.exit_status, 6, next.text);
    assert.equal(next.body, "5\na\tb\n");
    const asks = await server.run("read -p 'Name? ' name; echo \"<$name>\"");
    assert.equal(asks.meta?.state, "awaiting_input", asks.text);
    const answered = await server.call("send_input", {
      command_id: idOf(asks),
      input_text: "Ann",
      wait: 20,
    });
    assert.equal(answered.body.trim(), "<Ann>");
    const begun = await begin(server, SLEEP);
    const ended = await server.call("interrupt_command_by_id", { command_id: idOf(begun) });
    assert.equal(ended.meta?.exit_signal, "INT", ended.text);
  });
}

Deno.test("a full-screen program that is killed leaves the next command exact", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("seq 1 200 > rows");
  const vim = await begin(server, "vim rows");
  await until("vim has drawn", async () => {
    const screen = await server.call("read_screen", { command_id: idOf(vim) });
    return screen.text.includes('"rows" 200L');
  });
  const killed = await server.call("interrupt_command_by_id", {
    command_id: idOf(vim),
    signal: "KILL",
  });
  assert.equal(killed.meta?.exit_signal, "KILL", killed.text);
  const next = await server.run("seq 1 3; (exit 3)");
  assert.equal(next.meta?.exit_status, 3);
  assert.equal(next.body, "1\n2\n3\n");
  const sleeps = await server.run("echo up; sleep 300", { timeout: 1 });
  assert.equal(sleeps.meta?.state, "running");
  assert.doesNotMatch(sleeps.text, /read_screen/);
});

Deno.test("stopped and resumed jobs answer as the shell's own", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const naps = "sh -c 'echo up; until test -e woken; do sleep 0.05; done; exit 4'";
  const begun = await begin(server, naps, { shows: /^up$/m });
  await server.call("interrupt_command_by_id", { command_id: idOf(begun), signal: "TSTP" });
  await server.run("touch woken", { session: "looks" });
  const resumed = await server.run("fg", { timeout: 20 });
  assert.equal(resumed.meta?.exit_status, 4, resumed.text);
  assert.equal((await server.run("jobs; echo none")).body, "none\n");
});

async function appears(server: ServerUnderTest, file: string): Promise<void> {
  await until(`${file} is there`, async () => {
    const reply = await server.run(`test -e ${file}`, { session: "looks" });
    return reply.meta?.exit_status === 0;
  });
}
