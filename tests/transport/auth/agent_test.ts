import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Agent, AgentError } from "../../../src/transport/auth/agent.ts";
import { keyTypeOf } from "../../../src/transport/keys/key_blob.ts";
import { isSignedBy } from "../../../src/transport/keys/signature_check.ts";
import { Buffer } from "node:buffer";
import { mustRun } from "../../support/command.ts";
import { startSshd } from "../../support/sshd.ts";
import { startAgent } from "../ssh_agent.ts";
import { targetOf } from "../targets.ts";

Deno.test("Agent lists its keys and signs with each, several at once", async () => {
  await using agent = await startAgent();
  const directory = await Deno.makeTempDir();
  for (const type of ["ed25519", "rsa", "ecdsa"]) {
    await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", `${directory}/${type}`]);
    await agent.add(`${directory}/${type}`, "");
  }
  const client = new Agent(agent.socketPath);
  const keys = await client.list();
  const types = keys.map(({ blob }) => keyTypeOf(blob));
  assert.deepEqual(types, ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"]);
  const data = Buffer.from("to be signed");
  await Promise.all(keys.map(async ({ blob }) => {
    const type = keyTypeOf(blob);
    const algorithm = type === "ssh-rsa" ? "rsa-sha2-512" : type;
    const signature = await client.signer(blob).sign(data, algorithm);
    assert.ok(isSignedBy(blob, data, signature));
  }));
  await assert.rejects(client.signer(Buffer.from("no key")).sign(data, "x"), AgentError);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("Agent says that nothing answers, and tries anew the next time", async () => {
  const socketPath = `${await Deno.makeTempDir()}/socket`;
  const client = new Agent(socketPath);
  await assert.rejects(client.list(), /no agent answers at .*socket \(ENOENT\)/);
  await assert.rejects(client.list(), AgentError);
});

Deno.test("the default form cannot use an agent and names the form that can", async () => {
  await using sshd = await startSshd();
  await using agent = await startAgent();
  await agent.add(sshd.keyPath, "");
  const target = JSON.stringify(
    targetOf(sshd, { identityFiles: [], identitiesOnly: false, identityAgent: agent.socketPath }),
  );
  const script = fileURLToPath(new URL("../agent_login.ts", import.meta.url));
  const shipped = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env", "--deny-import"];
  const start = (permissions: readonly string[], ...rest: readonly string[]): Promise<string> =>
    mustRun([Deno.execPath(), "run", ...permissions, script, target, ...rest]);
  const refused = await start(shipped);
  assert.match(refused, /^denied|^prompt/);
  assert.match(refused, /may not use the agent at .*: a socket takes write permission/);
  assert.ok(refused.includes('Start the form for agents ("deno task start:agent"'), refused);
  const exact = `with SSH_AUTH_SOCK=${agent.socketPath} in its environment`;
  assert.ok(refused.includes(exact), refused);
  assert.ok(refused.includes(`or add --allow-write=${agent.socketPath} to`), refused);
  const second = [...shipped, `--allow-write=${agent.socketPath}`];
  assert.equal(await start(second), "granted: publickey\n");
  assert.match(await start(second, "revoke"), /^(?:denied|prompt): publickey\n$/);
});
