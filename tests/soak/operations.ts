import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import type { Random } from "../support/random.ts";
import { idOf, settled } from "../support/world.ts";
import type { SessionModel } from "./session_model.ts";

/** What an operation works with. */
export interface Actor {
  readonly server: ServerUnderTest;
  readonly random: Random;
  readonly session: SessionModel;
}

/** Does something to a session and checks all that comes of it against the model. */
export type Operation = (actor: Actor) => Promise<void>;

const TEXTS: readonly string[] = [
  "plain words",
  "  blanks  kept  ",
  "tab\tand 'quotes' \"double\" `back` $dollar \\slash",
  "漢字 and 👩‍💻 and é",
  "line one\nline two\n\nline four",
  "",
  "# not a comment; && || > /dev/null",
  "a<1>b [exit 0] 0.1s x@y",
  "x".repeat(5_000),
];
const DIRECTORIES: readonly string[] = ["/", "/tmp", "/usr/share", "/var/lib"];

/** All operations, the frequent ones several times. */
export const OPERATIONS: readonly Operation[] = [
  ...[print, print, print, fail, fail, setVariable, setVariable, readVariable, readVariable],
  ...[changeDirectory, changeDirectory, readDirectory, readStatus, outlast, page, answer],
  ...[interrupt, moveFile, closeSession, runInNestedShell],
];

async function run(actor: Actor, command: string, extra: object = {}): Promise<ToolReply> {
  return await actor.server.run(command, { session: actor.session.name, timeout: 50, ...extra });
}

/** Checks output and exit status; the model's status follows. */
function expectExit(actor: Actor, reply: ToolReply, body: string, status: number): void {
  const { session } = actor;
  assert.equal(reply.meta?.state, "exited", reply.text);
  assert.equal(reply.body, session.replyTo(body, reply.body));
  assert.equal(reply.meta.exit_status, status);
  assert.equal(reply.meta.total_chars, body.length);
  session.state.status = status;
}

