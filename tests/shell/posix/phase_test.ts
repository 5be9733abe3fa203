import assert from "node:assert/strict";
import { next, type Phase, type PhaseEvent } from "../../../src/shell/posix/phase.ts";

const cooked = "cooked" as const;
const raw = "raw" as const;

const PHASES: readonly Phase[] = [
  { kind: "starting" },
  { kind: "probing", heard: false },
  { kind: "probing", heard: true },
  { kind: "foreign" },
  { kind: "preparing" },
  { kind: "settling", after: "command" },
  { kind: "settling", after: "set-up" },
  { kind: "ready" },
  { kind: "unprepared", terminal: cooked },
  { kind: "unprepared", terminal: raw },
  { kind: "clearing" },
  { kind: "running", begun: false, refusal: "none" },
  { kind: "running", begun: true },
  { kind: "doubtful", terminal: cooked, asked: false },
  { kind: "doubtful", terminal: cooked, asked: true },
  { kind: "doubtful", terminal: raw, asked: false },
  { kind: "ended" },
];

const EVENTS: readonly PhaseEvent[] = [
  { kind: "prompted" },
  { kind: "heard" },
  { kind: "identified" },
  { kind: "unidentified" },
  { kind: "replaced" },
  { kind: "prepared" },
  { kind: "prompt", terminal: cooked },
  { kind: "prompt", terminal: raw },
  { kind: "prompt-overdue", prompt: "expected" },
  { kind: "prompt-overdue", prompt: "silent" },
  { kind: "host-asked" },
  { kind: "prompt-stood" },
  { kind: "printed" },
  { kind: "set-up-typed" },
  { kind: "leftover-spoilt" },
  { kind: "command-typed" },
  { kind: "begun" },
  { kind: "done", terminal: cooked },
  { kind: "done", terminal: raw },
  { kind: "ended" },
];

/** Every step that changes something; whatever is not here changes nothing. */
const STEPS: Readonly<Record<string, string>> = {
  "starting + prompted": "probing",
  "starting + identified": "preparing",
  "probing + heard": "probing heard",
  "probing + identified": "preparing",
  "probing + unidentified": "foreign",
  "probing + replaced": "starting",
  "probing heard + identified": "preparing",
  "probing heard + unidentified": "foreign",
  "probing heard + replaced": "starting",
  "foreign + replaced": "starting",
  "preparing + prepared": "settling after set-up",
  "settling after command + prompt": "ready",
  "settling after command + prompt raw": "unprepared raw",
  "settling after command + prompt-overdue expected": "unprepared",
  "settling after command + prompt-overdue silent": "ready",
  "settling after set-up + prompt": "ready",
  "settling after set-up + prompt raw": "unprepared raw",
  "settling after set-up + prompt-overdue expected": "ready",
  "settling after set-up + prompt-overdue silent": "ready",
  "ready + prompt raw": "unprepared raw",
  "ready + command-typed": "running",
  "unprepared + set-up-typed": "preparing",
  "unprepared raw + set-up-typed": "preparing",
  "ready + leftover-spoilt": "clearing",
  "clearing + prompt": "ready",
  "clearing + prompt raw": "unprepared raw",
  "running + begun": "running begun",
  "running + prompt": "ready",
  "running + prompt raw": "unprepared raw",
  "running + done": "settling after command",
  "running + done raw": "unprepared raw",
  "running begun + prompt": "doubtful",
  "running begun + prompt raw": "doubtful raw",
  "running begun + done": "settling after command",
  "running begun + done raw": "unprepared raw",
  "doubtful + prompt raw": "doubtful raw",
  "doubtful + prompt-stood": "ready",
  "doubtful + printed": "running begun",
  "doubtful + done": "settling after command",
  "doubtful + done raw": "unprepared raw",
  "doubtful + host-asked": "doubtful asked",
  "doubtful asked + prompt": "doubtful",
  "doubtful asked + prompt raw": "doubtful raw",
  "doubtful asked + prompt-stood": "ready",
  "doubtful asked + printed": "running begun",
  "doubtful asked + done": "settling after command",
  "doubtful asked + done raw": "unprepared raw",
  "doubtful raw + host-asked": "doubtful raw asked",
  "doubtful raw + prompt": "doubtful",
  "doubtful raw + prompt-stood": "unprepared raw",
  "doubtful raw + printed": "running begun",
  "doubtful raw + done": "settling after command",
  "doubtful raw + done raw": "unprepared raw",
};

function name(value: Phase | PhaseEvent): string {
  const parts: string[] = [value.kind];
  if ("heard" in value && value.heard) parts.push("heard");
  if ("begun" in value && value.begun) parts.push("begun");
  if ("after" in value) parts.push(`after ${value.after}`);
  if ("terminal" in value && value.terminal === raw) parts.push("raw");
  if ("asked" in value && value.asked) parts.push("asked");
  if (value.kind === "prompt-overdue") parts.push(value.prompt);
  return parts.join(" ");
}

Deno.test("next() takes a shell exactly the steps there are, and everything else changes nothing", () => {
  const taken: Record<string, string> = {};
  for (const phase of PHASES) {
    for (const event of EVENTS.filter(({ kind }) => kind !== "ended")) {
      const after = name(next(phase, event));
      if (after !== name(phase)) taken[`${name(phase)} + ${name(event)}`] = after;
    }
  }
  assert.deepEqual(taken, STEPS);
});

Deno.test("next() ends a shell from every phase, and nothing leads back", () => {
  for (const phase of PHASES) assert.deepEqual(next(phase, { kind: "ended" }), { kind: "ended" });
  for (const event of EVENTS) assert.deepEqual(next({ kind: "ended" }, event), { kind: "ended" });
});
