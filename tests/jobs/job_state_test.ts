import assert from "node:assert/strict";
import { ConnectionLostError } from "../../src/errors.ts";
import { type JobEvent, type JobState, next } from "../../src/jobs/job_state.ts";
import type { CommandExit } from "../../src/shell/shell.ts";

const question = { kind: "password", text: "Password: " } as const;
const cause = new ConnectionLostError("gone", "again");

function exited(exitStatus: number | null, exitSignal: string | null = null): JobEvent {
  const exit: CommandExit = { exitStatus, exitSignal };
  return { kind: "exited", exit };
}

function after(...events: JobEvent[]): JobState {
  return events.reduce<JobState>(next, { kind: "queued" });
}

const TABLE: readonly (readonly [title: string, events: JobEvent[], kind: JobState["kind"]])[] = [
  ["started runs", [{ kind: "started" }], "running"],
  ["an exit status is a result", [{ kind: "started" }, exited(3)], "exited"],
  ["130 without an interrupt is a status", [{ kind: "started" }, exited(130, "INT")], "exited"],
  [
    "130 after INT was interrupted",
    [{ kind: "started" }, { kind: "signalled", signal: "INT" }, exited(130)],
    "interrupted",
  ],
  [
    "a signal by name after TERM was interrupted",
    [{ kind: "started" }, { kind: "signalled", signal: "TERM" }, exited(255, "TERM")],
    "interrupted",
  ],
  [
    "a program that handles INT and exits 0 exited",
    [{ kind: "started" }, { kind: "signalled", signal: "INT" }, exited(0)],
    "exited",
  ],
  [
    "an earlier signal still counts",
    [
      { kind: "started" },
      { kind: "signalled", signal: "INT" },
      { kind: "question", question },
      { kind: "signalled", signal: "KILL" },
      exited(137),
    ],
    "interrupted",
  ],
  [
    "a question awaits input",
    [{ kind: "started" }, { kind: "question", question }],
    "awaiting-input",
  ],
  [
    "a question is withdrawn",
    [{ kind: "started" }, { kind: "question", question }, { kind: "question-withdrawn" }],
    "running",
  ],
  [
    "an answer ends the question",
    [{ kind: "started" }, { kind: "question", question }, { kind: "answered" }],
    "running",
  ],
  ["a queued command is removed", [{ kind: "removed" }], "interrupted"],
  ["a running command is not removed", [{ kind: "started" }, { kind: "removed" }], "running"],
  ["a queued command can be lost", [{ kind: "lost", cause }], "lost"],
  ["nothing follows the end", [{ kind: "started" }, exited(0), { kind: "lost", cause }], "exited"],
  ["input to a queued command starts nothing", [{ kind: "answered" }], "queued"],
];

for (const [title, events, kind] of TABLE) {
  Deno.test(`next(): ${title}`, () => assert.equal(after(...events).kind, kind));
}
