import assert from "node:assert/strict";
import { ConnectError, ConnectionLostError } from "../../src/errors.ts";
import type { CommandEvent } from "../../src/shell/shell.ts";
import { until } from "../support/condition.ts";
import { type InMemoryReply, InMemoryServer } from "../support/in_memory_server.ts";

const STARTED: CommandEvent = { kind: "started" };
const PASSWORD: CommandEvent = {
  kind: "question",
  question: { kind: "password", text: "[sudo] password for deploy: " },
};

function exited(exitStatus: number, cwd?: string): CommandEvent {
  const exit = { exitStatus, exitSignal: null };
  return { kind: "exited", exit: cwd === undefined ? exit : { ...exit, cwd } };
}

function output(text: string, line = ""): CommandEvent {
  return { kind: "output", text, line };
}

/** Sends execute_command and waits until the session has it. */
async function begin(
  server: InMemoryServer,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<{ reply: Promise<InMemoryReply> }> {
  const session = server.registry.session();
  const before = session.commands.length;
  const reply = server.call("execute_command", { host: "web1", command: "make", ...extra });
  reply.catch(() => {}); // A test may end before its command does.
  await until("the session has the command", () => session.commands.length > before);
  return { reply };
}

Deno.test("execute_command answers with status line, output and record", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server);
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
  const { reply } = await begin(server, { timeout: 5 });
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
  const { reply } = await begin(server, { timeout: 3_600 });
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
  const { reply } = await begin(server);
  const { last } = server.registry.session();
  last.emit(STARTED, output("", "[sudo] password for deploy: "), PASSWORD);
  const { lines, meta } = await reply;
  assert.match(lines[0]!, /^\[awaiting-input password\]/);
  assert.equal(lines[1], "[sudo] password for deploy: ");
  assert.match(lines[2]!, /^\[send_input\(.*secret=true\) answers it\]$/);
  assert.deepEqual(meta["prompt"], { kind: "password", text: "[sudo] password for deploy: " });
  const refused = await server.call("execute_command", { host: "web1", command: "id" });
  assert.ok(refused.isError);
  assert.match(refused.text, /\[sudo\] password for deploy:/);
  assert.ok(refused.text.includes(meta.command_id));
  assert.equal(server.registry.session().commands.length, 1);
});

Deno.test("execute_command goes ahead when a nested shell's prompt is what waits", async () => {
  await using server = await InMemoryServer.start();
  const first = await begin(server, { command: "bash" });
  const shell: CommandEvent = { kind: "question", question: { kind: "shell", text: "$ " } };
  server.registry.session().last.emit(STARTED, shell);
  assert.match((await first.reply).lines[0]!, /^\[awaiting-input shell\]/);
  const second = await begin(server, { command: "id" });
  server.registry.session().last.emit(STARTED, exited(0));
  assert.match((await second.reply).lines[0]!, /^\[exit 0\]/);
});

Deno.test("execute_command behind a command that begins to ask is answered early", async () => {
  await using server = await InMemoryServer.start();
  const first = await begin(server);
  const asking = server.registry.session().last;
  asking.emit(STARTED);
  const second = await begin(server, { command: "id" });
  asking.emit(PASSWORD);
  const queued = await second.reply;
  assert.match(queued.lines[0]!, /^\[queued\]/);
  const { meta } = await first.reply;
  assert.match(queued.text, new RegExp(`waits behind command ${meta.command_id}, which asks`));
});

Deno.test("execute_command reports queued when its timeout passes before its turn", async () => {
  await using server = await InMemoryServer.start();
  await begin(server);
  server.registry.session().last.emit(STARTED);
  const { reply } = await begin(server, { command: "id", timeout: 1 });
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
  const { reply } = await begin(server);
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
  const { reply } = await begin(server, {
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
  const { reply } = await begin(server);
  server.registry.session().last.emit(STARTED, output("a\u202eb \ud800\n"), exited(0));
  assert.equal((await reply).lines[1], "a\\u{202e}b \ufffd");
});

Deno.test("execute_command cuts the middle and names the call that reads it", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server, { max_output_chars: 400 });
  const whole = Array.from({ length: 1_000 }, (_, index) => `${index}\n`).join("");
  server.registry.session().last.emit(STARTED, output(whole), exited(0));
  const { text, meta } = await reply;
  const gap =
    /\[… (\d+) characters left out here: get_command_status\(command_id="([^"]+)", offset=(\d+), max_output_chars=(\d+)\) reads them …\]\n/
      .exec(text)!;
  assert.equal(Number(gap[1]), meta["omitted_chars"]);
  const [, , command_id, offset, max_output_chars] = gap;
  const read = await server.call("get_command_status", {
    command_id,
    offset: Number(offset),
    max_output_chars: Number(max_output_chars),
  });
  const head = text.slice(text.indexOf("\n") + 1, gap.index);
  const tail = text.slice(gap.index + gap[0].length);
  const middle = read.text.split("\n").slice(1, -1).join("\n") + "\n";
  assert.equal(head + middle + tail, whole);
  assert.match(read.lines.at(-1)!, /^\[\d+ more characters: get_command_status\(.*\) reads on\]$/);
});

Deno.test("execute_command_async answers at once with the id", async () => {
  await using server = await InMemoryServer.start();
  const reply = await server.call("execute_command_async", { host: "web1", command: "make" });
  assert.match(reply.lines[0]!, /^\[queued\]/);
  const running = await server.call("list_running_commands");
  assert.equal(running.structured.commands[0].command_id, reply.meta.command_id);
  assert.ok(running.text.includes(reply.meta.command_id));
});