async function print(actor: Actor): Promise<void> {
  const text = actor.random.pick(TEXTS);
  const reply = await run(actor, `printf '%s\\n' '${text.replaceAll("'", `'\\''`)}'`);
  expectExit(actor, reply, `${text}\n`, 0);
}

async function fail(actor: Actor): Promise<void> {
  const status = actor.random.below(256);
  expectExit(actor, await run(actor, `(exit ${status})`), "", status);
}

async function setVariable(actor: Actor): Promise<void> {
  const value = `value ${actor.random.below(1_000_000)}`;
  expectExit(actor, await run(actor, `soak='${value}'`), "", 0);
  actor.session.state.variable = value;
}

async function readVariable(actor: Actor): Promise<void> {
  const reply = await run(actor, 'printf %s "$soak"');
  expectExit(actor, reply, actor.session.state.variable, 0);
}

async function changeDirectory(actor: Actor): Promise<void> {
  const directory = actor.random.pick(DIRECTORIES);
  const reply = await run(actor, `cd ${directory}`);
  expectExit(actor, reply, "", 0);
  assert.equal(reply.meta?.cwd, directory);
  actor.session.state.cwd = directory;
}

async function readDirectory(actor: Actor): Promise<void> {
  const { cwd } = actor.session.state;
  if (cwd !== undefined) expectExit(actor, await run(actor, "pwd"), `${cwd}\n`, 0);
}

async function readStatus(actor: Actor): Promise<void> {
  const { state, isOpen } = actor.session;
  if (isOpen) expectExit(actor, await run(actor, "echo $?"), `${state.status}\n`, 0);
}

/** Not done within the timeout: it goes on untouched and its output comes whole. */
async function outlast(actor: Actor): Promise<void> {
  const lines = 1 + actor.random.below(5);
  const command = `for i in $(seq ${lines}); do echo $i; sleep 0.1; done; (exit ${lines})`;
  const first = await run(actor, command, { timeout: 0.05 });
  assert.match(first.meta?.state ?? first.text, /^(queued|running|exited)$/);
  const reply = await settled(actor.server, first);
  const body = Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join("");
  expectExit(actor, reply, body, lines);
}

/** A long output, read page by page, is what was printed. */
async function page(actor: Actor): Promise<void> {
  const last = 2_000 + actor.random.below(20_000);
  const reply = await run(actor, `seq 1 ${last}`, { max_output_chars: 100 });
  const expected = Array.from({ length: last }, (_, i) => `${i + 1}\n`).join("");
  assert.equal(reply.meta?.total_chars, expected.length);
  actor.session.replyTo("", "");
  actor.session.state.status = 0;
  let text = "";
  while (text.length < expected.length) {
    const next = await actor.server.call("get_command_status", {
      command_id: idOf(reply),
      offset: text.length,
      max_output_chars: 50_000,
    });
    // What is longer keeps its beginning and end; the line between them names where to read on.
    const gap = /^\[… \d+ characters left out here: .* offset=(\d+), /m.exec(next.body);
    const end = gap ? Number(gap[1]) : next.meta!.next_offset;
    text += next.body.slice(0, end - text.length);
  }
  assert.equal(text, expected);
}

async function answer(actor: Actor): Promise<void> {
  const asking = await run(actor, "read -r -p 'Name of it? ' name; echo \"<$name>\"");
  assert.equal(asking.meta?.state, "awaiting_input", asking.text);
  const said = `answer ${actor.random.below(1_000)}`;
  const sent = await actor.server.call("send_input", {
    command_id: idOf(asking),
    input_text: said,
    wait: 10,
  });
  assert.equal(sent.meta?.exit_status, 0, sent.text);
  assert.ok(sent.body.includes(`<${said}>\n`), sent.text);
  actor.session.replyTo("", "");
  actor.session.state.status = 0;
}

/** The program itself says that it runs: a ^C between a shell's fork and that is the shell's. */
async function interrupt(actor: Actor): Promise<void> {
  const { server, session } = actor;
  const started = await server.call("execute_command_async", {
    host: server.host,
    session: session.name,
    command: "sh -c 'echo begun; exec sleep 300'",
  });
  const command_id = idOf(started);
  await until("it runs", async () => {
    return (await server.call("get_command_status", { command_id })).body.startsWith("begun\n");
  });
  await server.call("interrupt_command_by_id", { command_id });
  const ended = await server.call("get_command_status", { command_id, wait: 10 });
  assert.equal(ended.meta?.state, "interrupted", ended.text);
  session.replyTo("", "");
  session.state.status = 130;
}

async function moveFile({ server, random }: Actor): Promise<void> {
  const file = { host: server.host, remote_path: `/tmp/soak-${crypto.randomUUID()}` };
  const bytes = Uint8Array.from({ length: random.below(60_000) }, () => random.below(256));
  const content = bytes.toBase64();
  const written = await server.call("write_file", { ...file, content, encoding: "base64" });
  assert.ok(!written.isError, written.text);
  const read = await server.call("read_file", { ...file, encoding: "base64" });
  assert.equal(read.body, content);
  const removed = await server.run(`rm ${file.remote_path}`, { session: "files" });
  assert.equal(removed.meta?.exit_status, 0, removed.text);
}

async function closeSession({ server, session }: Actor): Promise<void> {
  if (!session.isOpen) return;
  const closed = await server.call("close_session", { host: server.host, session: session.name });
  assert.ok(!closed.isError, closed.text);
  session.close();
}

async function runInNestedShell(actor: Actor): Promise<void> {
  const { server, session } = actor;
  const extra = { session: session.name, timeout: 50 };
  const entered = await server.run("bash --norc", extra);
  assert.equal(entered.meta?.prompt?.kind, "shell", entered.text);
  assert.equal((await server.run("inner=1; echo $inner", extra)).body, "1\n");
  await server.run("exit 5", extra);
  const left = await settled(
    server,
    await server.call("get_command_status", {
      command_id: idOf(entered),
      wait: 10,
    }),
  );
  assert.equal(left.meta?.exit_status, 5, left.text);
  session.replyTo("", "");
  session.state.status = 5;
}
