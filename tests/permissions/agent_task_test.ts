import assert from "node:assert/strict";
import { join } from "node:path";
import { useAgentOnly } from "./agent_only.ts";
import { startServer } from "../support/mcp_client.ts";
import { productDirectory, runtimeEnvironment } from "../support/program.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { startAgent } from "../transport/ssh_agent.ts";

/** The command that README.md names, as a client would start it. */
const START_AGENT: readonly [string, ...string[]] = [
  Deno.execPath(),
  ...["task", "-q", "--cwd", productDirectory(), "start:agent"],
];

async function environment(
  sshd: Sshd,
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  return { ...await runtimeEnvironment(), ...sshd.environment(more) };
}

Deno.test("deno task start:agent logs in with the agent at SSH_AUTH_SOCK, also with blanks in it", async () => {
  await using sshd = await startSshd();
  await using agent = await startAgent("the agent's socket");
  await agent.add(sshd.keyPath, "");
  await useAgentOnly(sshd);
  const env = await environment(sshd, { SSH_AUTH_SOCK: agent.socketPath });
  await using server = await startServer({ env, program: START_AGENT });
  assert.equal((await server.run("echo in")).body, "in\n");
});

Deno.test("deno task start:agent starts without an agent, and can write nothing", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({ env: await environment(sshd), program: START_AGENT });
  assert.equal((await server.run("echo in")).body, "in\n");
});

Deno.test("deno task start:agent refuses a comma in SSH_AUTH_SOCK, which would permit two other paths", async () => {
  const [command, ...args] = START_AGENT;
  const env = { ...await runtimeEnvironment(), SSH_AUTH_SOCK: "/tmp/one,two/agent" };
  const { code, stderr } = await new Deno.Command(command, { args, env }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /SSH_AUTH_SOCK has a comma.*ssh-agent -a PATH/);
});

Deno.test("an IdentityAgent elsewhere is refused with an advice that helps", async () => {
  await using sshd = await startSshd();
  await using agent = await startAgent();
  await agent.add(sshd.keyPath, "");
  await useAgentOnly(sshd, `IdentityAgent ${agent.socketPath}`);
  const elsewhere = join(sshd.directory, "elsewhere");
  for (
    const env of [await environment(sshd), await environment(sshd, { SSH_AUTH_SOCK: elsewhere })]
  ) {
    await using server = await startServer({ env, program: START_AGENT });
    const { isError, text } = await server.run("true");
    assert.ok(isError, text);
    assert.ok(text.includes(`SSH_AUTH_SOCK=${agent.socketPath} in its environment`), text);
    assert.ok(text.includes(`or add --allow-write=${agent.socketPath} to`), text);
  }
  const env = await environment(sshd, { SSH_AUTH_SOCK: agent.socketPath });
  await using server = await startServer({ env, program: START_AGENT });
  assert.equal((await server.run("echo in")).body, "in\n");
});
