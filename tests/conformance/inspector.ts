import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { runJudge } from "./judge.ts";

/** One call of the Inspector's command line, and what shows that it went well. */
export interface InspectorCall {
  readonly what: string;
  readonly args: readonly string[];
  readonly shows: RegExp;
}

const LISTS = /"name":\s*"execute_command"/;
const CALLS = /No session is open/;

/** What the Inspector is made to do, in both revisions. */
export const INSPECTOR_CALLS: readonly InspectorCall[] = ["legacy", "modern"].flatMap((era) => [{
  what: `lists the tools, --strict (${era})`,
  args: ["--protocol-era", era, "--method", "tools/list", "--strict"],
  shows: LISTS,
}, {
  what: `calls a tool (${era})`,
  args: ["--protocol-era", era, "--method", "tools/call", "--tool-name", "list_sessions"],
  shows: CALLS,
}]).concat({
  what: "2,000 calls, 50 at a time",
  args: [
    ...["--method", "tools/call", "--tool-name", "list_sessions"],
    ...["--load", "--load-requests", "2000", "--load-concurrency", "50"],
  ],
  shows: /"ok": 2000,\s+"toolErrors": 0,\s+"errors": 0/,
});

/** Has the Inspector start the program and make one call; what it said where that went wrong. */
export async function inspect(
  call: InspectorCall,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const variables = { ...environment, ...await runtimeEnvironment() };
  const options = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  return await judged(call, [...options, ...programCommand()]);
}

/** The same at the shared server, as a caller with a token. */
export async function inspectShared(
  call: InspectorCall,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<string> {
  return await judged(call, [
    ...["--transport", "http", "--header", `Authorization: Bearer ${token}`, "--server-url", url],
  ]);
}

async function judged({ args, shows }: InspectorCall, server: readonly string[]): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "mss_inspector_" });
  const { code, stdout, stderr } = await runJudge(
    "@modelcontextprotocol/inspector",
    ["--cli", ...args, ...server],
    directory,
  );
  await Deno.remove(directory, { recursive: true });
  return code === 0 && shows.test(stdout) ? "" : `exit ${code}: ${stderr}${stdout}`;
}
