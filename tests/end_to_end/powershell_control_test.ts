import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { command } from "../support/command.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { powerShellTest, startPowerShellWorld } from "../support/powershell.ts";
import { begin, endOf, idOf } from "../support/world.ts";
import { ENDLESS } from "./powershell_endless.ts";

/** How long a stop may take. */
const STOP_MS = 10_000;

powerShellTest("PowerShell: INT stops whatever runs, and the session lives on", async () => {
  await using world = await startPowerShellWorld();
  const { server } = world;
  await server.run("$kept = 1", { timeout: 50 });
  for (const [what, line] of Object.entries(ENDLESS)) {
    const running = await begin(server, line, { shows: /^up$/m });
    const command_id = idOf(running);
    await server.call("interrupt_command_by_id", { command_id, signal: "INT" });
    const stopped = await until(`${what} is stopped`, async () => {
      const reply = await server.call("get_command_status", { command_id });
      return reply.meta?.state !== "running" && reply;
    }, { timeoutMs: STOP_MS });
    assert.equal(stopped.meta?.state, "interrupted", `${what}: ${stopped.text}`);
  }
  assert.equal((await server.run('"$kept"')).body, "1\n");
  await refusals(server);
  await confirmations(server);
  await secrets(server);
  const killed = await interrupt(
    server,
    await begin(server, ENDLESS["a tight loop"]!, {
      shows: /^up$/m,
    }),
    "KILL",
  );
  assert.equal(killed.meta?.state, "interrupted", killed.text);
  assert.equal((await server.run('"[$kept]"')).body.split("\n")[0], "[]");
});

/** A question during a stop is refused: an empty line would take the default, Yes. */
const ASKING: Readonly<Record<string, readonly [line: string, shows: RegExp]>> = {
  "a confirmation": ["Remove-Item mcp_k -Confirm", /\[Y\] Yes .*: $/m],
  "a confirmation in a pipeline": ["'mcp_k', 'mcp_k' | Remove-Item -Confirm", /\[Y\] Yes .*: $/m],
  "a confirmation in finally": [
    "'up'; try { Start-Sleep 300 } finally { Remove-Item mcp_k -Confirm }",
    /^up$/m,
  ],
  "a question of a function's own": [
    "function sc { [CmdletBinding(SupportsShouldProcess)]param() " +
    "if ($PSCmdlet.ShouldContinue('q', 'c')) { [IO.File]::Delete(\"$PWD/mcp_k\") } }; sc",
    /\[Y\] Yes .*: $/m,
  ],
  "two mandatory values": [
    "function mm { param([Parameter(Mandatory)]$A, [Parameter(Mandatory)]$B) Remove-Item mcp_k }; mm",
    /^A: $/m,
  ],
  "a program that reads": ["'up'; cat", /^up$/m],
};

async function confirmations(server: ServerUnderTest): Promise<void> {
  await server.run("Set-Content mcp_k kept");
  for (const [what, [line, shows]] of Object.entries(ASKING)) {
    const command_id = idOf(await begin(server, line, { shows }));
    await server.call("interrupt_command_by_id", { command_id });
    const stopped = await endOf(server, command_id);
    assert.equal(stopped.meta?.state, "interrupted", `${what}: ${stopped.text}`);
    assert.doesNotMatch(stopped.body, /\n\n$/, what);
    assert.equal((await server.run("Get-Content mcp_k")).body, "kept\n", what);
  }
  const asked = await server.run("Remove-Item mcp_k -Confirm; Test-Path mcp_k");
  const command_id = idOf(asked);
  const answer = { command_id, wait: 20 };
  await server.call("send_input", { ...answer, input_text: "s" });
  const nested = await until("the nested prompt is told", async () => {
    const reply = await server.call("get_command_status", { command_id, offset: 0 });
    return reply.meta?.prompt?.text.includes("no nested prompt") && reply;
  });
  assert.match(nested.text, /Enter goes back/);
  const again = await server.call("send_input", { ...answer, input_text: "" });
  assert.match(again.meta?.prompt?.text ?? "", /^\[Y\] Yes/, again.text);
  const kept = await server.call("send_input", { ...answer, input_text: "n" });
  assert.match(kept.body, /True\n$/, kept.text);
}

