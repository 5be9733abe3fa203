import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { ConfigError, RefusedError } from "../../../src/errors.ts";
import { verifyChain } from "../../../src/guard/audit/audit_chain.ts";
import { auditPlan, type AuditTrail } from "../../../src/guard/audit/audit_trail.ts";
import { openAudit } from "../../../src/guard/audit/open_audit.ts";
import { Log } from "../../../src/guard/log.ts";
import { until } from "../../support/condition.ts";
import { startServer } from "../../support/mcp_client.ts";
import { startSshd } from "../../support/sshd.ts";
import { startSyslogDaemon } from "../../support/syslog_daemon.ts";

const OPEN = { conceal: (text: string): string => text };

function open(setting: string): Promise<AuditTrail> {
  return openAudit(setting, {
    clock: systemClock,
    log: new Log({ level: "off", clock: systemClock, write: () => {} }),
    version: "0",
    pid: 1,
    writeStderr: () => Boolean(1),
  });
}

for (const setting of ["required", "stdout", "stderr http//x", "syslog://h", "syslog+tcp://"]) {
  Deno.test(`auditPlan() refuses ${setting}`, () => {
    assert.throws(() => auditPlan(setting), ConfigError);
  });
}

Deno.test("the program's calls reach rsyslogd over TCP, TLS and UDP, each chain whole", async () => {
  const directory = await Deno.makeTempDir();
  await using daemon = await startSyslogDaemon(directory);
  await using sshd = await startSshd();
  const places = [
    `syslog+tcp://127.0.0.1:${daemon.tcpPort}`,
    `syslog+tls://127.0.0.1:${daemon.tlsPort}?ca=${daemon.caFile}`,
    `syslog+udp://127.0.0.1:${daemon.udpPort}`,
  ];
  {
    // One server sends to all three: the chain must be whole in each.
    await using server = await startServer({
      env: sshd.environment({ MCP_SSH_AUDIT: `required ${places.join(" ")}` }),
    });
    // A login password is a secret, also where a key was enough.
    const reply = await server.run("echo hunter22 | cat", { password: "hunter22" });
    assert.equal(reply.body, "[redacted]\n");
    assert.ok((await server.call("read_file", { host: "testhost", remote_path: "/no" })).isError);
  }
  for (const way of ["tcp", "tls", "udp"] as const) {
    const text = await until(`the last record came by ${way}`, async () => {
      const all = await daemon.text(way);
      return all.includes(" audit.end ") && all;
    }, { timeoutMs: 20_000 });
    const { faults, open, chains } = verifyChain(text.split("\n"));
    assert.deepEqual({ faults, open, chains }, { faults: [], open: 0, chains: 1 });
    assert.match(text, /^<110>1 \S+Z - mcp-ssh-session \d+ mcp\.tool\.begin - \{/m);
    assert.match(text, /"process\.command_line":"echo \[redacted\] \| cat"/);
    assert.match(text, /"gen_ai\.tool\.name":"read_file".*"error\.type":"file"/);
    assert.doesNotMatch(text, /hunter22/);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("AuditTrail: rsyslogd goes away and comes back: nothing unrecorded runs, and the gap shows", async () => {
  const directory = await Deno.makeTempDir();
  await using daemon = await startSyslogDaemon(directory);
  for (const transport of ["tcp", "tls"] as const) {
    const at = `127.0.0.1:${daemon[`${transport}Port`]}?ca=${daemon.caFile}`;
    const trail = await open(`required syslog+${transport}://${at}`);
    const written = (tool: string): Promise<boolean> =>
      until(
        `${transport} ${tool} is written`,
        async () => (await daemon.text(transport)).includes(`"tool":"${transport} ${tool}"`),
      );
    const record = (tool: string): Promise<void> =>
      trail.before("mcp.tool.begin", { tool: `${transport} ${tool}` }, OPEN);
    await record("before");
    await written("before");
    await daemon.stop();
    await assert.rejects(record("while down"), RefusedError);
    await assert.rejects(record("still down"), RefusedError);
    await daemon.start();
    await record("after");
    await trail.close();
    const text = await until(`the last record came by ${transport}`, async () => {
      const all = await daemon.text(transport);
      return all.includes(" audit.end ") && all;
    });
    const { faults } = verifyChain(text.split("\n"));
    assert.deepEqual(faults.map(({ fault }) => fault), ["records 1 to 2 are missing before it"]);
    assert.doesNotMatch(text, / down"/);
    assert.match(text, / after".*"audit\.lost":2/);
  }
  await Deno.remove(directory, { recursive: true });
});

interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly lines: string[];
}

function receiver(port = 0, answers: () => Promise<Response> | Response = ok): Receiver {
  const lines: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    async (request) => {
      const { resourceLogs } = await request.json();
      const [{ body, eventName, attributes }] = resourceLogs[0].scopeLogs[0].logRecords;
      assert.ok(eventName !== undefined && attributes.length > 0);
      const answer = await answers();
      if (answer.ok) lines.push(body.stringValue);
      return answer;
    },
  );
  return {
    port: server.addr.port,
    lines,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function ok(): Response {
  return Response.json({});
}

Deno.test("AuditTrail: what must be recorded is refused while the collector is down, and runs again after", async () => {
  const first = receiver();
  const { port } = first;
  const trail = await open(`required http://127.0.0.1:${port}/v1/logs`);
  await trail.before("mcp.tool.begin", { tool: "a" }, OPEN);
  await first[Symbol.asyncDispose]();
  await assert.rejects(trail.before("mcp.tool.begin", { tool: "b" }, OPEN), RefusedError);
  await using second = receiver(port);
  await trail.before("mcp.tool.begin", { tool: "c" }, OPEN);
  await trail.close();
  const { faults } = verifyChain([...first.lines, ...second.lines]);
  assert.deepEqual(faults.map(({ fault }) => fault), ["records 1 to 1 are missing before it"]);
  assert.match(second.lines[0]!, /"audit\.lost":1/);
});

Deno.test("AuditTrail: best effort holds nobody up, and counts what a full or failing collector lost", async () => {
  const gate = Promise.withResolvers<void>();
  await using slow = receiver(0, async () => {
    await gate.promise;
    return ok();
  });
  const trail = await open(`http://127.0.0.1:${slow.port}/v1/logs`);
  for (let n = 0; n < 1_010; n++) await trail.before("mcp.tool.begin", { n }, OPEN);
  assert.ok(trail.lost >= 9, String(trail.lost));
  gate.resolve();
  await until("the queue is sent", () => slow.lines.length >= 1_000);
  await trail.close();
  await using failing = receiver(0, () => new Response("", { status: 503 }));
  const other = await open(`best-effort http://127.0.0.1:${failing.port}/v1/logs`);
  await other.before("mcp.tool.begin", {}, OPEN);
  await until("it is counted", () => other.lost === 1);
  await other.close();
});
