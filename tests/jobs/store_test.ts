import assert from "node:assert/strict";
import { ConnectError, InputError, UnknownCommandError } from "../../src/errors.ts";
import type { Job } from "../../src/jobs/job.ts";
import { Secrets } from "../../src/jobs/secrets.ts";
import { Redactor } from "../../src/jobs/redactor.ts";
import { JobStore } from "../../src/jobs/store.ts";
import type { CommandEvent } from "../../src/shell/shell.ts";
import { FakeClock } from "../support/fake_clock.ts";

const SPEC = { host: "web1", user: "deploy", session: "main", sessionKey: "k", command: "make" };
const ENDED: CommandEvent = { kind: "exited", exit: { exitStatus: 0, exitSignal: null } };

async function* scripted(...events: CommandEvent[]): AsyncGenerator<CommandEvent> {
  for (const event of events) yield await Promise.resolve(event);
}

function output(text: string): CommandEvent {
  return { kind: "output", text, line: "" };
}

/** Events that are pushed while the job runs. */
function pushed(): { events: AsyncIterable<CommandEvent>; push: (event: CommandEvent) => void } {
  const { readable, writable } = new TransformStream<CommandEvent, CommandEvent>();
  const writer = writable.getWriter();
  return { events: readable, push: (event) => void writer.write(event) };
}

async function finished(store: JobStore, job: Job): Promise<Job> {
  await store.changes.until(() => job.isFinished);
  return job;
}

Deno.test("JobStore.start() follows a command to its end", async () => {
  const clock = new FakeClock();
  const store = new JobStore({ clock });
  const { events, push } = pushed();
  const job = store.start(SPEC, events);
  assert.equal(job.record.state.kind, "queued");
  assert.deepEqual(store.unfinished(), [job]);
  push({ kind: "started" });
  await store.changes.until(() => job.record.state.kind === "running");
  clock.advance(250);
  push(output("hi\n"));
  push(ENDED);
  await finished(store, job);
  assert.equal(job.durationMs, 250);
  assert.equal(job.text.totalChars, 3);
  assert.deepEqual(store.unfinished(), []);
  assert.deepEqual(store.history(), [job]);
  assert.equal(store.get(job.id), job);
});

Deno.test("JobStore.get() names what to do about an unknown id", () => {
  const store = new JobStore({ clock: new FakeClock() });
  assert.throws(() => store.get("nope"), (error) => {
    assert.ok(error instanceof UnknownCommandError);
    assert.match(error.message, /nope/);
    assert.match(error.advice, /list_command_history/);
    return true;
  });
});

Deno.test("JobStore keeps the newest finished jobs first and forgets the oldest", async () => {
  const store = new JobStore({ clock: new FakeClock(), historyLimit: 3 });
  const jobs: Job[] = [];
  for (let index = 0; index < 5; index++) {
    jobs.push(await finished(store, store.start(SPEC, scripted({ kind: "started" }, ENDED))));
  }
  assert.deepEqual(store.history(), [jobs[4], jobs[3], jobs[2]]);
  assert.throws(() => store.get(jobs[0]!.id), UnknownCommandError);
  assert.equal(new Set(jobs.map(({ id }) => id)).size, 5);
});

Deno.test("JobStore lets the oldest finished job give up its text first", async () => {
  const store = new JobStore({ clock: new FakeClock(), textLimitChars: 250 });
  const text = `${"x".repeat(99)}\n`;
  const start = (): Promise<Job> =>
    finished(store, store.start(SPEC, scripted({ kind: "started" }, output(text), ENDED)));
  const first = await start();
  const second = await start();
  const third = await start();
  assert.equal(first.text.droppedChars, 100);
  assert.equal(second.text.droppedChars, 0);
  assert.equal(third.text.keptChars, 100);
});

Deno.test("JobStore halves the longest running text when nothing finished is left to give up", async () => {
  const store = new JobStore({ clock: new FakeClock(), textLimitChars: 400_000 });
  const { events, push } = pushed();
  const job = store.start(SPEC, events);
  push({ kind: "started" });
  push(output(`${"x".repeat(499_999)}\n`));
  push({ kind: "question", question: { kind: "text", text: "?" } });
  await store.changes.until(() => job.record.questions === 1);
  assert.equal(job.text.totalChars, 500_000);
  assert.ok(job.text.keptChars <= 250_000);
});

Deno.test("Job.follow() makes of a failure to begin a lost job with its cause", async () => {
  const store = new JobStore({ clock: new FakeClock() });
  const cause = new ConnectError("refused", "start sshd");
  const failing = (async function* (): AsyncGenerator<CommandEvent> {
    yield* scripted();
    throw cause;
  })();
  const job = await finished(store, store.start(SPEC, failing));
  assert.deepEqual(job.record.state, { kind: "lost", cause });
  assert.equal(job.record.startedAt, undefined);
  store.forget(job);
  assert.deepEqual(store.history(), []);
});

Deno.test("Job.follow() makes of events that stop early a lost job", async () => {
  const store = new JobStore({ clock: new FakeClock() });
  const job = await finished(store, store.start(SPEC, scripted({ kind: "started" })));
  assert.equal(job.record.state.kind, "lost");
});

Deno.test("Job hides secrets in output, question, end and command line", async () => {
  const secrets = new Secrets([{ kind: "name", value: "10.0.0.5", shownAs: "web1" }]);
  secrets.add("hunter2");
  const redactor = new Redactor(secrets);
  const store = new JobStore({ clock: new FakeClock() });
  const job = store.start(
    { ...SPEC, command: "login hunter2" },
    scripted(
      { kind: "started" },
      { kind: "output", text: "at 10.0.0.5: hunter2\n", line: "hunt" },
      { kind: "question", question: { kind: "text", text: "hunter2?" } },
      { kind: "output", text: "hunter2\n", line: "" },
      ENDED,
    ),
    { redactor },
  );
  await store.changes.until(() => job.record.questions === 1);
  const { state } = job.record;
  assert.equal(state.kind === "awaiting-input" && state.question.text, "[redacted]?");
  await finished(store, job);
  const { head } = job.text.read({ offset: 0, maxChars: 1000 });
  assert.equal(head, "at web1: [redacted]\n[redacted]\n");
  assert.equal(job.record.command, "login [redacted]");
  assert.equal(job.redactor.count, 5);
  assert.equal(job.redactor.apply("hunter2"), "[redacted]");
});

Deno.test("JobStore.ofSession() lists the unfinished jobs of one session, oldest first", () => {
  const store = new JobStore({ clock: new FakeClock() });
  const one = store.start(SPEC, pushed().events);
  store.start({ ...SPEC, sessionKey: "other" }, pushed().events);
  const two = store.start(SPEC, pushed().events);
  assert.deepEqual(store.ofSession("k"), [one, two]);
});

Deno.test("JobStore keeps 16 KiB of a command's text, and refuses more than can wait", () => {
  const store = new JobStore({ clock: new FakeClock() });
  const never = (): AsyncIterable<CommandEvent> => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  });
  const command = "x".repeat(8 * 1024 * 1024);
  for (let job = 0; job < 8; job++) store.start({ ...SPEC, command }, never());
  assert.ok(store.unfinished().every(({ record }) => record.command.length < 17_000));
  assert.throws(() => store.start({ ...SPEC, command }, never()), InputError);
});