/** Secrets are read as lines, since there are no keys; what stops the loop ends its process. */
async function secrets(server: ServerUnderTest): Promise<void> {
  const length = "$s = Read-Host -AsSecureString 'Secret'; \"$($s.GetType().Name) $($s.Length)\"";
  const name = "$c = Get-Credential bob; $c.UserName, $c.GetNetworkCredential().Password.Length";
  for (const [line, body] of [[length, "SecureString 7\n"], [name, "bob\n7\n"]] as const) {
    const asked = await server.run(line, { timeout: 20 });
    assert.equal(asked.meta?.state, "awaiting_input", asked.text);
    const answer = { command_id: idOf(asked), input_text: "hunter2", secret: true, wait: 20 };
    const { text } = await server.call("send_input", answer);
    assert.ok(text.includes(body), text);
  }
  const lost = await server.run(
    "function ms { param([Parameter(Mandatory)][securestring]$S) }; ms",
    { timeout: 20 },
  );
  assert.match(lost.text, /the shell ended with this command/);
  const next = await server.run("'ran'", { timeout: 50 });
  assert.match(next.body, /^ran$/m);
}

powerShellTest(
  "PowerShell: two sessions run in parallel, and a cut connection leaves nothing",
  async () => {
    await using world = await startPowerShellWorld();
    const { server, sshd } = world;
    const uid = String(sshd.account!.uid);
    const warm = { timeout: 50 };
    await Promise.all(["main", "b", "c"].map((session) => server.run("1", { session, ...warm })));
    const one = await begin(server, "'up'; sleep 301", { shows: /^up$/m });
    await server.run("Set-Content mcp_k kept", { session: "c" });
    const asked = await server.run("Remove-Item mcp_k -Confirm", { session: "d", timeout: 50 });
    assert.equal(asked.meta?.state, "awaiting_input", asked.text);
    const two = await begin(server, "'up'; while ($true) { }", { session: "b", shows: /^up$/m });
    assert.equal((await server.run("1 + 1", { session: "c" })).body, "2\n");
    const lists = await server.call("list_sessions");
    assert.match(lists.text, /pwsh 7\.\d/);
    await sshd.cutConnections();
    for (const reply of [one, two]) {
      const lost = await server.call("get_command_status", { command_id: idOf(reply), wait: 30 });
      assert.equal(lost.meta?.state, "lost", lost.text);
    }
    await until("nothing is left of them", async () => {
      const { stdout } = await command(["ps", "-U", uid, "-o", "stat=,args="]);
      return stdout.split("\n").every((line) => line.trim() === "" || line.startsWith("Z"));
    }, { timeoutMs: 30_000, everyMs: 200 });
    assert.match((await server.run("'again'; Get-Content mcp_k", warm)).text, /again\nkept\n/);
  },
);

async function interrupt(
  server: ServerUnderTest,
  running: ToolReply,
  signal: string,
): Promise<ToolReply> {
  const command_id = idOf(running);
  await server.call("interrupt_command_by_id", { command_id, signal });
  return await server.call("get_command_status", { command_id, wait: 20 });
}

async function refusals(server: ServerUnderTest): Promise<void> {
  const { host } = server;
  const running = await begin(server, "'up'; Start-Sleep 300", { shows: /^up$/m });
  const command_id = idOf(running);
  for (const signal of ["QUIT", "TSTP"]) {
    const refused = await server.call("interrupt_command_by_id", { command_id, signal });
    assert.match(refused.text, /does not exist in a PowerShell session/);
  }
  const end = await server.call("send_input", { command_id, input_text: "\x04" });
  assert.match(end.text, /standard input of a PowerShell session cannot end/);
  assert.match((await server.call("send_keys", { command_id, keys: "<up>" })).text, /no terminal/);
  assert.match((await server.call("read_screen", { host })).text, /there is no screen/);
  await interrupt(server, running, "INT");
  const sudo = await server.run("'x'", { sudo_password: "not-a-secret" });
  assert.match(sudo.text, /sudo_password needs a terminal/);
  const durable = await server.call("execute_command_async", {
    host,
    command: "'x'",
    durable: true,
  });
  assert.match(durable.text, /cannot keep a durable command/);
  const forCmd = await server.run("if exist x echo %PATH%");
  assert.match(forCmd.text, /commands here are PowerShell.*cmd \/c/);
}
