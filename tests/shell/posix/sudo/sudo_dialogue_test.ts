import assert from "node:assert/strict";
import {
  type Asker,
  findAskers,
  knowingTerminal,
  NOBODY_ASKS,
  readsStandardInput,
} from "../../../../src/shell/posix/sudo/askers.ts";
import {
  nextSudoStep,
  type SudoEvent,
  sudoStart,
} from "../../../../src/shell/posix/sudo/sudo_dialogue.ts";

const a: Asker = { pid: 1, program: "sudo" };
const b: Asker = { pid: 2, program: "sudo" };

function text(text: string): SudoEvent {
  return { kind: "text", text };
}

function prompt(...askers: Asker[]): SudoEvent {
  return { kind: "prompt", askers };
}

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
    title: "sees a refusal when the same process asks again in known words",
    events: [prompt(a), text("\r\nSorry, try again.\r\n"), prompt(a)],
    actions: ["type-password", "refused"],
    output: "Sorry, try again.\r\n",
  },
  {
    title: "sees a refusal in unknown words at the second look",
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
    title: "knows a German refusal without the process table",
    events: [
      prompt(),
      text("\r\nDas hat nicht funktioniert, bitte nochmal probieren.\r\n"),
      prompt(),
    ],
    actions: ["type-password", "refused"],
    output: "Das hat nicht funktioniert, bitte nochmal probieren.\r\n",
  },
  {
    title: "leaves a doubtful second question to the caller",
    events: [prompt(), text("\r\nsome output\r\n"), prompt()],
    actions: ["type-password", "ask-caller"],
    output: "some output\r\n",
  },
  {
    title: "passes over the marker that env(1) prints",
    events: [text("HOME=/\r\nSUDO_PROMPT="), prompt(), text("\r\n")],
    actions: ["none"],
    output: "HOME=/\r\nSUDO_PROMPT=\r\n",
  },
  {
    title: "types nothing for a marker that certainly nobody asks with",
    events: [text("x"), { kind: "prompt", askers: NOBODY_ASKS }, text("\r\n")],
    actions: ["ask-caller"],
    output: "x\r\n",
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

Deno.test("findAskers() finds those below the shell that run nothing yet", () => {
  const table = `
    1     0 systemd
  100     1 bash
  101   100 sudo
  102   101 sudo
  103   100 /usr/bin/sudo
  104   100 sleep
  105   104 su
  200     1 sudo
  106   100 doas
  107   100 bash
`;
  assert.deepEqual(findAskers(table, 100), [
    { pid: 102, program: "sudo" },
    { pid: 103, program: "sudo" },
    { pid: 105, program: "su" },
    { pid: 106, program: "doas" },
  ]);
  assert.equal(findAskers(table, 107), NOBODY_ASKS);
  assert.notEqual(findAskers(table, 106), NOBODY_ASKS);
  assert.notEqual(findAskers("PID PPID COMMAND\n", 100), NOBODY_ASKS);
});

Deno.test("findAskers() and readsStandardInput() tell sudo -S, by sudo's own options alone", () => {
  const table = "1 0 init\n100 1 sh\n101 100 sudo\nargs:\n101 sudo -u root -S id\n7 grep sudo\n";
  assert.deepEqual(findAskers(table, 100), [
    { pid: 101, program: "sudo", reads: "shells-input" },
  ]);
  assert.deepEqual(knowingTerminal(findAskers(table, 100), "sudo -S id"), [
    { pid: 101, program: "sudo" },
  ]);
  for (const [shellPid, command] of [[100, "x | sudo -S id"], [1, "sudo -S id"]] as const) {
    const askers = findAskers(table, shellPid);
    assert.equal(knowingTerminal(askers, command), askers, command);
  }
  const nested = "1 0 init\n100 1 sh\n101 100 sudo\nargs:\n101 /bin/sudo -- sh -c sudo -S id\n";
  assert.deepEqual(findAskers(nested, 100), [{ pid: 101, program: "sudo" }]);
  for (
    const line of ["sudo -S id", "sudo -kS id", "x | sudo -u root --stdin id", "sudo -p '' -S a"]
  ) {
    assert.ok(readsStandardInput(line), line);
  }
  for (const line of ["sudo pacman -S vim", "sudo -n pacman -S vim", "sudo -u S id", "id -S"]) {
    assert.ok(!readsStandardInput(line), line);
  }
});
