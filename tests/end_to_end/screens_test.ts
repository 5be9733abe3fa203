import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, endOf, idOf } from "../support/world.ts";

Deno.test("vim edits, saves and quits by send_keys", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("printf 'one\\ntwo\\n' > note");
  const vim = await open(server, "vim note", /"note" 2L/);
  assert.match(vim.text, /alternate screen/);
  const typed = await keys(server, vim, "Gothree<lt>3><esc>");
  assert.match(typed.text, /^one\ntwo\nthree<3>$/m);
  await keys(server, vim, ":wq<enter>");
  const ended = await end(server, vim);
  assert.equal(ended.meta?.exit_status, 0);
  assert.equal(ended.body, "");
  assert.equal((await server.run("cat note")).body, "one\ntwo\nthree<3>\n");
});

Deno.test("a full-screen program at rest is answered with its screen, and keys with what they did", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("printf 'one\\ntwo\\n' > note");
  const vim = await server.run("vim note");
  assert.match(vim.firstLine, /^\[awaiting-input screen\] /);
  assert.match(vim.body, /^\[screen 200x50\] cursor row 1 column 1 .*\none\ntwo\n~\n/);
  assert.match(vim.text, /\n\[send_keys\(command_id="\w+", keys="…"\) types to it\]$/);
  assert.equal(vim.meta?.total_chars, 0);
  const refused = await server.run("echo behind it");
  assert.ok(refused.isError);
  assert.match(refused.text, /held by command \w+, a full-screen program: "vim note"/);
  const unmoved = await keys(server, vim, "<up>");
  assert.match(unmoved.firstLine, /^\[awaiting-input screen\]/);
  const asked = await server.call("get_command_status", { command_id: idOf(vim), wait: 20 });
  assert.match(asked.body, /^\[screen [^]*\none\ntwo\n/);
  const left = await keys(server, vim, ":q<enter>");
  assert.match(left.firstLine, /^\[exit 0\]/);
  assert.equal(left.body, "");
  assert.equal((await server.run("echo next")).body, "next\n");
});

Deno.test("what top draws without the alternate screen is no output of it", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const top = await server.run("top -d 60; echo over");
  assert.match(top.firstLine, /^\[awaiting-input screen\]/);
  assert.match(top.body, /^top - /m);
  const left = await keys(server, top, "q");
  assert.match(left.firstLine, /^\[exit 0\]/);
  assert.equal(left.body.trim(), "over");
  assert.ok((left.meta?.total_chars ?? 99) < 20, left.text);
});

Deno.test("a program that draws and reads nothing is no question, and ends one that rested", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const shown = await server.run("tput smcup; echo drawn; sleep 1.5; tput rmcup; echo over");
  assert.match(shown.firstLine, /^\[exit 0\]/);
  assert.equal(shown.body, "over\n");
  const asks = await server.run("dialog --timeout 8 --msgbox text 7 40; sleep 300");
  assert.match(asks.firstLine, /^\[awaiting-input screen\]/);
  const ended = await until("the dialog has left, and no screen is shown", async () => {
    const reply = await server.call("get_command_status", { command_id: idOf(asks) });
    return reply.meta?.state === "running" && !reply.text.includes("[screen ") && reply;
  }, { timeoutMs: 30_000 });
  await keys(server, ended, "<ctrl-c>");
  const stopped = await endOf(server, asks);
  assert.equal(stopped.meta?.exit_signal, "INT");
});

Deno.test("keys on the primary screen are answered with what came since", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asks = await server.run("echo licence; read -n 1 -p 'Press any key '; echo; echo accepted");
  assert.match(asks.body, /licence/);
  const went = await keys(server, asks, "y");
  assert.match(went.firstLine, /^\[exit 0\]/);
  assert.match(went.body, /^\s*accepted\n$/);
});

Deno.test("vim moves by arrows, function keys and page keys", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("seq 1 200 > rows");
  const vim = await open(server, "vim rows", /"rows" 200L/);
  await keys(server, vim, "<pagedown>");
  const down = await keys(server, vim, "<down><down><right>");
  assert.doesNotMatch(down.text, /^1$/m);
  await keys(server, vim, "<ctrl-home>");
  const top = await keys(server, vim, "gg<down>dd<end>");
  assert.match(top.text, /^1\n3\n/m);
  await keys(server, vim, "<esc>:cq 7<enter>");
  assert.equal((await end(server, vim)).meta?.exit_status, 7);
});

