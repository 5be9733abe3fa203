import { powerShellTest } from "../support/powershell.ts";
import { hurriedCommand } from "../support/program.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { STATE_GROUPS } from "./groups.ts";
import { drive, type StateGroup } from "./state.ts";

for (const group of STATE_GROUPS) {
  const title =
    `each advised call does what it says in the state in which it is advised: ${group.title}`;
  if (/PowerShell/.test(title)) powerShellTest(title, () => driveAll(group));
  else Deno.test(title, (test) => driveAll(group, test));
}

async function driveAll(
  { sshd: options, prepare, env, isHurried, states }: StateGroup,
  test?: Deno.TestContext,
): Promise<void> {
  await using prepared = await prepare?.();
  await using sshd = await startSshd({ ...options, ...prepared?.sshd });
  const program = isHurried === true ? { program: hurriedCommand() } : {};
  await using server = await startServer({ env: sshd.environment({ ...env }), ...program });
  for (const state of states) {
    if (test === undefined) await drive(state, { server, sshd });
    else await test.step(state.title, () => drive(state, { server, sshd }));
  }
}
