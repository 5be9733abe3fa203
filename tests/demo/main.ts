// Shows the main job without a host or an account of the user's: `deno task demo`.
import { fileURLToPath } from "node:url";
import { mustRun } from "../support/command.ts";
import { type DemoStage, playDemo } from "./demo.ts";

/** The demo ends by itself within this time, whatever happens. */
const LIMIT_MS = 60_000;

const colour = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");

const stage: DemoStage = {
  say,
  title: (text) => say(`\n${paint("1", `# ${text}`)}`),
  call: (tool, args) => say(`${paint("36", `→ ${tool}`)} ${JSON.stringify(args)}`),
  form: (message, answer) => {
    say(paint("33", "← the person is asked"));
    say(message.replaceAll(/^/gm, "    "));
    say(`${paint("33", "  and answers:")} ${answer}`);
  },
  reply: (text) => say(text.replace(/\n$/, "").replaceAll(/^/gm, "  ")),
};

Deno.exitCode = await demo();

async function demo(): Promise<number> {
  await prepare();
  const limit = setTimeout(() => {
    say("The demo failed: it took more than a minute");
    Deno.exit(1);
  }, LIMIT_MS);
  try {
    await playDemo(stage);
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

function paint(style: string, text: string): string {
  return colour ? `\x1b[${style}m${text}\x1b[0m` : text;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
