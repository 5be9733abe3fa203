import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "../../support/command.ts";
import { startServer } from "../../support/mcp_client.ts";
import { PRODUCTION_FLAGS } from "../../support/program.ts";
import { startSshd } from "../../support/sshd.ts";
import { startAgent } from "../ssh_agent.ts";

const LIST = fileURLToPath(new URL("../agent_form_list.ts", import.meta.url));
const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

Deno.test("openAgentAndGiveUpWriting() keeps the agent and can write no file", async () => {
  await using agent = await startAgent();
  const directory = await Deno.makeTempDir();
  const flags = [...PRODUCTION_FLAGS, "--allow-write"];
  const list = (path: string): Promise<string> =>
    mustRun([Deno.execPath(), "run", ...flags, LIST, path, join(directory, "file")]);
  assert.match(await list(agent.socketPath), /^0 keys, NotCapable, (denied|prompt)\n$/);
  assert.match(await list(join(directory, "none")), /may not use the agent.*, NotCapable, /);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("main() started with write permission logs in by the agent's key", async () => {
  await using agent = await startAgent();
  await using sshd = await startSshd({
    clientConfig: ["IdentityFile /nonexistent", "IdentitiesOnly no"],
  });
  await agent.add(sshd.keyPath, "");
  await using server = await startServer({
    env: sshd.environment({ SSH_AUTH_SOCK: agent.socketPath }),
    program: [Deno.execPath(), "run", ...PRODUCTION_FLAGS, "--allow-write", MAIN],
  });
  assert.equal((await server.run("echo in")).body.trim(), "in");
});
