import assert from "node:assert/strict";
import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { createAccount } from "../support/account.ts";
import { startServer } from "../support/mcp_client.ts";
import { Random } from "../support/random.ts";
import { startSshd } from "../support/sshd.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { idOf, type World } from "../support/world.ts";

/** Words at the end of a line that nobody reads behind. */
const QUIET = [
  "Stopping web server: ",
  "[  OK  ]",
  "Progress (3/5): ",
  "user@h:~$ ",
  "Continue? ",
  "cost: 5$ ",
  "root@web1:/# ",
  "Enter your name: ",
];

Deno.test("a line that nobody reads behind is no question, and the next command waits its turn", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await Promise.all(QUIET.map(async (words, index) => {
    const session = `quiet ${index}`;
    await server.run("true", { session });
    const asked = await server.run(`printf %s '${words}'; sleep 4; echo done`, {
      session,
      timeout: 3,
    });
    assert.equal(asked.meta?.state, "running", `${words}: ${asked.text}`);
    const next = await server.run("echo next", { session, timeout: 40 });
    assert.equal(next.body, "next\n", words);
    const ended = await server.call("get_command_status", { command_id: idOf(asked) });
    assert.equal(ended.body, `${words}done\n`);
  }));
});

/** They read and print no question, and what the first line that they get makes them print. */
const SILENT_READERS: readonly (readonly [command: string, answer: string])[] = [
  ["cat", "Ann"],
  ["read x; echo got-$x", "got-Ann"],
  ["printf Name; read x; echo got-$x", "got-Ann"],
  ["/usr/bin/python3 -c 'print(\"got-\" + input())'", "got-Ann"],
  ["sh -c 'while read x; do echo got-$x; done'", "got-Ann"],
  ["grep -n Ann", "1:Ann"],
];

/** They wait for something else, or may be at work while one of their threads reads. */
const SILENT_WORKERS = [
  "sleep 4",
  "sleep 4 | cat",
  "read -t 4 x </dev/zero; sleep 4",
  "/usr/bin/python3 -c 'import threading as t, sys; t.Thread(target=sys.stdin.read, daemon=True).start(); " +
  'w = t.Thread(target=lambda: __import__("time").sleep(4)); w.start(); w.join()\'',
];

Deno.test("who reads and asks nothing is reported before the call's time is up", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await Promise.all(SILENT_READERS.map(async ([command, answer], index) => {
    const session = `silent ${index}`;
    const asks = await server.run(command, { session, timeout: 50 });
    assert.match(asks.firstLine, /^\[awaiting-input text\]/, command);
    assert.match(asks.text, /it waits for input|answers it/, command);
    const command_id = idOf(asks);
    const reply = await server.call("send_input", { command_id, input_text: "Ann", wait: 30 });
    assert.equal(reply.body.trim(), answer, command);
    await server.call("send_keys", { command_id, keys: "<ctrl-d>" });
  }));
});

Deno.test("who waits for something else, or works beside, is running", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await Promise.all(SILENT_WORKERS.map(async (command, index) => {
    const reply = await server.run(command, { session: `busy ${index}`, timeout: 3 });
    assert.match(reply.firstLine, /^\[running\]/, command);
  }));
});

/** Programs that ask with a shell's prompt, or stand where one could; each keeps what it reads. */
const READERS: readonly (readonly [name: string, command: string])[] = [
  ["read", `printf 'user@h:~$ '; read -r x; printf %s "$x" >> got`],
  ["read behind a sleep", `printf 'cost: 5$ '; sleep 2; read -r x; printf %s "$x" >> got`],
  ["cat", `printf 'root@web1:/# '; cat >> got`],
  ["python", `python3 -c 'open("got", "a").write(input("postgres=# "))'`],
  ["raw", `printf '% '; ./raw`],
  ["raw polling", `printf 'host> '; ./raw poll`],
  ["vi", "vi -u NONE -n got"],
  ["sleep", `printf 'user@h:~$ '; sleep 4; head -c 1 /dev/null >> got`],
  ["less", `printf 'x\\n' > text; printf '$ '; less text`],
];

/** Reads a raw terminal, by read(2) or poll(2), and keeps what comes. */
const RAW_SOURCE = `
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct termios t; char c; struct pollfd p = { 0, POLLIN, 0 };
  int got = open("got", O_CREAT | O_APPEND | O_WRONLY, 0600);
  tcgetattr(0, &t); t.c_lflag &= ~(ICANON | ECHO); tcsetattr(0, TCSANOW, &t);
  for (;;) {
    if (argc > 1) poll(&p, 1, -1);
    if (read(0, &c, 1) != 1) return 1;
    write(got, &c, 1);
  }
}
`;

async function compileRaw(world: World): Promise<void> {
  const home = world.sshd.account!.home;
  await Deno.writeTextFile(join(home, "raw.c"), RAW_SOURCE);
  await mustRun(["cc", "-o", join(home, "raw"), join(home, "raw.c")]);
}

Deno.test("not one byte of ours reaches a program that reads the terminal", async () => {
  await using world = await borrowWorld();
  await compileRaw(world);
  const { server, sshd } = world;
  const random = new Random(20_261_127);
  for (let round = 0; round < 12; round++) {
    const [name, command] = random.pick(READERS);
    const home = join(sshd.account!.home, `round${round}`);
    await server.run(`mkdir ~/round${round}; cp ~/raw ~/round${round}`);
    const session = `round ${round}`;
    await server.run(`cd ~/round${round}`, { session });
    const reply = await server.run(command, { session, timeout: 2 });
    const told = `${round} ${name}: ${reply.text}`;
    assert.notEqual(reply.meta?.prompt?.kind, "shell", told);
    const next = await server.run("echo OURS", { session, timeout: 1 });
    assert.doesNotMatch(next.body, /^OURS$/m, told);
    const got = await Deno.readTextFile(join(home, "got")).catch(() => "");
    assert.equal(got, "", told);
    assert.ok(next.isError || next.meta?.state === "queued", `${told}\n${next.text}`);
    await server.call("close_session", { host: server.host, session });
  }
});

