// Runs the PowerShell cases on a host that you have, and prints what a report needs:
// `deno task windows [--fresh] HOST [WORD]`, HOST as ssh knows it; WORD chooses cases by their titles;
// with --fresh each case has a session of its own, which takes a start of PowerShell each.
import { checkHost } from "./checklist.ts";

const [host, word] = Deno.args.filter((one) => one !== "--fresh");
const isFresh = Deno.args.includes("--fresh");
const say = (line: string): void => {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
};

if (host === undefined) {
  say("Usage: deno task windows [--fresh] HOST [WORD]");
  Deno.exitCode = 2;
} else {
  const env = Deno.env.toObject();
  Deno.exitCode = await checkHost(host, { env, say, word, isFresh }) ? 0 : 1;
}