Deno.test("nano edits and saves by send_keys", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const nano = await open(server, "nano note", /GNU nano/);
  await keys(server, nano, "hello<enter>");
  const asks = await keys(server, nano, "<ctrl-o>");
  assert.match(asks.text, /File Name to Write: note/);
  await keys(server, nano, "<enter>");
  await keys(server, nano, "<ctrl-x>");
  assert.equal((await end(server, nano)).meta?.exit_status, 0);
  assert.match((await server.run("cat note")).body, /^hello\n/);
  const again = await open(server, "nano note", /GNU nano/);
  const leaving = await keys(server, again, "more<ctrl-x>");
  assert.match(leaving.text, /^Save modified buffer\?/m);
  assert.match(leaving.firstLine, /^\[awaiting-input screen\]/);
  assert.match(leaving.text, /send_keys/);
  await keys(server, again, "n");
  assert.equal((await end(server, again)).meta?.exit_status, 0);
});

Deno.test("top and htop are read from the screen and left by their keys", async (test) => {
  await using world = await borrowWorld();
  const { server } = world;
  for (
    const [command, shows, leave] of [["top", /^top - /m, "q"], [
      "htop",
      /F10Quit/,
      "<f10>",
    ]] as const
  ) {
    await test.step(command, async () => {
      const begun = await open(server, command, shows);
      await keys(server, begun, leave);
      assert.equal((await end(server, begun)).meta?.exit_status, 0);
      assert.equal((await server.run("echo next")).body, "next\n");
    });
  }
});

Deno.test("dialog and whiptail are answered by keys, and their status is told", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const yesno = await open(server, "dialog --yesno 'Go on?' 7 40", /< Yes >/);
  assert.match(yesno.text, /Go on\?/);
  await keys(server, yesno, "<right><enter>");
  assert.equal((await end(server, yesno)).meta?.exit_status, 1);
  const input = await open(server, "whiptail --inputbox 'Name?' 8 40 2>answer", /<Ok>/);
  await keys(server, input, "Ann");
  await keys(server, input, "<tab><enter>");
  assert.equal((await end(server, input)).meta?.exit_status, 0);
  assert.equal((await server.run("cat answer")).body, "Ann");
});

Deno.test("git log with a pager is paged and left", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run(
    "git init -q r && cd r && git config user.email a@b && git config user.name n && " +
      'for i in $(seq 1 20); do git commit -q --allow-empty -m "commit $i"; done',
  );
  const whole = await server.run("git log --oneline | wc -l; git log --format=%s | head -1");
  assert.equal(whole.body, "20\ncommit 20\n");
  const log = await server.run("GIT_PAGER=less git log");
  assert.match(log.firstLine, /^\[awaiting-input pager\] /);
  await keys(server, log, "q");
  assert.equal((await end(server, log)).meta?.exit_status, 0);
});

Deno.test("man prints plainly by itself, and with a pager it is paged and left", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const plain = await server.run("man ls");
  assert.equal(plain.meta?.exit_status, 0);
  assert.match(plain.body, /^NAME$/m);
  const paged = await server.run("man -P less ls");
  assert.match(paged.firstLine, /^\[awaiting-input pager\] /);
  const next = await keys(server, paged, "<pagedown>");
  assert.match(next.text, /Manual page ls\(1\) line \d\d/);
  await keys(server, paged, "q");
  assert.equal((await end(server, paged)).meta?.exit_status, 0);
});

