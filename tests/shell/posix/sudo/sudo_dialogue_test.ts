import assert from "node:assert/strict";
import type { PasswordAsker } from "../../../../src/shell/posix/readers/password_askers.ts";
import {
  nextSudoStep,
  type SudoEvent,
  sudoStart,
} from "../../../../src/shell/posix/sudo/sudo_dialogue.ts";

const a: PasswordAsker = { pid: 1, start: "10", program: "sudo" };
const b: PasswordAsker = { pid: 2, start: "20", program: "sudo" };
const c: PasswordAsker = { pid: 1, start: "30", program: "sudo" };

function text(text: string): SudoEvent {
  return { kind: "text", text };
}

function prompt(...askers: PasswordAsker[]): SudoEvent {
  return { kind: "prompt", look: { kind: "askers", askers } };
}

const nobody: SudoEvent = { kind: "prompt", look: { kind: "nobody" } };
const unproven: SudoEvent = { kind: "prompt", look: { kind: "unproven" } };

interface Case {
  readonly title: string;
  readonly events: readonly SudoEvent[];
  /** One for each prompt. */
  readonly actions: readonly string[];
  readonly output: string;
}

const cases: readonly Case[] = [
  {
    title: "takes the line feed after the answer away, however it is cut",
    events: [text("x"), prompt(a), text("\r"), text("\n"), text("root\r\n")],
    actions: ["type-password"],
    output: "xroot\r\n",
  },
  {
    title: "answers two that ask at once",
    events: [prompt(a, b), prompt(a, b), text("\r\n")],
    actions: ["type-password", "type-password"],
    output: "",
  },
  {
    title: "answers a second process, whatever the first printed",
    events: [prompt(a), text("\r\nSorry, try again.\r\n"), prompt(b)],
    actions: ["type-password", "type-password"],
    output: "Sorry, try again.\r\n",
  },
  {
    title: "sees a refusal when the same process still asks at the second look",
    events: [prompt(a), text("\r\nWhere did you learn to type?\r\n"), prompt(a), prompt(a)],
    actions: ["type-password", "look-again", "refused"],
    output: "Where did you learn to type?\r\n",
  },
  {
    title: "answers the other when the second look shows that the first was let in",
    events: [prompt(a, b), text("\r\nx\r\n"), prompt(a, b), prompt(b)],
    actions: ["type-password", "look-again", "type-password"],
    output: "x\r\n",
  },
  {
    title: "takes a process with the pid of another for what it is",
    events: [prompt(a), text("\r\nx\r\n"), prompt(c)],
    actions: ["type-password", "type-password"],
    output: "x\r\n",
  },
  {
    title: "types no more passwords than processes asked",
    events: [prompt(a), prompt(a), prompt(a)],
    actions: ["type-password", "none", "none"],
    output: "",
  },
  {
    title: "leaves what cannot be proved to the caller, at the second look",
    events: [unproven, unproven, text("x")],
    actions: ["look-again", "ask-caller"],
    output: "x",
  },
  {
    title: "passes over a marker that nobody reads behind",
    events: [text("SUDO_PROMPT="), nobody, nobody, text("\r\n")],
    actions: ["look-again", "none"],
    output: "SUDO_PROMPT=\r\n",
  },
  {
    title: "answers an asker that is seen at the second look",
    events: [nobody, prompt(a)],
    actions: ["look-again", "type-password"],
    output: "",
  },
];

for (const { title, events, actions, output } of cases) {
  Deno.test(`nextSudoStep() ${title}`, () => {
    let state = sudoStart;
    let seen = "";
    const taken: string[] = [];
    for (const event of events) {
      const step = nextSudoStep(state, event);
      state = step.state;
      seen += step.output;
      if (event.kind === "prompt") taken.push(step.action.kind);
    }
    assert.deepEqual(taken, actions);
    assert.equal(seen, output);
  });
}
