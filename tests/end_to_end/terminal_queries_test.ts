import assert from "node:assert/strict";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { begin, endOf, idOf, startWorld, type World } from "../support/world.ts";

/** Reads a raw terminal for a second and prints what came; asks the queries it is given before. */
const RAW_SOURCE = `
#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct termios old, t; unsigned char c; struct pollfd p = { 0, POLLIN, 0 };
  tcgetattr(0, &old); t = old; t.c_lflag &= ~(ICANON | ECHO); tcsetattr(0, TCSANOW, &t);
  for (int i = 1; i < argc; i++) { printf("\\033[%s", argv[i]); fflush(stdout); }
  char got[512]; int n = 0;
  while (n < 500 && poll(&p, 1, n ? 400 : argc > 1 ? 30000 : 1500) == 1 && read(0, &c, 1) == 1)
    n += sprintf(got + n, c < 32 ? "^%c" : "%c", c < 32 ? c + 64 : c);
  tcsetattr(0, TCSANOW, &old);
  printf("got <%.*s>\\n", n, got);
  return 0;
}
`;

async function startQueried(): Promise<World> {
  const world = await startWorld();
  const home = world.sshd.account!.home;
  await Deno.writeTextFile(join(home, "raw.c"), RAW_SOURCE);
  await mustRun(["cc", "-o", join(home, "raw"), join(home, "raw.c")]);
  await Deno.writeTextFile(join(home, "evil"), "\x1b[6n\x1b[c\x1b[5n\x1b[?25$p");
  return world;
}

Deno.test("a program that asks on the primary screen and reads raw is answered", async () => {
  await using world = await startQueried();
  const { server } = world;
  const asked = await server.run("./raw 6n c 5n '?25$p' '?7$p'");
  assert.match(asked.body, /got <\^\[\[\d+;\d+R\^\[\[\?1;2c\^\[\[0n\^\[\[\?25;1\$y\^\[\[\?7;1\$y>/);
  const again = await server.run("printf '\\033[2J\\033[7;9H'; ./raw 6n; ./raw 5n");
  assert.match(again.body, /got <\^\[\[7;9R>\n[^]*got <\^\[\[0n>/);
  const clean = await server.run("echo $?");
  assert.equal(clean.body, "0\n");
});

Deno.test("resize, fzf --height, prompt_toolkit and a shell's read are answered", async () => {
  await using world = await startQueried();
  const { server } = world;
  const size = await server.run("resize -u", { timeout: 20 });
  assert.match(size.body, /COLUMNS=200;\nLINES=50;/, size.text);
  const picking = await begin(server, "seq 5 | fzf --height 5", {
    session: "fzf",
    shows: /5\/5/,
  });
  await server.call("send_keys", { command_id: idOf(picking), keys: "<up><enter>" });
  const picked = await endOf(server, picking);
  assert.match(picked.body, /2\n$/, picked.text);
  const python = "python3 -c 'from prompt_toolkit import prompt; print(prompt(\"db> \"))'";
  const prompting = await begin(server, python, { session: "python", shows: /db>/ });
  const shown = await server.call("get_command_status", { command_id: idOf(prompting), wait: 4 });
  assert.doesNotMatch(shown.text, /CPR/);
  await server.call("send_input", { command_id: idOf(prompting), input_text: "select 1" });
  const typed = await server.call("get_command_status", { command_id: idOf(prompting), wait: 20 });
  assert.match(typed.body, /select 1\n$/, typed.text);
  const read = `printf '\\033[6n'; IFS='[;' read -rsd R -t 8 _ row column; echo "at $row"`;
  assert.match((await server.run(read)).body, /at \d+\n$/);
  const script = await server.run(`bash -c '${read.replaceAll("'", '"')}'`);
  assert.match(script.body, /at \d+\n$/, script.text);
});

/** Each prints a file with queries in it, or asks without reading raw, and tells what it read. */
const NOT_ASKED: readonly (readonly [command: string, body: RegExp])[] = [
  ["cat evil; ./raw", /got <>/],
  ["cat evil; sleep 0.3; ./raw", /got <>/],
  ["./raw & sleep 0.2; cat evil; wait", /got <>|^/],
  ['cat evil; read -rsn1 -t 1 x; echo "got <$x>"', /got <>/],
  ["printf '\\033[6n'; read -rt 1 x; echo \"got <$x>\"", /got <>/],
  ["cat evil; timeout 1 cat", /^[^R]*$/],
  ["cat evil; python3 -c 'import time; time.sleep(1)'; echo over", /over\n$/],
];

Deno.test("an answer reaches no program that did not ask, and no shell", async () => {
  await using world = await startQueried();
  const { server } = world;
  await Promise.all(NOT_ASKED.map(async ([command, body], index) => {
    const session = `silent ${index}`;
    await server.run("true", { session });
    const reply = await server.run(command, { session, timeout: 20 });
    assert.match(reply.body, body, `${command}: ${reply.text}`);
    assert.notEqual(reply.meta?.exit_status ?? null, null, reply.text);
    const next = await server.run("echo $?; seq 1 2", { session });
    assert.match(next.body, /^\d+\n1\n2\n$/, `${command}: ${next.text}`);
  }));
});
