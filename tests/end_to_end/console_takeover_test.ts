import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { ElicitRequestSchema } from "../support/packages/mcp_sdk.ts";
import { startSshd } from "../support/sshd.ts";

const PASSWORD = "not-for-the-model-9";

Deno.test("a person takes over at sudo's question, and the model sees a note and the screen", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using sshd = await startSshd({ accounts: [account] });
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  const login = await logIn(origin);
  const asking = await server.run(
    `echo before; sudo sh -c 'read -p "Name: " n; clear; echo "hello $n"'; echo after`,
  );
  assert.match(asking.firstLine, /awaiting-input password/, asking.text);
  const target = { command_id: asking.meta!.command_id };
  await using page = await ConsolePage.open(origin, login);
  const id = await page.watch();
  page.send({ type: "take" });
  await until("the person has the keyboard", () => page.state.watched.holder === "person");

  for (
    const [tool, args] of [
      ["send_input", { ...target, input_text: "x" }],
      ["send_keys", { ...target, keys: "x" }],
      ["get_command_status", target],
      ["interrupt_command_by_id", target],
      ["read_screen", target],
      ["execute_command", { host: server.host, command: "echo queued" }],
    ] as const
  ) {
    const { text } = await server.call(tool, args);
    assert.match(text, /^\[held\] /, tool);
    assert.doesNotMatch(text, /Name: |hello/, tool);
  }
  const closed = await server.call("close_session", { host: server.host });
  assert.match(closed.text, /A person has the keyboard/);

  page.send({
    type: "answer",
    question: page.state.watched.question.number,
    text: PASSWORD,
  });
  await until("sudo has let it in", () => page.output.includes("Name: "));
  page.send({ type: "keys", text: "Ann\r" });
  await until("the command went on", () => page.output.includes("hello Ann"));
  await until("it has ended", () => page.state.watched.state === "idle");
  assert.match((await server.call("get_command_status", target)).text, /^\[held\] /);
  page.send({ type: "give" });
  const ended = await server.call("get_command_status", { ...target, wait: 20 });
  assert.match(ended.firstLine, /^\[exit 0\]/);
  assert.match(ended.body, /^before\n/);
  assert.match(
    ended.body,
    /\[a person had the keyboard for \d+ s; the screen when it came back:\]/,
  );
  assert.match(ended.body, /hello Ann\nafter/);
  const cast = await fetch(`${origin}/recording/${id}.v2.cast`, {
    headers: { cookie: login.cookie, "x-console-proof": login.proof },
  });
  const recording = await cast.text();
  assert.match(recording, /hello Ann/);
  for (const text of [ended.text, recording, page.output, server.stderr()]) {
    assert.ok(!text.includes(PASSWORD));
  }
});

Deno.test("the keyboard is handed back when the last page leaves, and what waited runs", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("true");
  const page = await ConsolePage.open(origin, await logIn(origin));
  await page.watch();
  page.send({ type: "take" });
  await until("the person has the keyboard", () => page.state.watched.holder === "person");
  const waiting = await server.run("echo at last");
  assert.match(waiting.firstLine, /^\[held\]/);
  await page[Symbol.asyncDispose]();
  const target = { command_id: waiting.meta!.command_id, wait: 20 };
  assert.match((await server.call("get_command_status", target)).text, /^\[exit 0\].*\nat last\n/);
});

