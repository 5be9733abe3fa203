import { axe, type Browser, launch, type Page } from "./packages/browser.ts";
import { mustRun } from "./command.ts";
import { CONSOLE_KEY } from "./console_client.ts";

/** A name that the browser takes for this machine, as after DNS rebinding. */
export const OTHER_NAME = "rebound.test";
const PLAYER = new URL("./packages/cast_player.js", import.meta.url).pathname;

/** One page of a real Chromium, logged in to a console. */
export class BrowserPage implements AsyncDisposable {
  readonly page: Page;
  /** Complaints of the page or its policy. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // The login page's own status, and that of a wrong key, are reported as errors.
      const isStatus = /status of 40[13]/.test(message.text());
      if (message.type() === "error" && !isStatus) this.complaints.push(message.text());
    });
  }

  /** Starts a browser and enters the key. */
  static async open(
    origin: string,
    { scheme = "dark" }: { readonly scheme?: "dark" | "light" } = {},
  ): Promise<BrowserPage> {
    const browser = await launch({
      executablePath: "/usr/bin/chromium",
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        `--host-resolver-rules=MAP ${OTHER_NAME} 127.0.0.1`,
      ],
      pipe: true,
    });
    const opened = new BrowserPage(browser, await browser.newPage());
    const { page } = opened;
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(origin);
    await page.type("#key", CONSOLE_KEY);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#take:not([disabled])");
    return opened;
  }

  /** The terminal's rows as the page has them, without blanks and blank ones at the end. */
  async rows(): Promise<readonly string[]> {
    const rows = (await this.page.evaluate("consoleRows()") as string[])
      .map((row) => row.trimEnd());
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    await this.page.waitForFunction(expression, { timeout: 10_000, polling: 20 });
  }

  async text(selector: string): Promise<string> {
    return await this.page.$eval(selector, (found) => found.textContent ?? "");
  }

  /** Another tab of the same browser, with its cookies. */
  async another(): Promise<Page> {
    return await this.#browser.newPage();
  }

  /** Plays a recording in asciinema's player; returns what its terminal shows at the end. */
  async play(cast: string): Promise<string> {
    const page = await this.another();
    try {
      await page.goto("about:blank");
      await page.addScriptTag({ content: await playerScript(), type: "module" });
      await page.waitForFunction("globalThis.playCast");
      return String(await page.evaluate(`playCast(${JSON.stringify(cast)})`));
    } finally {
      await page.close();
    }
  }

  /** Rules of WCAG and good practice that the page breaks, with the elements. */
  async violations(): Promise<readonly string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ html }) => html.slice(0, 200)).join(" | ")))`,
    );
    return found as string[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

let bundled: Promise<string> | undefined;

function playerScript(): Promise<string> {
  const options = ["--quiet", "--frozen", "--lock=tests/deno.lock", "--platform", "browser"];
  bundled ??= mustRun([Deno.execPath(), "bundle", ...options, PLAYER]);
  return bundled;
}