Deno.test("python3 and sqlite3 are talked to by send_input, and end exactly", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const python = await server.run("python3 -q; echo left $?");
  assert.equal(python.meta?.prompt?.text, ">>> ");
  assert.equal(python.meta.prompt.kind, "text");
  const sum = await input(server, python, "print(sum(range(10)))");
  assert.match(sum.body, /\b45\n>>> /);
  const block = await input(server, sum, "for i in range(2):");
  assert.equal(block.meta?.prompt?.text.trim(), "...");
  await input(server, block, "    print('row', i)");
  const ran = await input(server, block, "");
  assert.match(ran.body, /row 0\nrow 1\n>>> /);
  const lines = await input(server, ran, "def f(x):\n    return x + 1\n\nf(3)");
  assert.equal(lines.body, "4\n>>> ");
  const left = await input(server, lines, "raise SystemExit(5)");
  assert.match(left.body, /left 5\n$/);
  const sqlite = await server.run("sqlite3 :memory:");
  assert.equal(sqlite.meta?.prompt?.text, "sqlite> ");
  const rows = await input(server, sqlite, "select 6*7;");
  assert.match(rows.body, /\b42\nsqlite> /);
  const made = await input(server, rows, "create table t(\n a int\n);\nselect count(*) from t;");
  assert.equal(made.body, "0\nsqlite> ");
  const over = await input(server, made, ".quit");
  assert.equal(over.meta?.exit_status, 0);
});

Deno.test("tmux is attached to, typed into, detached from, and no shell of ours is looked for in it", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const made = await server.run("tmux -L own new-session -d -s work 'PS1=\"in-tmux$ \" sh'");
  assert.equal(made.meta?.exit_status, 0, made.text);
  const attached = await open(server, "tmux -L own attach -t work", /in-tmux\$/);
  const shown = await keys(server, attached, "echo $((40 + 2)) | tee made<enter>");
  assert.match(shown.text, /^42$/m);
  const refused = await server.run("echo must not be typed into tmux");
  assert.ok(refused.isError || refused.meta?.state === "queued", refused.text);
  if (refused.meta) await server.call("interrupt_command_by_id", { command_id: idOf(refused) });
  await keys(server, attached, "<ctrl-b>d");
  assert.equal((await end(server, attached)).meta?.exit_status, 0);
  const after = await server.run(
    "cat made; tmux -L own capture-pane -p -t work; tmux -L own kill-server",
  );
  assert.match(after.body, /^42\n/);
  assert.doesNotMatch(after.body, /must not be typed|7717/);
});

Deno.test("read_screen and send_keys address a session by its host too, and say when nothing runs", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const host = server.host;
  const unopened = await server.call("read_screen", { host });
  assert.ok(unopened.isError, unopened.text);
  await server.run("echo on the screen");
  const screen = await server.call("read_screen", { host });
  assert.match(screen.text, /^\[screen 200x50\] .*no command runs\n[^]*on the screen/);
  const nobody = await server.call("send_keys", { host, keys: "x" });
  assert.ok(nobody.isError);
  const unknown = await server.call("send_keys", { host, keys: "<warp>" });
  assert.ok(unknown.isError);
  const begun = await begin(server, "cat");
  const listed = await server.call("send_keys", { host, keys: "<warp>" });
  assert.match(listed.text, /<warp>[^]*<ctrl-/);
  await keys(server, begun, "<ctrl-c>");
  assert.equal((await end(server, begun)).meta?.exit_status, 130);
});

Deno.test("a secret does not show on the screen", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const asks = await server.run(
    "read -p 'Password: ' w; clear; echo \"it was $w\"; read -p 'Next? '",
  );
  const command_id = idOf(asks);
  await server.call("send_input", { command_id, input_text: "hidden-horse", secret: true });
  const screen = await server.call("read_screen", { command_id });
  assert.match(screen.text, /it was \[redacted\]/);
});

/** Starts a full-screen program and waits until its screen shows what it should. */
async function open(server: ServerUnderTest, command: string, shows: RegExp): Promise<ToolReply> {
  const begun = await server.call("execute_command_async", { host: server.host, command });
  const command_id = idOf(begun);
  const screen = await until(`${command} shows ${shows}`, async () => {
    const screen = await server.call("read_screen", { command_id });
    return shows.test(screen.text) && screen;
  });
  return { ...screen, meta: begun.meta };
}

function keys(server: ServerUnderTest, to: ToolReply, keys: string): Promise<ToolReply> {
  return server.call("send_keys", { command_id: idOf(to), keys });
}

function input(server: ServerUnderTest, to: ToolReply, input_text: string): Promise<ToolReply> {
  return server.call("send_input", { command_id: idOf(to), input_text, wait: 20 });
}

async function end(server: ServerUnderTest, of: ToolReply): Promise<ToolReply> {
  return await endOf(server, of);
}