Deno.test("send_input(by_person=true) leaves the answer to a person, by address where a client shows one", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({
    env: sshd.environment(),
    capabilities: { elicitation: { url: {} } },
  });
  await using _server = server;
  const shown: string[] = [];
  server.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    shown.push(String((params as { readonly url?: string }).url));
    return { action: "accept" };
  });
  const asking = await server.run("read -p 'One-time code: ' c; echo got $c");
  const target = { command_id: asking.meta!.command_id };
  const both = await server.call("send_input", { ...target, input_text: "1", by_person: true });
  assert.match(both.text, /Both input_text and by_person=true/);
  await using page = await ConsolePage.open(origin, await logIn(origin));
  await page.watch();
  const answered = server.call("send_input", { ...target, by_person: true, wait: 20 });
  // Where the test fails before it is awaited, its own error is the one that shows.
  answered.catch(() => {});
  await until("the question is marked", () => page.state.watched.isWanted);
  assert.match(shown[0] ?? "", new RegExp(`^${origin}/s/[0-9a-f]{12}$`));
  page.send({ type: "answer", question: 99, text: "wrong question" });
  page.send({ type: "answer", question: page.state.watched.question.number, text: "824193" });
  const { text } = await answered;
  assert.match(text, /got \[redacted\]/);
  assert.doesNotMatch(text + page.output + JSON.stringify(page.state), /824193|wrong question/);
  const again = await server.run("read -p 'Another code: ' c");
  const left = { command_id: again.meta!.command_id, by_person: true, wait: 0 };
  const advice = (await server.call("send_input", left)).text;
  assert.match(advice, /a person is asked to type the answer at http:\/\/127\.0\.0\.1:\d+\/s\//);
});

Deno.test("a page that does not draw gets 512 KiB and then the screen as it is", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("true");
  const login = await logIn(origin);
  await using page = await ConsolePage.open(origin, login);
  await page.watch();
  await until("the terminal is shown", () => page.pictures === 1);
  page.saysDrawn = false;
  await using drawing = await ConsolePage.open(origin, login);
  await drawing.watch();
  await server.run("seq 300000; echo the e''nd");
  assert.equal(
    (await server.run("echo others go on", { session: "other" })).body,
    "others go on\n",
  );
  await until("all is drawn", () => drawing.output.includes("the end"));
  assert.ok(page.bytes > 448 * 1024, `${page.bytes} bytes`);
  assert.ok(page.bytes <= 512 * 1024, `${page.bytes} bytes`);
  let drawn = 0;
  await until("the page is given the screen", () => {
    page.send({ type: "drawn", bytes: page.bytes - drawn });
    drawn = page.bytes;
    return page.output.includes("the end");
  });
  assert.ok(page.pictures > 1);
});

Deno.test("two pages at once: one keyboard, one answer, and a page that comes late can hand back", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  const login = await logIn(origin);
  const asking = await server.run(
    "read -rsp 'Password: ' a; echo; read -rp 'Go on? ' b; echo got ${#a} $b",
  );
  const target = { command_id: asking.meta!.command_id };
  const first = await ConsolePage.open(origin, login);
  await using second = await ConsolePage.open(origin, login);
  for (const page of [first, second]) await page.watch();
  const { number } = first.state.watched.question;
  for (const page of [first, second]) page.send({ type: "take" });
  for (const page of [first, second]) {
    await until("the person has the keyboard", () => page.state.watched.holder === "person");
    page.send({ type: "answer", question: number, text: PASSWORD });
  }
  await until("the next question is asked", () => first.output.includes("Go on? "));
  assert.match(
    (await server.call("send_input", { ...target, input_text: "no" })).text,
    /^\[held\]/,
  );
  // The second answer went nowhere: it would have been taken for that of the next question.
  await until(
    "it is told",
    () => JSON.stringify(second.state.watched.happened).includes("the question is no longer asked"),
  );
  await using late = await ConsolePage.open(origin, login);
  await late.watch();
  assert.equal(late.state.watched.holder, "person");
  await until("it sees the same", () => late.output.includes("Go on?"));
  await first[Symbol.asyncDispose]();
  late.send({ type: "keys", text: "yes\r" });
  await until("the command went on", () => /got \d+ yes/.test(late.output));
  late.send({ type: "give" });
  late.send({ type: "keys", text: "too late\r" });
  const ended = await server.call("get_command_status", { ...target, wait: 20 });
  assert.match(ended.firstLine, /^\[exit 0\]/);
  assert.match(ended.body, new RegExp(`got ${PASSWORD.length} yes`));
  assert.equal((await server.run("echo nothing else was typed")).body, "nothing else was typed\n");
  for (const page of [second, late]) assert.ok(!page.output.includes("too late"));
});
