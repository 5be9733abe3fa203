import assert from "node:assert/strict";
import { ConnectError, ConnectionLostError } from "../../../src/errors.ts";
import type { Session } from "../../../src/session/session.ts";
import type { CommandEvent } from "../../../src/shell/shell.ts";
import { until } from "../../support/condition.ts";
import { InMemoryServer } from "../../support/in_memory_server.ts";
import { exited, output, STARTED } from "../../support/scripted_registry.ts";

const PASSWORD: CommandEvent = {
  kind: "question",
  question: { kind: "password", text: "[sudo] password for deploy: " },
};

Deno.test("execute_command answers with status line, output and record", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
  const { last } = server.registry.session();
  last.emit(STARTED, output("one\ntwo\n"), exited(3, "/srv/app"));
  const { lines, text, meta, isError } = await reply;
  assert.equal(lines[0], `[exit 3] 0.00s deploy@web1:/srv/app command_id=${meta.command_id}`);
  assert.equal(text.slice(text.indexOf("\n") + 1), "one\ntwo\n");
  assert.ok(!isError);
  assert.deepEqual(meta, {
    command_id: meta.command_id,
    host: "web1",
    session: "main",
    state: "exited",
    exit_status: 3,
    exit_signal: null,
    duration_ms: 0,
    cwd: "/srv/app",
    offset: 0,
    next_offset: 8,
    total_chars: 8,
    omitted_chars: 0,
    dropped_chars: 0,
  });
});

Deno.test("execute_command answers running when its timeout passes, and the command goes on", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({ timeout: 5 });
  const { last } = server.registry.session();
  last.emit(STARTED, output("so far\n"));
  await until("output", () => server.services.commands.jobs.unfinished()[0]?.text.totalChars === 7);
  server.clock.advance(5_000);
  const { lines, meta } = await reply;
  assert.match(lines[0]!, /^\[running\] 5\.00s deploy@web1 /);
  assert.equal(lines[1], "so far");
  assert.match(lines[2]!, /^\[get_command_status\(command_id="[^"]+", offset=7, wait=30\) /);
  assert.equal(meta["exit_status"], undefined);
  last.emit(output("rest\n"), exited(0));
  const status = server.call("get_command_status", {
    command_id: meta.command_id,
    wait: 9,
    offset: 7,
  });
  const { lines: rest, meta: record } = await status;
  assert.match(rest[0]!, /^\[exit 0\]/);
  assert.deepEqual(rest.slice(1), ["rest", ""]);
  assert.equal(record["offset"], 7);
});

Deno.test("execute_command waits at most 50 s unless the request asks for progress", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({ timeout: 3_600 });
  server.registry.session().last.emit(STARTED);
  await until(
    "it runs",
    () => server.services.commands.jobs.unfinished()[0]?.record.state.kind === "running",
  );
  server.clock.advance(50_000);
  assert.match((await reply).lines[0]!, /^\[running\] 50\.00s/);
});

Deno.test("execute_command ends with the question, and a second command is refused at once", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
  const { last } = server.registry.session();
  last.emit(STARTED, output("", "[sudo] password for deploy: "), PASSWORD);
  const { lines, meta } = await reply;
  assert.match(lines[0]!, /^\[awaiting-input password\]/);
  assert.equal(lines[1], "[sudo] password for deploy: ");
  assert.match(lines[2]!, /^\[send_input\(.*secret=true\) answers it\]$/);
  assert.deepEqual(meta["prompt"], { kind: "password", text: "[sudo] password for deploy: " });
  const refused = await server.call("execute_command", { host: "web1", command: "id" });
  assert.ok(refused.isError);
  assert.match(refused.text, /\(sudo\) password for deploy:/);
  assert.ok(refused.text.includes(meta.command_id));
  assert.equal(server.registry.session().commands.length, 1);
});

Deno.test("execute_command goes ahead when a nested shell's prompt is what waits", async () => {
  await using server = await InMemoryServer.start();
  const first = await server.begin({ command: "bash" });
  const shell: CommandEvent = { kind: "question", question: { kind: "shell", text: "$ " } };
  server.registry.session().last.emit(STARTED, shell);
  assert.match((await first.reply).lines[0]!, /^\[awaiting-input shell\]/);
  const second = await server.begin({ command: "id" });
  server.registry.session().last.emit(STARTED, exited(0));
  assert.match((await second.reply).lines[0]!, /^\[exit 0\]/);
});

Deno.test("execute_command behind a command that begins to ask is answered early", async () => {
  await using server = await InMemoryServer.start();
  const first = await server.begin();
  const asking = server.registry.session().last;
  asking.emit(STARTED);
  const second = await server.begin({ command: "id" });
  asking.emit(PASSWORD);
  const queued = await second.reply;
  assert.match(queued.lines[0]!, /^\[queued\]/);
  const { meta } = await first.reply;
  assert.match(queued.text, new RegExp(`waits behind command ${meta.command_id}, which asks "`));
});

Deno.test("execute_command reports queued when its timeout passes before its turn", async () => {
  await using server = await InMemoryServer.start();
  await server.begin();
  server.registry.session().last.emit(STARTED);
  const { reply } = await server.begin({ command: "id", timeout: 1 });
  server.clock.advance(1_000);
  const { lines, meta } = await reply;
  assert.match(lines[0]!, /^\[queued\] 1\.00s/);
  assert.match(lines[1]!, /waits for its turn behind command /);
  const removed = await server.call("interrupt_command_by_id", { command_id: meta.command_id });
  assert.match(removed.lines[0]!, /^\[interrupted\]/);
  assert.match(removed.text, /never ran/);
});

