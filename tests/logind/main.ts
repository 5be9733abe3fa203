// Durable commands under a real systemd-logind: `deno task logind [DIRECTORY]`, as root.
//
// Boots Debian in a container of systemd-nspawn(1), made by debootstrap(8) in DIRECTORY where none is
// there, and starts durable commands with KillUserProcesses=yes, with and without lingering, and =no.
import assert from "node:assert/strict";
import { beginDurable, endOf } from "../end_to_end/durable_command.ts";
import { until } from "../support/condition.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";
import { bootContainer, type Container } from "./container.ts";

const INPUTS = ["null", "fifo", "pty"] as const;
/** logind ends what a login left behind at once, and a user's manager after 10 s. */
const AFTER_LOGOUT_S = 14;

const directory = Deno.args[0] ?? "/var/tmp/mcp-ssh-session-logind";
await using container = await bootContainer(directory);
await refusesWithoutLinger(container);
await container.run("loginctl enable-linger joe");
await outlivesLogin(container, "KillUserProcesses=yes, lingering");
await container.run("loginctl disable-linger joe");
await container.setKill("no");
await outlivesLogin(container, "KillUserProcesses=no");

async function refusesWithoutLinger({ env }: Container): Promise<void> {
  await using server = await startServer({ env, host: "box" });
  for (const stdin of INPUTS) {
    const args = { host: "box", command: "touch ran", durable: true, stdin };
    const refused = await server.call("execute_command_async", args);
    assert.ok(refused.isError, refused.text);
    assert.match(refused.text, /KillUserProcesses=yes\) and joe may not linger/);
  }
  assert.equal((await server.run("ls")).body, "");
  say("KillUserProcesses=yes, no lingering: refused before anything ran");
}

async function outlivesLogin(box: Container, name: string): Promise<void> {
  const begun: ToolReply[] = [];
  {
    await using server = await startServer({ env: box.env, host: "box" });
    for (const stdin of INPUTS) begun.push(await begin(server, stdin));
  }
  await until("its login has ended", async () => {
    return (await box.run("pgrep -f '^sshd: joe' || :")) === "";
  }, { everyMs: 500 });
  await new Promise((resolve) => setTimeout(resolve, AFTER_LOGOUT_S * 1000));
  await box.run("touch /home/joe/go");
  await using later = await startServer({ env: box.env, host: "box" });
  for (const one of begun) {
    const ended = await endOf(later, one);
    assert.equal(ended.meta?.exit_status, 5, `${idOf(one)}: ${ended.text}`);
    assert.match(ended.body, /^up\ndown$/m);
  }
  await box.run("rm /home/joe/go");
  say(`${name}: ${begun.length} of ${begun.length} outlived the login by ${AFTER_LOGOUT_S} s`);
}

function begin(server: ServerUnderTest, stdin: string): Promise<ToolReply> {
  const command = "echo up; until [ -e go ]; do sleep 0.2; done; echo down; exit 5";
  return beginDurable(server, command, { stdin });
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
