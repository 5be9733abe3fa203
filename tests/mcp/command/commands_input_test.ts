import assert from "node:assert/strict";
import type { CommandEvent } from "../../../src/shell/shell.ts";
import { until } from "../../support/condition.ts";
import { InMemoryServer } from "../../support/in_memory_server.ts";
import { exited, output, STARTED } from "../../support/scripted_registry.ts";

const PASSWORD: CommandEvent = {
  kind: "question",
  question: { kind: "password", text: "[sudo] password for deploy: " },
};

Deno.test("send_input types the answer and replies with what came since", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
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
  assert.deepEqual(answered.lines.slice(1), ["hello Bob", ""]);
  const late = await server.call("send_input", { command_id, input_text: "x" });
  assert.ok(late.isError);
  assert.match(late.text, /has ended/);
});

Deno.test("send_input hides a secret wherever it comes back, in later commands too", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin();
  const session = server.registry.session();
  session.last.emit(STARTED, PASSWORD);
  const { command_id } = (await reply).meta;
  const answering = server.call("send_input", { command_id, input_text: "hunter22", secret: true });
  await until("typed", () => session.typed.length > 0);
  session.last.emit(output("got hunter22\n"), exited(0));
  assert.equal((await answering).lines[1], "got [redacted]");
  const next = await server.begin({ command: "echo $x" });
  session.last.emit(STARTED, output("hunter22\n"), exited(0));
  assert.equal((await next.reply).lines[1], "[redacted]");
  session.screenRows = ["hunter22", ""];
  const screen = await server.call("read_screen", { host: "web1" });
  assert.equal(screen.lines[1], "[redacted]");
});

Deno.test("interrupt_command_by_id reports the end, or names the next stronger signal", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({ timeout: 0 });
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
  const { reply } = await server.begin({ timeout: 0 });
  const { command_id } = (await reply).meta;
  const { last } = server.registry.session();
  const status = server.call("get_command_status", { command_id, wait: 50 });
  last.emit(STARTED, output("noise\n"), PASSWORD);
  assert.match((await status).lines[0]!, /^\[awaiting-input password\]/);
});

Deno.test("send_keys types xterm's keys to the running program and shows the screen", async () => {
  await using server = await InMemoryServer.start();
  const { reply } = await server.begin({ timeout: 0 });
  const { command_id } = (await reply).meta;
  const session = server.registry.session();
  session.last.emit(STARTED);
  const job = server.services.commands.jobs.get(command_id);
  await until("runs", () => job.record.state.kind === "running");
  session.screenRows = ["hello", "", ""];
  session.drawsScreen = true;
  const keys = server.call("send_keys", { command_id, keys: "<esc>:wq<enter>" });
  await until("typed", () => session.typed.length > 0 && job.record.state.kind === "running");
  session.last.emit({ kind: "question", question: { kind: "screen", text: "" } });
  const { lines } = await keys;
  assert.deepEqual(session.typed, ["\x1b:wq\r"]);
  assert.match(lines[0]!, /^\[awaiting-input screen\] .*command_id=/);
  assert.deepEqual(lines.slice(1, 3), ["[screen 200x3] cursor row 1 column 1", "hello"]);
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
