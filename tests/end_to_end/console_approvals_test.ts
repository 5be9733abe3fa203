import assert from "node:assert/strict";
import { BrowserPage } from "../support/browser.ts";
import { until } from "../support/condition.ts";
import { startConsole } from "../support/console_client.ts";
import { ElicitRequestSchema, type ElicitResult } from "../support/packages/mcp_sdk.ts";
import { startSshd } from "../support/sshd.ts";

const ALLOW_AGAIN = "Allow this again";
const ALLOW_SHELL = "Allow all in this session";

Deno.test("a person decides in the page: once, the same again, the whole shell, no", async () => {
  await using sshd = await startSshd();
  const policy = `${sshd.home}/policy.json`;
  const rule = { mode: "ask", tools: ["execute_command", "read_file"], name: "ask here" };
  await Deno.writeTextFile(policy, JSON.stringify({ rules: [rule] }));
  const { server, origin } = await startConsole({
    env: sshd.environment({ MCP_SSH_POLICY: policy, MCP_SSH_DEFAULT: "allow" }),
    capabilities: { elicitation: { form: {} } },
  });
  await using _server = server;
  // The forms of the client: left open, so that the page is first, unless a test says otherwise.
  const withdrawn: number[] = [];
  let forms = 0;
  let answer: ElicitResult | undefined;
  server.client.setRequestHandler(ElicitRequestSchema, (_request, { signal }) => {
    const number = ++forms;
    if (answer !== undefined) return answer;
    return new Promise<ElicitResult>((resolve) =>
      signal.addEventListener("abort", () => {
        withdrawn.push(number);
        resolve({ action: "cancel" });
      })
    );
  });
  await server.call("execute_command_async", { host: server.host, command: "true" });
  await using browser = await BrowserPage.open(origin);
  const { page } = browser;
  const card = (): Promise<unknown> => page.waitForSelector("article .decisions");
  const press = async (words: string, minutes?: string): Promise<void> => {
    await card();
    if (minutes !== undefined) {
      await page.$eval(
        "article input",
        (input, value) => (input as unknown as { value: string }).value = value,
        minutes,
      );
    }
    const button = `[...document.querySelectorAll("article button")].find((one) =>
      one.textContent === ${JSON.stringify(words)})`;
    await page.evaluate(`${button}.click()`);
    await browser.until("document.querySelector('article') === null");
  };

  // Once: the text of the page is what runs, and the client's form is withdrawn.
  const command = "printf '%s\\n' \"a  b\"\techo\u202e\nfalse";
  const once = server.run(command);
  await card();
  assert.equal(
    await browser.text("article pre"),
    "printf '%s\\n' \"a  b\"\\u{9}echo\\u{202e}\nfalse",
  );
  assert.match(
    await browser.text("article h2"),
    /^The agent asks to run a command as \S+@testhost/,
  );
  assert.match(await browser.text("article .facts"), /beyond ASCII.* rule: ask here$/);
  assert.deepEqual(await browser.violations(), []);
  await press("Allow once");
  assert.equal((await once).meta?.exit_status, 1);
  await until("the form is withdrawn", () => withdrawn.includes(1));

  // No: nothing is done, and once was once.
  const refused = server.run("touch refused");
  await press("Deny");
  assert.match((await refused).text, /^Not allowed on testhost: a person said no/);
  const again = server.run(command);
  await press("Deny");
  assert.ok((await again).isError);

  // The same again, for a time: this very command, no other.
  const same = server.run("echo same");
  await press(ALLOW_AGAIN, "5");
  assert.equal((await same).body, "same\n");
  const before = forms;
  assert.equal((await server.run("echo same")).body, "same\n");
  assert.equal(forms, before);
  const other = server.run("echo same ");
  await press("Deny");
  assert.ok((await other).isError);
  // No number, and more than eight hours, are no.
  for (const minutes of ["", "0", "481"]) {
    const wrong = server.run("echo wrong");
    await press(ALLOW_AGAIN, minutes);
    assert.ok((await wrong).isError, `for ${minutes} minutes`);
  }

  // A form that answers first takes the card away.
  answer = { action: "accept", content: { decision: "Yes, this time" } };
  assert.equal((await server.run("echo by form")).body, "by form\n");
  await browser.until("document.querySelector('article') === null");
  // A form that was closed without a word leaves the answer to the page.
  answer = { action: "cancel" };
  const closed = server.run("echo by page");
  await press("Allow once");
  assert.equal((await closed).body, "by page\n");
  answer = undefined;

  // The whole shell: this session, not another one, and nothing that has no shell.
  const shell = server.run("echo shell");
  await press(ALLOW_SHELL, "5");
  assert.equal((await shell).body, "shell\n");
  assert.equal((await server.run("echo anything")).body, "anything\n");
  const elsewhere = server.run("echo elsewhere", { session: "other" });
  await press("Deny");
  assert.ok((await elsewhere).isError);
  const reading = server.call("read_file", { host: server.host, remote_path: "/etc/hostname" });
  await card();
  assert.ok(!(await browser.text("article .decisions")).includes(ALLOW_SHELL));
  await press("Deny");
  assert.match((await reading).text, /^Not allowed on testhost/);

  const listing = await server.call("execute_command_async", { host: server.host, command: "ls" });
  const id = listing.meta!.command_id;
  const files = await server.call("get_command_status", { command_id: id, wait: 20 });
  assert.ok(!files.body.includes("refused"));
  assert.deepEqual(browser.complaints, []);
});
