import assert from "node:assert/strict";
import { BrowserPage } from "../support/browser.ts";
import { until } from "../support/condition.ts";
import { startConsole } from "../support/console_client.ts";
import { startSshd } from "../support/sshd.ts";

/** Where screenshots go, to be looked at; nowhere unless it is set. */
const SHOTS = Deno.env.get("CONSOLE_SHOTS");
const WIDTHS = [1600, 1024, 390];
/** Programs that draw on the whole screen, keys that make them draw more, and keys that end them. */
const PROGRAMS: readonly (readonly [command: string, keys: string, end: string])[] = [
  ["vim -u NONE -N /tmp/$$.txt", "G", "<esc>:q!<enter>"],
  ["less /tmp/$$.txt", "<pagedown>", "q"],
  // Its figures are drawn anew every ten seconds: long enough to be seen twice.
  ["htop -d 100", "<down><down>", "q"],
];

async function shoot(browser: BrowserPage, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  for (const width of WIDTHS) {
    await browser.page.setViewport({ width, height: 800 });
    await browser.page.screenshot({ path: `${SHOTS}/${name}_${width}.png` as `${string}.png` });
  }
}

Deno.test("the console's page shows, answers, takes over, runs, stops and records", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run("echo first output; ls --color=always /etc | head -5");
  await using browser = await BrowserPage.open(origin);
  const { page } = browser;
  await browser.until("consoleRows()[0] === 'first output'");
  assert.match(await browser.text("#standing"), /^The agent has the keyboard; idle$/);
  assert.match(await browser.text("#happened"), /agent · exit 0 · [\d.]+ secho first output/);
  await shoot(browser, "idle");

  // A secret, from a question to the pty, and nowhere else.
  const asking = await server.run("read -rsp 'Password: ' x; echo; echo got ${#x}; echo $x");
  assert.match(asking.firstLine, /awaiting-input password/);
  await page.waitForSelector("#answer:not([hidden])");
  await shoot(browser, "secret");
  assert.deepEqual(await browser.violations(), []);
  await page.type("#answer-text", "hunter2hunter2");
  await page.keyboard.press("Enter");
  const id = asking.meta!.command_id;
  const answered = await server.call("get_command_status", { command_id: id, wait: 20 });
  assert.match(answered.text, /got 14\n\[redacted\]/);
  await browser.until("consoleRows().some((row) => row.includes('got 14'))");
  assert.doesNotMatch((await browser.rows()).join("\n"), /hunter2/);
  assert.doesNotMatch(await page.content(), /hunter2/);

  // Take over, run, look at vim as read_screen does, hand back.
  await page.click("#take");
  await page.waitForSelector("#run:not([hidden])");
  assert.match((await server.run("echo meanwhile")).firstLine, /^\[held\]/);
  await page.type("#run-text", "vim -u NONE -N +startinsert /nonexistent/file");
  await page.keyboard.press("Enter");
  await browser.until("consoleRows().some((row) => row.includes('-- INSERT --'))");
  await page.focus(".xterm-helper-textarea");
  await page.keyboard.type("typed by a person");
  await browser.until("consoleRows()[0] === 'typed by a person'");
  await shoot(browser, "vim");
  assert.match((await server.call("read_screen", { host: server.host })).text, /^\[held\]/);
  await page.keyboard.press("Escape");
  await page.keyboard.type(":q!\r");
  await page.waitForSelector("#run:not([hidden])");
  await page.click("#take");
  await browser.until("document.getElementById('standing').textContent.startsWith('The agent')");
  const history = await until("the command that waited has run", async () => {
    const { text } = await server.call("list_command_history");
    return /exit 0 .*echo meanwhile/.test(text) && text;
  });
  assert.doesNotMatch(history, /vim/);

  // Stop: Ctrl-C, then TERM.
  const stubborn = await server.call("execute_command_async", {
    host: server.host,
    command: `sh -c "trap '' INT; exec sleep 60"`,
  });
  await page.waitForSelector("#stop:not([disabled])");
  await page.click("#stop");
  await browser.until("document.getElementById('stop').textContent.includes('TERM')");
  await browser.page.$eval("#stop", (button) => (button as unknown as { click(): void }).click());
  const stopped = await server.call("get_command_status", {
    command_id: stubborn.meta!.command_id,
    wait: 20,
  });
  assert.match(stopped.firstLine, /^\[(?:interrupted|exit|lost)/);
  assert.deepEqual(browser.complaints, []);
});

Deno.test("the page draws vim, less and htop as read_screen shows them, also for who comes late", async () => {
  await using sshd = await startSshd();
  const { server, origin } = await startConsole({ env: sshd.environment() });
  await using _server = server;
  await server.run('for i in $(seq 200); do echo "line $i of many"; done > /tmp/$$.txt');
  await using browser = await BrowserPage.open(origin, { scheme: "light" });
  for (const [program, keys, end] of PROGRAMS) {
    const begun = await server.run(program);
    const target = { command_id: begun.meta!.command_id };
    await server.call("send_keys", { ...target, keys });
    const isAlike = async (): Promise<boolean> => {
      const screen = (await server.call("read_screen", target)).body.split("\n");
      const rows = await browser.rows().catch(() => []);
      return JSON.stringify(rows) === JSON.stringify(screen);
    };
    await until(`${program} is drawn alike`, isAlike);
    assert.ok((await browser.rows()).length > 10, program);
    await shoot(browser, program.split(" ")[0]!);
    await browser.page.reload();
    await until("a late joiner sees the same", isAlike);
    await server.call("send_keys", { ...target, keys: end });
  }
  assert.deepEqual(browser.complaints, []);
  assert.deepEqual(await browser.violations(), []);
  await server.run("rm /tmp/$$.txt");
});
