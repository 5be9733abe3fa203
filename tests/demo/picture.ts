// Takes the picture of the console, `.github/console.png`: `deno task demo:console`.
import { BrowserPage } from "../support/browser.ts";
import { startConsole } from "../support/console_client.ts";
import { REPOSITORY } from "../support/source_file.ts";
import { startDemoHost } from "./embedded_host.ts";

const PATH = `${REPOSITORY}.github/console.png`;
const WIDTH = 1200;
const HEIGHT = 620;
const RELEASE = `printf '\\033[1mRelease 42\\033[0m\\n'; for host in web1 web2 web3; do ` +
  `printf '  %-6s \\033[32mhealthy\\033[0m  %s requests/s\\n' $host $((RANDOM % 90 + 100)); done`;
const RULES = [{ name: "services", commands: "*systemctl *", mode: "ask" }, { mode: "allow" }];

await using host = await startDemoHost();
const policy = await Deno.makeTempFile({ suffix: ".json" });
await Deno.writeTextFile(policy, JSON.stringify({ rules: RULES }));
const { server, origin } = await startConsole({
  env: { ...host.environment(), MCP_SSH_POLICY: policy },
  host: host.alias,
});
await using _server = server;
await server.run("cd /srv 2> /dev/null || cd /; uptime", { session: "watch" });
await server.run("mkdir -p ~/release && cd ~/release");
await server.run(RELEASE);
await server.run("df -h / | tail -1; git --version");
await server.call("execute_command_async", {
  host: host.alias,
  command: "sudo systemctl restart nginx && systemctl is-active nginx",
});
await using browser = await BrowserPage.open(origin, { scheme: "light" });
const { page } = browser;
await page.setViewport({ width: WIDTH, height: HEIGHT });
await page.waitForSelector("article .decisions");
await browser.until("consoleRows().some((row) => row.includes('git version'))");
await page.evaluate("document.activeElement.blur()");
await page.screenshot({ path: PATH });
await Deno.remove(policy);
