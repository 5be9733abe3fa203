import assert from "node:assert/strict";
import { StartUpText } from "../../../../src/shell/posix/start_up/start_up_text.ts";

function textOf(raw: string): StartUpText {
  const login = new StartUpText();
  login.write(raw);
  return login;
}

const SURE = [
  "$ ",
  "# ",
  "% ",
  "user@host:~$ ",
  "user@host:/srv/app# ",
  "[user@host ~]$ ",
  "sh-5.2# ",
  "Last login: today\r\nuser@host:~$ ",
  "\x1b[?2004h\x1b[1;32m❯\x1b[0m ",
  `$ \r\x1b[J\r$ ${" ".repeat(197)}${"\b".repeat(197)}`,
];

const QUESTIONS = [
  "Which environment? [dev/prod]: ",
  "Enter your ticket number: ",
  "Password: ",
  "Accept the terms (yes/no)? ",
];

/** What reads like a shell's prompt and is none that is sure. */
const BARE = ["> ", "web1> ", "-->", "web-1.prod>> "];

const ASKED = ["Choice> ", "login> ", "sqlite> ", "Select an environment > "];

const NOTHING = ["", "Welcome\r\n", "Loading", "Welcome to Helios\r\n*** router1> ***\r\n"];

Deno.test("StartUpText waits for the prompt of a line editor that only announced itself", () => {
  assert.ok(textOf("\x1b[?2004h").patienceMs > 0);
  assert.equal(textOf("\x1b[?2004h\r% ").patienceMs, 0);
});

Deno.test("StartUpText waits for nothing where a shell's prompt stands", () => {
  for (const raw of SURE) {
    assert.equal(textOf(raw).patienceMs, 0, raw);
    assert.equal(textOf(raw).question, undefined, raw);
  }
});

Deno.test("StartUpText waits longer for a question than a prompt, and hands it out", () => {
  for (const raw of QUESTIONS) {
    const login = textOf(`Welcome\r\n${raw}`);
    assert.ok(login.patienceMs >= 300, raw);
    assert.equal(login.question?.text, raw);
  }
});

Deno.test("StartUpText waits longest where nothing stands that reads like a prompt", () => {
  for (const raw of NOTHING) {
    assert.ok(textOf(raw).patienceMs >= 1_000, raw);
    assert.equal(textOf(raw).question, undefined, raw);
  }
});

Deno.test("StartUpText takes a bare prompt for one where the host is silent, until it leaves the probe unanswered", () => {
  for (const raw of BARE) {
    const login = textOf(`Welcome\r\n${raw}`);
    assert.ok(login.patienceMs >= 300, raw);
    const asked = [login.question?.kind];
    login.judgement = "unknown";
    asked.push(login.question?.kind);
    login.onProbe();
    asked.push(login.question?.kind);
    assert.deepEqual(asked, ["text", undefined, "text"], raw);
  }
  for (const raw of ASKED) {
    const login = textOf(raw);
    login.judgement = "unknown";
    assert.equal(login.question?.kind, "text", raw);
  }
});

Deno.test("StartUpText takes for a prompt what the host says is one, until more is printed", () => {
  const login = textOf("Welcome\r\n[root@web1 ~] ");
  const asked = [login.question?.kind];
  for (const judgement of ["asked", "prompt", "question"] as const) {
    login.judgement = judgement;
    asked.push(login.question?.kind);
  }
  login.judgement = "prompt";
  login.write("\r\n[root@web1 ~] ");
  asked.push(login.question?.kind);
  assert.deepEqual(asked, ["text", "text", undefined, "text", "text"]);
});

Deno.test("StartUpText answers what a line editor asks of a terminal, and nothing else", () => {
  assert.equal(new StartUpText().write("\x1b[6n"), "\x1b[1;1R");
  assert.equal(new StartUpText().write("\x1b[c"), "\x1b[?62;22c");
  assert.equal(new StartUpText().write("Password: "), "");
});

Deno.test("StartUpText declines zsh's menu for new users, once", () => {
  const login = new StartUpText();
  assert.equal(login.write("zsh-newuser-install.\r\n\r\n"), "");
  assert.equal(login.write("--- Type one of the keys in parentheses --- "), "q");
  assert.equal(login.write("q\r\nhost% "), "");
});

Deno.test("StartUpText keeps a bounded end of what was said, for an error", () => {
  const login = new StartUpText();
  for (let i = 0; i < 1_000; i++) login.write(`line ${i}\r\n`);
  assert.ok(login.said.length <= 4_096);
  assert.match(login.said, /line 999$/);
});
