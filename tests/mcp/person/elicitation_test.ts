import assert from "node:assert/strict";
import { ElicitRequestSchema, type ElicitResult } from "../../support/packages/mcp_sdk.ts";
import { type ServerUnderTest, startServer } from "../../support/mcp_client.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";

/** An sshd whose key is on no file, under StrictHostKeyChecking=ask. */
async function startUnknownHost(): Promise<Sshd> {
  const sshd = await startSshd({ clientConfig: ["StrictHostKeyChecking ask"] });
  await Deno.writeTextFile(sshd.knownHostsPath, "");
  return sshd;
}

function answerForms(server: ServerUnderTest, answer: ElicitResult): string[] {
  const messages: string[] = [];
  server.client.setRequestHandler(ElicitRequestSchema, (request) => {
    messages.push(request.params.message);
    return answer;
  });
  return messages;
}

Deno.test("formFor() asks a person about an unknown host key once, then pins it", async () => {
  await using sshd = await startUnknownHost();
  const env = sshd.environment();
  await using server = await startServer({ env, capabilities: { elicitation: { form: {} } } });
  const asked = answerForms(server, { action: "accept", content: { trust: Boolean(1) } });
  assert.equal((await server.run("echo hi")).body, "hi\n");
  await server.call("close_all_sessions");
  assert.equal((await server.run("echo again")).body, "again\n");
  assert.equal(asked.length, 1);
  assert.match(asked[0]!, /SHA256:/);
});

const REFUSALS: readonly ElicitResult[] = [
  { action: "decline" },
  { action: "cancel" },
  { action: "accept", content: { trust: Boolean(0) } },
];

for (const answer of REFUSALS) {
  Deno.test(`formFor() refuses the key on ${JSON.stringify(answer)}`, async () => {
    await using sshd = await startUnknownHost();
    const env = sshd.environment();
    await using server = await startServer({ env, capabilities: { elicitation: { form: {} } } });
    const asked = answerForms(server, answer);
    const reply = await server.run("echo hi");
    assert.ok(reply.isError);
    assert.match(reply.firstLine, /host key of "testhost" is unknown: .*SHA256:/);
    assert.equal(asked.length, 1);
  });
}

Deno.test("formFor() asks nobody where the client has no forms", async () => {
  await using sshd = await startUnknownHost();
  await using server = await startServer({ env: sshd.environment() });
  const reply = await server.run("echo hi");
  assert.ok(reply.isError);
  assert.match(reply.body, /StrictHostKeyChecking accept-new/);
});