Deno.test("execute_command makes of a failed connection an error that leaves no trace", async () => {
  await using server = await InMemoryServer.start();
  server.registry.session().failure = new ConnectError("no route", "check the network");
  const reply = await server.call("execute_command", { host: "web1", command: "id" });
  assert.ok(reply.isError);
  assert.deepEqual(reply.lines, ["no route", "[check the network]"]);
  assert.deepEqual((await server.call("list_command_history")).structured, { commands: [] });
});

Deno.test("execute_command makes of a connection lost on the way a lost result with its output", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
  const cause = new ConnectionLostError("the host went away", "run it again");
  server.registry.session().last.emit(STARTED, output("half\n"), { kind: "lost", cause });
  const { lines, meta, isError } = await reply;
  assert.match(lines[0]!, /^\[lost\]/);
  assert.deepEqual(lines.slice(1), ["half", "[the host went away; run it again]"]);
  assert.equal(meta["state"], "lost");
  assert.ok(!isError);
});

Deno.test("execute_command cancelled by the user sends INT, by a time-out nothing", async () => {
  await using server = await InMemoryServer.start();
  const session = server.registry.session();
  for (const reason of ["Request timed out", "user pressed stop"]) {
    const abort = new AbortController();
    const before = session.commands.length;
    const call = server.call("execute_command", { host: "web1", command: "make" }, {
      signal: abort.signal,
    });
    await until("the command is there", () => session.commands.length > before);
    session.last.emit(STARTED);
    const job = server.services.commands.jobs.unfinished()[0]!;
    await until("the command runs", () => job.record.state.kind === "running");
    abort.abort(reason);
    await assert.rejects(call);
    if (reason === "user pressed stop") await until("INT", () => session.signals.length > 0);
    else session.last.emit(exited(0));
    await until("the command ends", () => job.isFinished || session.signals.length > 0);
  }
  assert.deepEqual(session.signals, ["INT"]);
});

Deno.test("execute_command hides the passwords of its call in output, command and log", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({
    command: "echo s3cret-sudo",
    sudo_password: "s3cret-sudo",
    password: "s3cret-login",
  });
  server.registry.session().last.emit(
    STARTED,
    output("s3cret-sudo and s3cret-login\n"),
    exited(0),
  );
  const { text, meta } = await reply;
  assert.match(text, /\[redacted\] and \[redacted\]/);
  assert.equal(meta["redacted"], 3);
  const history = await server.call("list_command_history");
  assert.equal(history.structured.commands[0].command, "echo [redacted]");
  assert.doesNotMatch(JSON.stringify([history, server.logLines]), /s3cret/);
});

Deno.test("execute_command shows what a command printed with hidden characters made visible", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
  server.registry.session().last.emit(STARTED, output("a\u202eb \ud800\n"), exited(0));
  assert.equal((await reply).lines[1], "a\\u{202e}b \ufffd");
});

Deno.test("execute_command cuts the middle and names the call that reads it", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({ max_output_chars: 400 });
  const whole = Array.from({ length: 1_000 }, (_, index) => `${index}\n`).join("");
  server.registry.session().last.emit(STARTED, output(whole), exited(0));
  const { text, meta } = await reply;
  const gap =
    /\[… (\d+) characters left out here: get_command_status\(command_id="([^"]+)", offset=(\d+), max_output_chars=(\d+)\) reads on, match="word\|word" finds lines in them …\]\n/
      .exec(text)!;
  assert.equal(Number(gap[1]), meta["omitted_chars"]);
  const [, , command_id, offset] = gap;
  const read = await server.call("get_command_status", {
    command_id,
    offset: Number(offset),
    max_output_chars: whole.length,
  });
  const head = text.slice(text.indexOf("\n") + 1, gap.index);
  const tail = text.slice(gap.index + gap[0].length);
  const rest = read.text.slice(read.text.indexOf("\n") + 1);
  assert.equal(head + rest, whole);
  assert.ok(rest.endsWith(tail));
});

Deno.test("execute_command_async answers within a second with the id", async () => {
  await using server = await InMemoryServer.start();
  const call = server.call("execute_command_async", { host: "web1", command: "make" });
  await until("it waits", () => server.clock.pending > 0);
  server.clock.advance(1_000);
  const reply = await call;
  assert.match(reply.lines[0]!, /^\[queued\]/);
  assert.match(reply.text, /not typed yet, web1 is being connected to/);
  const running = await server.call("list_running_commands");
  assert.equal(running.structured.commands[0].command_id, reply.meta.command_id);
  assert.ok(running.text.includes(reply.meta.command_id));
});

Deno.test("execute_command_async reports an end that comes within the second", async () => {
  await using server = await InMemoryServer.start();
  const ended = server.call("execute_command_async", { host: "web1", command: "true" });
  await until("begun", () => server.registry.session().commands.length > 0);
  server.registry.session().last.emit(STARTED, output("done\n"), exited(3));
  const { lines } = await ended;
  assert.match(lines[0]!, /^\[exit 3\]/);
  assert.equal(lines[1], "done");
});

Deno.test("a command of a closed session counts for none that is opened in its place", async () => {
  await using server = await InMemoryServer.start();
  const { commands } = server.services;
  const { reply } = await server.begin({ timeout: 1 });
  const closed = server.registry.session();
  closed.last.emit(STARTED);
  await until("it runs", () => commands.placeOf(closed as unknown as Session).inside.length === 1);
  server.registry.sessions.clear();
  const opened = server.registry.session() as unknown as Session;
  assert.deepEqual(commands.placeOf(opened).inside, []);
  assert.equal(commands.inForeground(opened), undefined);
  closed.last.emit(exited(0));
  await reply;
});
