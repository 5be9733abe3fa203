import assert from "node:assert/strict";
import { BetweenCommands } from "../../../src/shell/posix/between_commands.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

function noteOf(between: BetweenCommands): string | undefined {
  return between.takeNote().note;
}

Deno.test("BetweenCommands.takeNote() hands out whole lines once, as one line", () => {
  const between = new BetweenCommands();
  between.write("late\r\n[1]+  Done   sleep 1\r\n$ ");
  assert.equal(noteOf(between), 'printed between commands: "late\\n(1)+  Done   sleep 1"');
  assert.equal(noteOf(between), undefined);
});

Deno.test("BetweenCommands.takeNote() has nothing to say of blanks and prompts", () => {
  const between = new BetweenCommands();
  between.write("\r\n  \r\nuser@host:~$ ");
  assert.equal(noteOf(between), undefined);
});

Deno.test("BetweenCommands drops an echo of what we typed, however a line editor breaks it", () => {
  for (
    const echo of [
      ` printf '\\033]7717;${NONCE};C\\007'\r\n`,
      ` printf '\\033]7717;${NONCE.slice(0, 10)}\r\n${NONCE.slice(10)};C'\r\n`,
      `\x1b[K printf ${NONCE.slice(0, 3)}\x1b[0m\x1b[5C${NONCE.slice(3)}\r\n`,
    ]
  ) {
    const between = new BetweenCommands();
    between.hold(echo);
    between.settle(NONCE);
    assert.equal(noteOf(between), undefined, echo);
  }
});

Deno.test("BetweenCommands keeps output of a background job that came before the command began", () => {
  const between = new BetweenCommands();
  between.hold("from a job\r\n");
  between.settle(NONCE);
  assert.equal(noteOf(between), 'printed between commands: "from a job"');
});

const REFUSALS = [
  "bash: syntax error near unexpected token `;;'",
  "-bash: Syntaxfehler beim unerwarteten Symbol »;;«",
  "zsh: parse error near `;;'",
  'dash: 2: Syntax error: ";;" unexpected',
  "yash: syntax error: `;' or `&' is missing",
];

Deno.test("BetweenCommands keeps what came beside the shell's word on a spoilt line, once, early or late", () => {
  for (const refusal of REFUSALS) {
    const between = new BetweenCommands();
    between.hold(`from a job\r\n${refusal}\r\n`);
    between.settleSpoilt();
    between.settle(NONCE);
    assert.equal(noteOf(between), 'printed between commands: "from a job"', refusal);
    between.settleSpoilt();
    between.hold(`${refusal}\r\nfrom a job\r\n`);
    between.settle(NONCE);
    assert.equal(noteOf(between), 'printed between commands: "from a job"', refusal);
    between.hold(`${refusal}\r\n`);
    between.settle(NONCE);
    assert.match(noteOf(between) ?? "", /^printed between commands: /, refusal);
  }
});

Deno.test("BetweenCommands.giveUp() hands out what was held, unless it is an echo", () => {
  const between = new BetweenCommands();
  between.hold("1\r\n2\r\n");
  assert.equal(between.giveUp(NONCE), "1\r\n2\r\n");
  assert.equal(between.giveUp(NONCE), "");
  between.hold(` printf '\\033]7717;${NONCE};C\\007'\r\n`);
  assert.equal(between.giveUp(NONCE), "");
  assert.equal(noteOf(between), undefined);
  assert.deepEqual(between.takeNote("a remark"), { note: "a remark" });
});

Deno.test("BetweenCommands leaves out our own words and what busybox says of none", () => {
  const between = new BetweenCommands();
  between.write(`[1] + Done  _mcp_ssh_i=${NONCE} _mcp_ssh_s=;eval 'sleep 1 &'\r\n`);
  between.write('\r\nUse "exit" to leave shell.\r\n');
  between.write(" ;;\r\n");
  assert.equal(noteOf(between), undefined);
});

Deno.test("BetweenCommands.forgetPrompt() drops a prompt, and no output", () => {
  const between = new BetweenCommands();
  between.write("two-line\r\nprompt> ");
  between.forgetPrompt();
  assert.equal(noteOf(between), undefined);
  between.write("late\r\n");
  between.forgetPrompt();
  assert.equal(noteOf(between), 'printed between commands: "late"');
});

Deno.test("BetweenCommands keeps a bounded beginning of what a job prints for ever", () => {
  const between = new BetweenCommands();
  for (let i = 0; i < 10_000; i++) between.write(`line ${i}\r\n`);
  const note = noteOf(between) ?? "";
  assert.match(note, /^printed between commands: "line 0\\n/);
  assert.ok(note.length < 6_000, String(note.length));
});
