import assert from "node:assert/strict";
import { ElicitRequestSchema, type ElicitResult } from "../support/packages/mcp_sdk.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

const CLIENT = { name: "late", version: "1" };
const CALLS = 200;
/** A pipe holds as much, unread (pipe(7)). */
const PIPE_BYTES = 64 * 1024;

interface Verified {
  readonly code: number;
  readonly said: string;
}

/** Runs `audit verify FILE` on these lines; without any on no file at all. */
async function verify(lines?: readonly string[]): Promise<Verified> {
  const path = await Deno.makeTempFile();
  if (lines === undefined) await Deno.remove(path);
  else await Deno.writeTextFile(path, lines.join("\n"));
  const [program, ...args] = programCommand(["audit", "verify", path]);
  const env = { ...await runtimeEnvironment(), HOME: "/nonexistent" };
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env, clearEnv: true })
    .output();
  await Deno.remove(path).catch(() => {});
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("MCP_SSH_AUDIT=stderr records each call and what came after its reply; audit verify checks it", async () => {
  await using sshd = await startSshd();
  const policy = `${sshd.home}/policy.json`;
  await Deno.writeTextFile(
    policy,
    JSON.stringify({ rules: [{ mode: "ask", tools: "execute_command_async", name: "asked" }] }),
  );
  const server = await startServer({
    env: sshd.environment({
      MCP_SSH_AUDIT: "required stderr",
      MCP_SSH_POLICY: policy,
      MCP_SSH_DEFAULT: "allow",
      MCP_SSH_LOG: "info",
    }),
    capabilities: { elicitation: { form: {} } },
  });
  const late = Promise.withResolvers<ElicitResult>();
  {
    await using _server = server;
    server.client.setRequestHandler(ElicitRequestSchema, () => late.promise);
    const host = server.host;
    const begun = await server.call("execute_command_async", { host, command: "echo later" });
    assert.match(begun.firstLine, /^\[awaiting-approval\]/);
    await until("its end is recorded", () => server.stderr().includes('"mcp.tool.end"'));
    late.resolve({ action: "accept", content: { decision: "Yes, this time" } });
    const status = { command_id: begun.meta!.command_id, wait: 20 };
    assert.equal((await server.call("get_command_status", status)).body, "later\n");
  }
  const lines = server.stderr().split("\n");
  const records = lines.filter((line) => line.includes('"audit.hash"'));
  const later = records.filter((line) => line.includes('"mcp.tool.later"'));
  assert.match(
    later.join("\n"),
    /"gen_ai\.tool\.name":"execute_command_async".*"approved_by":"form"/,
  );
  const idOf = (line: string | undefined): unknown => JSON.parse(line!)["mcp.call_id"];
  assert.equal(idOf(later[0]), idOf(records.find((line) => line.includes('"mcp.tool.begin"'))));

  const at = lines.indexOf(later[0]!);
  const [whole, cut, missing] = await Promise.all(
    [verify(lines), verify(lines.toSpliced(at, 1)), verify()],
  );
  const { length } = records;
  assert.deepEqual(whole, {
    code: 0,
    said: `${length} records of 1 runs of the server, 0 faults\n`,
  });
  assert.equal(cut.code, 1);
  assert.match(cut.said, new RegExp(`^line ${at + 1}: records \\d+ to \\d+ are missing before it`));
  assert.ok(missing.code !== 0 && /Cannot read/.test(missing.said), missing.said);
});

Deno.test("the last records reach a client that reads standard error late", async () => {
  const [program, ...args] = programCommand();
  const env = { ...await runtimeEnvironment(), HOME: "/nonexistent", MCP_SSH_AUDIT: "stderr" };
  const child = new Deno.Command(program, {
    ...{ args, env, clearEnv: true },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const input = child.stdin.getWriter();
  const say = (message: Record<string, unknown>): Promise<void> =>
    input.write(new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  const replies = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let replied = "";
  const until = async (id: number): Promise<void> => {
    while (!replied.includes(`"id":${id}`)) replied += (await replies.read()).value;
  };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: CLIENT };
  await say({ id: 1, method: "initialize", params });
  await until(1);
  await say({ method: "notifications/initialized" });
  // More records than a pipe holds, and fewer than are kept for a client that does not read.
  for (let id = 2; id <= CALLS; id++) {
    await say({ id, method: "tools/call", params: { name: "list_sessions", arguments: {} } });
  }
  await until(CALLS);
  await input.close();
  await replies.cancel();
  const stderr = await new Response(child.stderr).text();
  await child.status;
  const records = stderr.trimEnd().split("\n");
  assert.ok(stderr.length > PIPE_BYTES, `${stderr.length} bytes of records`);
  assert.match(records.at(-1)!, /"audit\.end"/);
  assert.equal((await verify(records)).code, 0);
});