/** A nested shell by what starts it; the prompts name no shell, or nothing at all. */
const NESTED = [
  "PS1='➜  ~ ' bash --norc",
  "PS1='» ' dash",
  "PS1='❱ ' mksh",
  "PS1='[\\u] ' bash --norc",
  "PS1='\u{f0a9} ' bash --norc",
  "PS1='ready\n' dash",
  "PS1='' bash --norc",
  "printf 'RPROMPT=right\\nPROMPT=%s\\n' \"'> '\" > ~/.zshrc; zsh",
  "mkdir -p ~/.config/fish; echo fish_vi_key_bindings > ~/.config/fish/config.fish; fish",
];

Deno.test("a nested shell is adopted whatever its prompt looks like", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  for (const [index, command] of NESTED.entries()) {
    const session = `nested ${index}`;
    const outer = await server.run(command, { session, timeout: 30 });
    assert.equal(outer.meta?.prompt?.kind, "shell", `${command}: ${outer.text}`);
    const inner = await server.run("echo in", { session, timeout: 30 });
    assert.equal(inner.body, "in\n", `${command}: ${inner.text}`);
    const left = await server.run("exit 3", { session, timeout: 30 });
    assert.equal(left.meta?.exit_status, 3, `${command}: ${left.text}`);
    await server.call("close_session", { host: server.host, session });
  }
});

Deno.test("what is no shell is answered by send_input, and the error says so", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asked = await server.run("python3 -q", { timeout: 10 });
  assert.equal(asked.meta?.prompt?.kind, "text", asked.text);
  const next = await server.call("execute_command", { host: server.host, command: "echo next" });
  assert.ok(next.isError);
  assert.match(next.text, new RegExp(`send_input\\(command_id="${idOf(asked)}"`));
});

for (const multiplexer of ["tmux", "screen"] as const) {
  Deno.test(`a login that attaches to ${multiplexer} without an alternate screen types nothing there`, async () => {
    const start = multiplexer === "tmux"
      ? `tmux -f tmux.conf -L ours attach`
      : `screen -c screenrc -x ours`;
    await using account = await createAccount({
      files: {
        ".profile": `case $- in *i*) exec ${start};; esac\n`,
        "tmux.conf": "set -ga terminal-overrides ',*:smcup@:rmcup@'\n",
        "screenrc": "termcapinfo * ti@:te@\nstartup_message off\n",
      },
    });
    const as = (command: string): Promise<string> =>
      mustRun(["su", "-s", "/bin/sh", account.name, "-c", `cd ~; TERM=xterm ${command}`]);
    const half = "touch ~/EXECUTED #";
    if (multiplexer === "tmux") {
      await as("tmux -f tmux.conf -L ours new-session -d -s main 'bash --norc'");
      await as(`tmux -L ours send-keys -l '${half}'`);
    } else {
      await as("screen -c screenrc -dmS ours bash --norc");
      await as(`screen -S ours -p 0 -X stuff '${half}'`);
    }
    await using sshd = await startSshd({ accounts: [account] });
    await using server = await startServer({ env: sshd.environment() });
    const reply = await server.run("echo here; echo $TMUX$STY", { timeout: 30 });
    assert.equal(reply.body, "here\n\n", reply.text);
    const shown = await until("the screen is written", async () => {
      if (multiplexer === "tmux") return await as("tmux -L ours capture-pane -p");
      await as(`screen -S ours -p 0 -X hardcopy ${account.home}/shown`);
      return await Deno.readTextFile(join(account.home, "shown")).catch(() => "") || undefined;
    });
    assert.match(shown, /touch ~\/EXECUTED #\s*$/);
    assert.doesNotMatch(shown, /7717|printf|eval/);
    await assert.rejects(Deno.stat(join(account.home, "EXECUTED")));
    await as(multiplexer === "tmux" ? "tmux -L ours kill-server" : "screen -S ours -X quit");
  });
}

Deno.test("a transaction in psql survives the next command, which is told to use send_input", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const [bin] = Array.from(
    Deno.readDirSync("/usr/lib/postgresql"),
    ({ name }) => `/usr/lib/postgresql/${name}/bin`,
  );
  const started = await server.run(
    `${bin}/initdb -D ~/db -U postgres -A trust > /dev/null && ` +
      `${bin}/pg_ctl -D ~/db -o "-k $HOME -h ''" -l ~/db.log -w start > /dev/null; echo $?`,
    { timeout: 50 },
  );
  assert.match(started.body, /^0$/m, started.text);
  const psql = await server.run("psql -h ~ -U postgres postgres", { timeout: 20 });
  assert.deepEqual(psql.meta?.prompt, { kind: "text", text: "postgres=# " }, psql.text);
  const command_id = idOf(psql);
  const says = async (input_text: string): Promise<string> =>
    (await server.call("send_input", { command_id, input_text, wait: 10 })).text;
  await says("create table kept (x int);");
  await says("begin; insert into kept values (42);");
  const next = await server.call("execute_command", { host: server.host, command: "echo next" });
  assert.ok(next.isError);
  assert.match(next.text, new RegExp(`send_input\\(command_id="${command_id}"`));
  await says("commit;");
  assert.match(await says("select count(*) from kept where x = 42;"), /^\s+1$/m);
  await says("\\q");
  assert.equal((await server.run("echo next", { timeout: 10 })).body, "next\n");
  await server.run(`${bin}/pg_ctl -D ~/db -m immediate stop`);
});
