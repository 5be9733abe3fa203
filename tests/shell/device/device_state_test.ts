import assert from "node:assert/strict";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import { learnPrompt } from "../../../src/shell/device/prompt.ts";
import { type DeviceView, findPager, judgeState } from "../../../src/shell/device/device_state.ts";

const table = new ProfileTable();
const ios = table.get("ios");
const { generic } = table;
const learned = learnPrompt("R1#", ios, { header: [] });

function view(over: Partial<DeviceView>): DeviceView {
  return {
    line: "",
    cursorIsLast: !over.rowsAbove?.includes("cursor elsewhere"),
    rowsAbove: ["x"],
    echoIncomplete: over.line === "R1#half",
    falsePrompts: 0,
    isKnownPage: Boolean(0),
    isFenced: Boolean(0),
    strayKeys: "",
    owedPrompts: 0,
    input: "commands",
    typed: "show clock",
    ...over,
  };
}

const TABLE: readonly (readonly [line: string, kind: string])[] = [
  ["", "working"],
  ["R1#", "prompt"],
  ["R1(config)#", "prompt"],
  ["R1#show", "working"],
  ["R2#", "stranger"],
  [" --More-- ", "pager"],
  ["text --More-- ", "pager"],
  ["Proceed with reload? [confirm]", "question"],
  ["Overwrite the previous NVRAM configuration?[yes/no]: ", "question"],
  ["Destination filename [startup-config]? ", "question"],
  ["Password: ", "question"],
  ["Building configuration...", "working"],
];

for (const [line, kind] of TABLE) {
  Deno.test(`judgeState() takes "${line}" for ${kind}`, () => {
    assert.equal(judgeState(view({ line }), learned, ios).kind, kind);
  });
}

Deno.test("judgeState() takes a line for nothing while more stands behind the cursor", () => {
  const state = judgeState(
    view({ line: "R1#", rowsAbove: ["cursor elsewhere"] }),
    learned,
    ios,
  );
  assert.equal(state.kind, "working");
});

for (
  const [line, quit] of [
    ["More: <space>,  Quit: q or CTRL+Z, One line: <return> ", "q"],
    ["--More--, next page: Space, next line: Return key, quit: Control-c", "\x03"],
    ["-- more --, next page: Space, continue: g, quit: ^C", "\x03"],
    ["---- More (Press 'Q' to break) ----", "q"],
    ["--More-- (<space> = next page, <CR> = one line, C = continuous, Q = quit)", "q"],
    ["CTRL+C ESC q Quit SPACE n Next Page ENTER Next Entry a All", "q"],
    ["---(less 45%)---", "q"],
    ["<space> next page, <cr> next line, A all, Q quit", "q"],
    ["Press any key to continue or Q to quit.", "q"],
    ["[Press space to continue, q to quit]", "q"],
    ["Press <space> to page down, <return> for next line, or 'q' to quit... ", "q"],
    ["Type <CR> to continue, Q<CR> to stop: ", "q\r"],
    ["Press RETURN to continue or q to quit: ", "q"],
    ["Press 'q' to quit or any other key to continue", "q"],
    ["Press Enter to continue or <Ctrl Z> to abort", "\x03"],
    ["Type <space> to continue, or q to quit", "q"],
    ["Hit any key to continue, q to quit", "q"],
    ["--Press Enter or <Space> to continue, q to stop--", "q"],
    ["Pause: press <space> for more, <q> to quit", "q"],
    ["Press any key to scroll output...", "q"],
    ["Next Page: Space, Quit: q", "q"],
    ["--- [Space] Next page, [Enter] Next line, [A] All, Others to exit ---", "q"],
    ["--More--(END)", "q"],
    ["-More-", "q"],
    ["[More] ", "q"],
    ["Press any key to continue, the switch reboots", undefined],
    ["Next page? (y/n)", undefined],
    ["the next page: space is left, quit", undefined],
    ["We press for space and quit", undefined],
    ["Type more? ", undefined],
    ["More than one route quit the space", undefined],
    ["more lines follow, quit", undefined],
  ] as const
) {
  Deno.test(`findPager() takes "${line}" ${quit === undefined ? "for none" : "by its words"}`, () => {
    assert.equal(findPager(line, generic)?.pager.quit, quit);
  });
}

for (
  const line of [
    "Continue? [Y]/N:",
    "This will reboot. Proceed? (y/[n]) ",
    "Reload now (yes/[no]) ",
    "Proceed? (y or n) [N] ",
    "Enter 'yes' to continue: ",
    "Press Y to confirm, N to cancel:",
    "Are you sure you want to proceed? {y|n}: ",
    "Restart? Y/N [N]",
    "Do you want to reboot now? (Yes, y, No, n) [no] ",
    "Continue? y/n ",
    "Save the configuration? (y/n/Ctrl-C to abort)? ",
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
  ]
) {
  Deno.test(`judgeState() returns "${line.trim()}" as a question, at once`, () => {
    const state = judgeState(view({ line }), learned, ios);
    assert.ok(state.kind === "question" && state.question.kind === "yes-no", state.kind);
    assert.ok(state.quietMs <= 150, `${state.quietMs}`);
  });
}

