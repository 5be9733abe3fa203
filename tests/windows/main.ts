// Runs the PowerShell cases on a host that you have, and prints what a report needs:
// `deno task windows HOST [WORD]`, HOST as ssh knows it; WORD chooses cases by their titles.
import { checkHost } from "./checklist.ts";

const [host, word] = Deno.args;
const say = (line: string): void => {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
};

if (host === undefined) {
  say("Usage: deno task windows HOST [WORD]");
  Deno.exitCode = 2;
} else {
  const env = Deno.env.toObject();
  Deno.exitCode = await checkHost(host, { env, say, word }) ? 0 : 1;
}