Deno.test("send_input types the answer and replies with what came since", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server);
  const session = server.registry.session();
  session.last.emit(STARTED, output("", "Name? "), {
    kind: "question",
    question: { kind: "text", text: "Name? " },
  });
  const { command_id } = (await reply).meta;
  const answering = server.call("send_input", { command_id, input_text: "Bob" });
  await until("typed", () => session.typed.length > 0);
  session.last.emit(output("Name? \nhello Bob\n"), exited(0));
  const answered = await answering;
  assert.deepEqual(session.typed, ["Bob\r"]);
  assert.match(answered.lines[0]!, /^\[exit 0\]/);
  assert.deepEqual(answered.lines.slice(1), ["", "hello Bob", ""]);
  const late = await server.call("send_input", { command_id, input_text: "x" });
  assert.ok(late.isError);
  assert.match(late.text, /has ended/);
});

Deno.test("send_input hides a secret wherever it comes back, in later commands too", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server);
  const session = server.registry.session();
  session.last.emit(STARTED, PASSWORD);
  const { command_id } = (await reply).meta;
  const answering = server.call("send_input", { command_id, input_text: "hunter22", secret: true });
  await until("typed", () => session.typed.length > 0);
  session.last.emit(output("got hunter22\n"), exited(0));
  assert.equal((await answering).lines[1], "got [redacted]");
  const next = await begin(server, { command: "echo $x" });
  session.last.emit(STARTED, output("hunter22\n"), exited(0));
  assert.equal((await next.reply).lines[1], "[redacted]");
  session.screenRows = ["hunter22", ""];
  const screen = await server.call("read_screen", { host: "web1" });
  assert.equal(screen.lines[1], "[redacted]");
});

Deno.test("interrupt_command_by_id reports the end, or names the next stronger signal", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server, { timeout: 0 });
  const { command_id } = (await reply).meta;
  const session = server.registry.session();
  session.last.emit(STARTED);
  const job = server.services.commands.jobs.get(command_id);
  await until("runs", () => job.record.state.kind === "running");
  const stubborn = server.call("interrupt_command_by_id", { command_id });
  await until("INT", () => session.signals.length === 1);
  server.clock.advance(2_000);
  const still = await stubborn;
  assert.match(still.lines[0]!, /^\[running\]/);
  assert.match(still.text, /SIGINT did not end it; next: .*signal="TERM"/);
  const killing = server.call("interrupt_command_by_id", { command_id, signal: "KILL" });
  await until("KILL", () => session.signals.length === 2);
  session.last.emit({ kind: "exited", exit: { exitStatus: 137, exitSignal: "KILL" } });
  const killed = await killing;
  assert.match(killed.lines[0]!, /^\[interrupted\]/);
  assert.equal(killed.meta["exit_signal"], "KILL");
});

Deno.test("get_command_status with wait answers on a question, not on output", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server, { timeout: 0 });
  const { command_id } = (await reply).meta;
  const { last } = server.registry.session();
  const status = server.call("get_command_status", { command_id, wait: 50 });
  last.emit(STARTED, output("noise\n"), PASSWORD);
  assert.match((await status).lines[0]!, /^\[awaiting-input password\]/);
});

Deno.test("send_keys types xterm's keys to the running program and shows the screen", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await begin(server, { timeout: 0 });
  const { command_id } = (await reply).meta;
  const session = server.registry.session();
  session.last.emit(STARTED);
  const job = server.services.commands.jobs.get(command_id);
  await until("runs", () => job.record.state.kind === "running");
  session.screenRows = ["hello", "", ""];
  const keys = server.call("send_keys", { command_id, keys: "<esc>:wq<enter>" });
  await until("typed", () => session.typed.length > 0 && server.clock.pending > 0);
  server.clock.advance(1_000);
  const { lines } = await keys;
  assert.deepEqual(session.typed, ["\x1b:wq\r"]);
  assert.match(lines[0]!, /^\[screen 200x3\] cursor row 1 column 1 .*command_id=/);
  assert.deepEqual(lines.slice(1), ["hello"]);
  const unknown = await server.call("send_keys", { command_id, keys: "<warp>" });
  assert.match(unknown.text, /<warp>/);
});

Deno.test("progress is told at most once a second, with the last line", async () => {
  await using server = await InMemoryServer.start();
  const seen: unknown[] = [];
  const call = server.call("execute_command", { host: "web1", command: "make", timeout: 100 }, {
    onprogress: (progress) => seen.push(progress),
  });
  const session = server.registry.session();
  await until("the command is there", () => session.commands.length > 0);
  session.last.emit(STARTED, output("step 1\nstep 2\n", "at 50 %"));
  const job = server.services.commands.jobs.unfinished()[0]!;
  await until("output", () => job.text.totalChars > 0);
  for (let count = 1; count <= 2; count++) {
    await until("the reporter sleeps", () => server.clock.pending === 2);
    server.clock.advance(1_000);
    await until("progress", () => seen.length === count);
  }
  session.last.emit(exited(0));
  await call;
  assert.deepEqual(seen, [
    { progress: 1, message: "at 50 %" },
    { progress: 2, message: "at 50 %" },
  ]);
});