for (
  const log of [
    "Mar  7 10:11:12 sw1 sshd[12]: Accepted",
    "RP/0/RSP0/CPU0:Mar  7 10:11:12.345 UTC: ifmgr[1]: up",
    "1d02h: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
    "03/07/2025 10:11:12.34 <Info:AAA.login> user logged in",
    "2025-03-07T10:11:12.345+00:00 sw1 Event|403|LOG_INFO|up",
    "I 03/07/25 10:11:12 00076 ports: port 1 is up",
    "12 2025/03/07 10:11:12.12 UTC MINOR: SYSTEM #2006 Base lockout",
    "Broadcast message from root@sw1 (Fri Mar  7 10:11:12 2025):",
  ]
) {
  Deno.test(`judgeState() finds the prompt above "${log.slice(0, 30)}…"`, () => {
    const state = judgeState(view({ line: "", rowsAbove: ["a", "R1#", log] }), learned, ios);
    assert.equal(state.kind, "buried-prompt");
    const plain = judgeState(view({ line: "", rowsAbove: ["a", "R2 >", log] }), learned, ios);
    assert.equal(plain.kind, "working");
  });
}

Deno.test("judgeState() answers another make's pager, whatever the family", () => {
  const vyos = new ProfileTable().get("sros-md");
  assert.equal(judgeState(view({ line: " --More-- " }), learned, vyos).kind, "pager");
});

Deno.test("judgeState() trusts a stranger that the command names", () => {
  const named = judgeState(view({ line: "core-2#", typed: "hostname core-2" }), learned, ios);
  assert.equal(named.kind, "prompt");
});

Deno.test("judgeState() waits longer the less sure it is", () => {
  const quiet = (over: Partial<DeviceView>): number => {
    const state = judgeState(view({ line: "R1#", ...over }), learned, ios);
    return state.kind === "prompt" ? state.quietMs : -1;
  };
  const same = quiet({});
  assert.ok(same >= 15 && same <= 40);
  assert.ok(quiet({ line: "R1(config)#" }) > same);
  assert.ok(quiet({ falsePrompts: 2 }) > quiet({ falsePrompts: 1 }));
  assert.ok(quiet({ rowsAbove: [], earlyPrompt: "waited" }) > same);
  assert.ok(quiet({ owedPrompts: 1 }) > 100);
});

Deno.test("judgeState() sees the prompt through keys that were typed too early", () => {
  const stray = judgeState(view({ line: "R1#  ", strayKeys: "  " }), learned, ios);
  assert.deepEqual(stray.kind === "prompt" && stray.strayKeys, 2);
  const twice = judgeState(view({ line: "R1#  ", strayKeys: " " }), learned, ios);
  assert.deepEqual(twice.kind === "prompt" && twice.strayKeys, 2);
});

Deno.test("judgeState() waits for keys that were typed too early only where no space proves the prompt", () => {
  const quiet = (over: Partial<DeviceView>): number => {
    const state = judgeState(view({ line: "R1#", strayKeys: " ", ...over }), learned, ios);
    return state.kind === "prompt" ? state.quietMs : -1;
  };
  assert.ok(quiet({ isFenced: true }) <= 40);
  assert.ok(quiet({}) >= 500);
});

Deno.test("judgeState() finds the prompt above log lines", () => {
  const log = "*Mar  1 00:01:02.123: %SYS-5-CONFIG_I: Configured from console";
  const kind = (rowsAbove: readonly string[]): string =>
    judgeState(view({ rowsAbove }), learned, ios).kind;
  assert.equal(kind(["output", "R1#", log, ""]), "buried-prompt");
  assert.equal(kind(["output", "R1#", "more output"]), "working");
  assert.equal(kind(["output", "R1#" + log]), "buried-prompt");
  assert.equal(
    kind(["output", "R1(config)#%LINK-3-UPDOWN: Interface Gi0/1", log]),
    "buried-prompt",
  );
  assert.equal(kind(["R1#", "*Mar  1 00:01:02.123: ICMP: echo reply sent"]), "buried-prompt");
  assert.equal(kind(["output", "R1#show clock", "12:00"]), "working");
  assert.equal(kind(["output", log]), "working");
  assert.equal(kind(["R1#"]), "working");
});

Deno.test("judgeState() sees that a device reads free text", () => {
  const rowsAbove = ["Enter TEXT message.  End with the character '^'."];
  assert.equal(judgeState(view({ rowsAbove }), learned, ios).kind, "text-input");
  assert.equal(judgeState(view({ input: "text" }), learned, ios).kind, "text-input");
});
