import { createServer } from "../../src/mcp/server.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";
import { startEndpointServer } from "./endpoint_server.ts";
import { registerFixtures } from "./fixtures.ts";
import { type HttpServer, startHttpServer } from "./http_server.ts";
import { runJudge } from "./judge.ts";

/** The protocol's revisions that the suite knows requirements of. */
export const REVISIONS = ["2025-11-25", "2026-07-28"] as const;

/** What the suite says of one scenario. */
export interface Verdict {
  readonly scenario: string;
  readonly passed: number;
  readonly failed: number;
  /** Why the scenario does not apply to this server; "" where it does. */
  readonly exempt: string;
  readonly isWell: boolean;
}

/** Scenarios that do not apply, by the beginning of their names. */
const EXEMPT: Readonly<Record<string, string>> = {
  "tasks-": "an extension that is not offered: a command's id and get_command_status do its work",
  "server-sse-polling": "resumes a cut HTTP stream; the program speaks stdio, which has none",
};

/** Servers that the suite judges. */
export type Form = "server" | "shared";

const SESSIONLESS =
  "asks its client within a session of 2025-11-25, of which the shared server has " +
  "none: there persons answer in the console, or in a client of 2026-07-28";

/** Those of the shared server beside them. */
const SHARED_EXEMPT: Readonly<Record<string, string>> = {
  ...EXEMPT,
  "tools-call-sampling": SESSIONLESS,
  "tools-call-elicitation": SESSIONLESS,
  "elicitation-": SESSIONLESS,
  "server-sse-polling":
    "resumes a cut HTTP stream: the command goes on, and its id is asked for it",
  "server-stateless":
    "26 of 28 checks: an answer is a stream from its start, so that proxies do not " +
    "cut it, and its status is sent before an error can be known; no list ever changes",
};

/** Runs the official suite against a server over HTTP, in one revision. */
export async function judgeScenarios(revision: string, form: Form): Promise<readonly Verdict[]> {
  const directory = await Deno.makeTempDir({ prefix: "mss_conformance_" });
  await using server = form === "server" ? startServerWithFixtures() : await startEndpointServer();
  const args = ["server", "--url", server.url, "--requirements", revision, "-o", directory];
  const { stdout, stderr } = await runJudge("@modelcontextprotocol/conformance", args, directory);
  await Deno.remove(directory, { recursive: true });
  const summary = stdout.slice(stdout.indexOf("=== SUMMARY ==="));
  const verdicts = [...summary.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm)].map((line) =>
    verdict(line, form === "shared" ? SHARED_EXEMPT : EXEMPT)
  );
  if (verdicts.length === 0) throw new Error(`The suite said nothing: ${stderr}${stdout}`);
  return verdicts;
}

/** The server as the program makes it, with the fixtures beside its own tools. */
function startServerWithFixtures(): HttpServer {
  const { services } = new InMemoryServer();
  const http: HttpServer = startHttpServer(() => {
    const server = createServer(services);
    registerFixtures(server, { changed: (list) => http.changed(list) });
    return server;
  });
  return http;
}

function verdict(
  [, scenario = "", ok, bad]: RegExpExecArray,
  exemptions: Readonly<Record<string, string>>,
): Verdict {
  const passed = Number(ok);
  const failed = Number(bad);
  const prefix = Object.keys(exemptions).find((name) => scenario.startsWith(name));
  const exempt = prefix === undefined ? "" : exemptions[prefix]!;
  return { scenario, passed, failed, exempt, isWell: failed === 0 && passed > 0 };
}
