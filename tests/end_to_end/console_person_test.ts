import assert from "node:assert/strict";
import { BrowserPage, OTHER_NAME } from "../support/browser.ts";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { startConsole } from "../support/console_client.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

const SECRET = "typed-by-a-person-7";

Deno.test("a person works with the page by keyboard alone, and no other page gets at it", async (t) => {
  await using sshd = await startSshd();
  const policy = `${sshd.home}/policy.json`;
  const rules = [{ commands: "touch *", mode: "ask" }, { mode: "allow" }];
  await Deno.writeTextFile(policy, JSON.stringify({ rules }));
  const { server, origin } = await startConsole({
    env: sshd.environment({ MCP_SSH_POLICY: policy }),
  });
  await using _server = server;
  await server.run("echo ready");
  await using browser = await BrowserPage.open(origin);
  await t.step("each control is reached by Tab, in the order of the page, and left", async () => {
    assert.deepEqual(await tabOrder(browser), [
      "Skip to the terminal",
      "take",
      "cast2",
      "cast3",
      "session",
      "Terminal input",
    ]);
  });
  await t.step("approve, deny", async () => await decide(server, browser));
  await t.step("take over, run, leave the terminal, hand back", async () => {
    await takeOver(server, browser);
  });
  await t.step("secret, stop", async () => await answerAndStop(server, browser));
  await t.step("recordings play", async () => await playRecordings(browser));
  await t.step("nothing is wider than a phone", async () => await showOnPhone(server, browser));
  await t.step("another page frames it, reads it, posts to it: refused", async () => {
    await attack(browser, origin);
  });
  assert.deepEqual(browser.complaints, []);
  assert.equal((await server.run("echo unharmed")).body, "unharmed\n");
});

/** The names of all that Tab reaches, from the top of the page until it begins again. */
async function tabOrder({ page }: BrowserPage): Promise<readonly string[]> {
  const names: string[] = [];
  await page.evaluate("document.activeElement.blur()");
  for (let press = 0; press < 30; press++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(FOCUSED) as string;
    if (name === "" || name === names[0]) break;
    names.push(name);
  }
  return names;
}

const FOCUSED = `(({ id, ariaLabel, textContent, tagName, parentElement }) =>
  tagName === "BODY" ? "" : parentElement.id === "sessions" ? "session" :
    id || ariaLabel || textContent)(document.activeElement)`;

