// Has the protocol's own programs and other people's clients judge the server, and prints what they
// say: `deno task conformance [scenarios|inspector|clients]`.
import { startDemoHost } from "../demo/embedded_host.ts";
import { AuthorizationServer } from "../support/serve/authorization_server.ts";
import { startReplica } from "../support/serve/replica.ts";
import { freePort } from "../support/sshd.ts";
import { CLIENTS } from "./clients.ts";
import { inspect, INSPECTOR_CALLS, inspectShared } from "./inspector.ts";
import { type Form, judgeScenarios, REVISIONS, type Verdict } from "./scenarios.ts";

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  scenarios: sayAllScenarios,
  shared: sayShared,
  inspector: sayInspector,
  clients: sayClients,
};

let failures = 0;

for (const part of Deno.args.length > 0 ? Deno.args : Object.keys(PARTS)) await PARTS[part]!();
say(`\n${failures === 0 ? "All is well" : `${failures} failed`}`);
Deno.exitCode = failures === 0 ? 0 : 1;

async function sayAllScenarios(): Promise<void> {
  for (const revision of REVISIONS) await sayScenarios(revision, "server");
}

async function sayShared(): Promise<void> {
  for (const revision of REVISIONS) await sayScenarios(revision, "shared");
}

async function sayInspector(): Promise<void> {
  await using host = await startDemoHost();
  say("\nThe MCP Inspector's command line");
  for (const call of INSPECTOR_CALLS) sayResult(call.what, await inspect(call, host.environment()));
  await sayInspectorShared();
}

/** With a replica that wants tokens, as behind a balancer. */
async function sayInspectorShared(): Promise<void> {
  await using host = await startDemoHost();
  const port = freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  await using issuer = await AuthorizationServer.start(resource);
  await using replica = await startReplica({
    ...host.environment(),
    MCP_SSH_ISSUER: issuer.issuer,
    MCP_SSH_RESOURCE: resource,
  }, port);
  say("\nThe MCP Inspector's command line, at the shared server");
  for (const call of INSPECTOR_CALLS) {
    sayResult(
      call.what,
      await inspectShared(call, { url: replica.url, token: await issuer.token() }),
    );
  }
}

async function sayClients(): Promise<void> {
  await using host = await startDemoHost();
  say("\nThe main job, by the clients of both SDKs over stdio");
  for (const [name, job] of Object.entries(CLIENTS)) {
    sayResult(name, await job(host).then(() => "", (error: unknown) => String(error)));
  }
}

async function sayScenarios(revision: string, form: Form): Promise<void> {
  const verdicts = await judgeScenarios(revision, form);
  const applying = verdicts.filter(({ exempt }) => exempt === "");
  const well = applying.filter(({ isWell }) => isWell);
  say(
    `\nConformance suite, ${
      form === "shared" ? "the shared server's endpoint, " : ""
    }${revision}: ${well.length} of ${applying.length} scenarios pass`,
  );
  for (const verdict of verdicts) sayVerdict(verdict);
}

function sayVerdict({ scenario, passed, failed, exempt, isWell }: Verdict): void {
  if (exempt !== "") return say(`  does not apply  ${scenario}: ${exempt}`);
  if (!isWell) failures += 1;
  say(`  ${isWell ? "passes" : "FAILS "}  ${scenario} (${passed} of ${passed + failed} checks)`);
}

function sayResult(what: string, fault: string): void {
  if (fault !== "") failures += 1;
  say(`  ${fault === "" ? "passes" : "FAILS "}  ${what}${fault === "" ? "" : `: ${fault}`}`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
