// Shows the main job without a host or an account of the user's: `deno task demo`.
import { fileURLToPath } from "node:url";
import { mustRun } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { PRODUCTION_FLAGS } from "../support/program.ts";
import { startDemoHost } from "./embedded_host.ts";
import { playStory, type Stage } from "./story.ts";

/** The demo ends by itself within this time, whatever happens. */
const LIMIT_MS = 20_000;

const colour = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");

const stage: Stage = {
  title: (text) => say(`\n${paint("1", `# ${text}`)}`),
  call: (tool, args) => say(`${paint("36", `→ ${tool}`)} ${JSON.stringify(args)}`),
  reply: (text) => say(text.replace(/\n$/, "").replaceAll(/^/gm, "  ")),
};

Deno.exitCode = await demo();

async function demo(): Promise<number> {
  await prepare();
  const limit = setTimeout(() => {
    say("The demo failed: it took more than 20 s");
    Deno.exit(1);
  }, LIMIT_MS);
  try {
    await play();
    return 0;
  } catch (error) {
    say(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    clearTimeout(limit);
  }
}

/** Fetches what the server imports: the server itself starts with nothing but its cache. */
async function prepare(): Promise<void> {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  await mustRun([Deno.execPath(), "cache", "--frozen", "--quiet", main]);
}

async function play(): Promise<void> {
  const started = performance.now();
  await using host = await startDemoHost();
  say(`The host:   ${host.description}`);
  say(`The server: deno run ${PRODUCTION_FLAGS.join(" ")} src/main.ts`);
  say("The client: an MCP client over stdio, which shows what an agent would see");
  await using server = await startServer({ env: host.environment(), host: host.alias });
  await playStory(server, stage);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`\nDone in ${seconds} s. Key, ssh_config and host were throwaway and are gone.`);
}

function paint(style: string, text: string): string {
  return colour ? `\x1b[${style}m${text}\x1b[0m` : text;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