/** Presses Tab until that has the focus. */
async function tabTo({ page }: BrowserPage, name: string): Promise<void> {
  for (let press = 0; press < 30; press++) {
    if (await page.evaluate(FOCUSED) === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${name}`);
}

async function press(browser: BrowserPage, name: string): Promise<void> {
  await tabTo(browser, name);
  await browser.page.keyboard.press("Enter");
}

async function decide(server: ServerUnderTest, browser: BrowserPage): Promise<void> {
  for (const word of ["Allow once", "Deny"]) {
    const waiting = server.run("touch ran");
    await browser.page.waitForSelector("article .decisions");
    await press(browser, word);
    assert.equal((await waiting).isError, word === "Deny");
    await browser.until("document.querySelector('article') === null");
  }
}

async function takeOver(server: ServerUnderTest, browser: BrowserPage): Promise<void> {
  const { page } = browser;
  await press(browser, "take");
  await page.waitForSelector("#run:not([hidden])");
  await browser.until("document.activeElement.id === 'run-text'");
  await page.keyboard.type("cat\n");
  await browser.until(`${FOCUSED} === "Terminal input"`);
  await page.waitForSelector("#leave:not([hidden])");
  await page.keyboard.type("one");
  await page.keyboard.press("Tab");
  await page.keyboard.type("two\r");
  await browser.until("consoleRows().some((row) => /^one {5}two$/.test(row))");
  assert.match((await server.run("true")).firstLine, /^\[held\]/);
  for (const key of ["Control", "Shift"] as const) await page.keyboard.down(key);
  await page.keyboard.press("Enter");
  for (const key of ["Shift", "Control"] as const) await page.keyboard.up(key);
  await browser.until(`${FOCUSED} === "take"`);
  await tabTo(browser, "Terminal input");
  await page.keyboard.down("Control");
  await page.keyboard.press("d");
  await page.keyboard.up("Control");
  await browser.until("document.activeElement.id === 'run-text'");
  await tabTo(browser, "take");
  await page.keyboard.press("Space");
  await browser.until("document.getElementById('standing').textContent.startsWith('The agent')");
}

async function answerAndStop(server: ServerUnderTest, browser: BrowserPage): Promise<void> {
  const asking = await server.run(
    "read -rsp 'Password: ' x; echo; echo got ${#x}; exec 3<&0; cat <&3",
  );
  assert.match(asking.firstLine, /awaiting-input password/);
  await browser.page.waitForSelector("#answer:not([hidden])");
  await tabTo(browser, "answer-text");
  await browser.page.keyboard.type(`${SECRET}\n`);
  await browser.until(`consoleRows().some((row) => row.includes("got ${SECRET.length}"))`);
  await browser.page.waitForSelector("#stop:not([disabled])");
  await press(browser, "stop");
  const target = { command_id: asking.meta!.command_id, wait: 20 };
  const stopped = await server.call("get_command_status", target);
  assert.match(stopped.firstLine, /^\[(?:interrupted|exit 130)/);
  const all = stopped.text + server.stderr() + await browser.page.content();
  assert.ok(!all.includes(SECRET));
}

async function showOnPhone(server: ServerUnderTest, browser: BrowserPage): Promise<void> {
  const { page } = browser;
  await page.setViewport({ width: 360, height: 740, isMobile: true, hasTouch: true });
  const waiting = server.run(`touch ${"a-long-name-".repeat(30)}`);
  await page.waitForSelector("article .decisions");
  const tooWide = await page.evaluate(`[...document.querySelectorAll(
      "header, header *, section, article, article *, form, form *, aside, aside *")]
    .filter((element) => !element.closest("#screen, pre, code") &&
      element.getBoundingClientRect().right > innerWidth + 1)
    .map(({ tagName, id, textContent }) => [tagName, id, textContent.slice(0, 40)].join(" "))`);
  assert.deepEqual(tooWide, []);
  assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
  const small = await page.evaluate(`[...document.querySelectorAll("button, select")]
    .filter((element) => element.offsetParent && element.getBoundingClientRect().height < 24)
    .map(({ textContent }) => textContent)`);
  assert.deepEqual(small, []);
  const shots = Deno.env.get("CONSOLE_SHOTS");
  if (shots !== undefined) await page.screenshot({ path: `${shots}/phone.png` });
  await page.evaluate("document.querySelector('article .no').scrollIntoView()");
  await page.tap("article .no");
  assert.ok((await waiting).isError);
  await page.setViewport({ width: 1280, height: 800 });
}

/** asciinema 2 plays the one of v2; asciinema's player for browsers plays both. */
async function playRecordings(browser: BrowserPage): Promise<void> {
  const directory = await Deno.makeTempDir();
  for (const version of ["v2", "v3"]) {
    const cast = await browser.page.evaluate(`fetch(
      "/recording/" + document.querySelector("#sessions button").dataset.id + ".${version}.cast",
      { headers: { "x-console-proof": localStorage.getItem("proof") } }).then((got) => got.text())`);
    assert.ok(!String(cast).includes(SECRET));
    await Deno.writeTextFile(`${directory}/${version}`, String(cast));
    const played = await browser.play(String(cast));
    assert.match(played, /ready/, version);
    assert.match(played, new RegExp(`got ${SECRET.length}`), version);
  }
  // It wants a terminal of its own.
  const shown = await mustRun(["script", "-qec", `asciinema cat ${directory}/v2`, "/dev/null"]);
  assert.match(shown, new RegExp(`ready\\r\\n[^]*got ${SECRET.length}\\r\\n`));
  await Deno.remove(directory, { recursive: true });
}

async function attack(browser: BrowserPage, origin: string): Promise<void> {
  const { port } = new URL(origin);
  const html = `<!doctype html><title>another page</title><iframe src="${origin}/"></iframe>`;
  await using other = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(html, { headers: { "content-type": "text/html" } }),
  );
  const page = await browser.another();
  await page.goto(`http://127.0.0.1:${other.addr.port}/`);
  await until("the frame is refused", () => page.frames()[1]?.url().startsWith("chrome-error:"));
  const outcomes = await page.evaluate(`Promise.all([
    fetch("${origin}/", { credentials: "include" }).then(() => "read", () => "refused"),
    fetch("${origin}/login", { method: "POST", mode: "no-cors", body: "x" })
      .then(({ type }) => type, () => "refused"),
    new Promise((resolve) => {
      const socket = new WebSocket("ws://127.0.0.1:${port}/ws");
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    }),
    new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = "${origin}/console.js";
      script.onload = () => resolve("loaded");
      script.onerror = () => resolve("refused");
      document.head.append(script);
    }),
  ])`);
  assert.deepEqual(outcomes, ["refused", "refused", "refused", "refused"]);
  // DNS rebinding: a name of another's that leads to this machine, with the browser's own cookies.
  const rebound = await page.goto(`http://${OTHER_NAME}:${port}/`);
  assert.equal(rebound?.status(), 421);
  await page.close();
}
