import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { idOf } from "../support/world.ts";

const PASSWORD = "right-horse";

/** Runs sshd where proc(5) shows each user's own processes alone. */
const HIDEPID = [
  ...["unshare", "--mount", "sh", "-c"],
  'mount -t proc -o hidepid=2 proc /proc && exec "$@"',
  "sh",
];

Deno.test("on a host with hidepid=2 no password is typed unasked, and questions are still proven", async () => {
  await using sshd = await startSshd({
    within: HIDEPID,
    account: { password: PASSWORD, sudoers: "ALL=(ALL) ALL" },
  });
  const env = sshd.environment({ [`OVRD_${sshd.alias}_SUDO_PASS`]: PASSWORD });
  await using server = await startServer({ env });
  const mounted = await server.run("grep -c hidepid /proc/mounts; ls -d /proc/1 2>&1");
  assert.match(mounted.body, /^1\n.*No such file/);
  // One that only looks like sudo's question, by a process that nobody sees to be sudo.
  const asks =
    'printf %s "${SUDO_PROMPT-[sudo] password for x: }"; read -rs -t 2 x; printf %s "$x" > got';
  const like = await server.run(`sudo -k -n true; ${asks}`, { timeout: 20 });
  const got = join(sshd.account!.home, "got");
  await until("it gives up", async () => {
    const status = await server.call("get_command_status", { command_id: idOf(like) });
    return status.meta?.state === "exited";
  });
  assert.equal(await Deno.readTextFile(got), "");
  const asked = await server.run("sudo -k id -u");
  assert.equal(asked.meta?.state, "awaiting_input", asked.text);
  assert.equal(asked.meta.prompt?.kind, "password");
  const answered = await server.call("send_input", {
    command_id: idOf(asked),
    input_text: PASSWORD,
    secret: Boolean(1),
    wait: 20,
  });
  assert.match(answered.body, /^0$/m, answered.text);
  // Processes of the user's own are seen, so what they do is known.
  const quiet = await server.run("printf 'Continue? '; sleep 2; echo; echo over", { timeout: 20 });
  assert.equal(quiet.body, "Continue? \nover\n");
  const name = await server.run("read -p 'Name? ' n; echo hi $n", { timeout: 20 });
  assert.equal(name.meta?.state, "awaiting_input", name.text);
  assert.doesNotMatch(name.text, /seems to ask/);
  await server.call("send_input", { command_id: idOf(name), input_text: "Ann" });
  assert.equal((await server.run("bash --norc")).meta?.prompt?.kind, "shell");
  assert.match((await server.run("echo $SHLVL")).firstLine, / nested=1 /);
});
