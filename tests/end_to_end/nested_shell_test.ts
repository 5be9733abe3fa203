import assert from "node:assert/strict";
import { endOf, idOf, startWorld } from "../support/world.ts";
import { type ShellHost, startShellHosts } from "./login_shells.ts";

/** Starts a shell inside the present one; its command must ask at its prompt. */
async function enter(host: ShellHost, command: string): Promise<string> {
  const reply = await host.run(command, { timeout: 15 });
  assert.equal(reply.meta?.state, "awaiting_input", `${host.name}: ${command}: ${reply.text}`);
  assert.equal(reply.meta.prompt?.kind, "shell", host.name);
  return idOf(reply);
}

/** Leaves it by its command `exit`, and checks how the command that started it ended. */
async function leave(host: ShellHost, id: string, status: number): Promise<void> {
  const reply = await host.run(`exit ${status}`, { timeout: 15 });
  assert.equal(reply.meta?.state, "exited", `${host.name}: ${reply.text}`);
  assert.equal(reply.meta.exit_status, status, host.name);
  const outer = await endOf(host.server, id);
  assert.equal(outer.meta?.state, "exited", `${host.name}: ${outer.text}`);
  assert.equal(outer.meta.exit_status, status, host.name);
}

async function depthOf(host: ShellHost): Promise<{ nested: number; shell: string }> {
  const { structuredContent } = await host.server.call("list_sessions");
  const rows = structuredContent.sessions as {
    user: string;
    nested_shells: number;
    shell: string;
  }[];
  const own = rows.find(({ user }) => user === host.account.name);
  return { nested: own?.nested_shells ?? -1, shell: own?.shell ?? "" };
}

Deno.test("in every shell nested shells are adopted three levels deep and left with exact statuses", async () => {
  await using hosts = await startShellHosts({ files: () => ({ ".zshrc": "PS1='%n@%m %# '\n" }) });
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("level=0; cd /usr");
    const bash = await enter(host, "bash");
    assert.equal((await host.run("level=1; cd bin; (exit 3)")).meta?.exit_status, 3, host.name);
    const dash = await enter(host, "dash");
    assert.equal((await host.run("echo $?; level=2; cd /")).body, "0\n", host.name);
    const zsh = await enter(host, "zsh");
    const inner = await host.run("echo 'a\nb'; pwd; (exit 9)");
    assert.deepEqual(await depthOf(host), { nested: 3, shell: "zsh" }, host.name);
    assert.equal(inner.body, "a\nb\n/\n", host.name);
    assert.equal(inner.meta?.exit_status, 9, host.name);
    await leave(host, zsh, 7);
    assert.equal((await host.run("echo $? $level; pwd")).body, "7 2\n/\n", host.name);
    await leave(host, dash, 0);
    assert.equal((await host.run("echo $? $level; pwd")).body, "0 1\n/usr/bin\n", host.name);
    await leave(host, bash, 255);
    assert.equal((await host.run("echo $? $level; pwd")).body, "255 0\n/usr\n", host.name);
    assert.deepEqual(await depthOf(host), { nested: 0, shell: host.name }, host.name);
  }));
});

Deno.test("in every shell each of the others can run inside it", async () => {
  await using hosts = await startShellHosts({ files: () => ({ ".zshrc": "PS1='%# '\n" }) });
  await Promise.all(hosts.all.map(async (host) => {
    for (const shell of ["ksh93", "mksh", "busybox ash", "zsh", "bash --norc", "sh"]) {
      const id = await enter(host, shell);
      const reply = await host.run("echo in; (exit 4)", { timeout: 15 });
      assert.equal(reply.body, "in\n", `${host.name}: ${shell}: ${reply.text}`);
      assert.equal(reply.meta?.exit_status, 4, `${host.name}: ${shell}`);
      assert.equal((await host.run("echo $?")).body, "4\n", `${host.name}: ${shell}`);
      await leave(host, id, 6);
    }
  }));
});

Deno.test("in every shell a nested shell that dies gives the outer one back", async () => {
  await using hosts = await startShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("kept=1");
    const id = await enter(host, "bash");
    const killed = await host.run("kill -9 $$", { timeout: 15 });
    assert.equal(killed.meta?.state, "exited", `${host.name}: ${killed.text}`);
    assert.equal(killed.meta.exit_status, 137, host.name);
    const outer = await endOf(host.server, id);
    assert.equal(outer.meta?.exit_status, 137, `${host.name}: ${outer.text}`);
    const next = await host.run("echo back $kept", { timeout: 15 });
    assert.match(next.body, /^back 1\n/, `${host.name}: ${next.text}`);
    const errexit = await enter(host, "bash");
    assert.equal((await host.run("set -e; false")).meta?.exit_status, 1, host.name);
    const ended = await endOf(host.server, errexit);
    assert.equal(ended.meta?.exit_status, 1, host.name);
    assert.match((await host.run("echo back $kept")).body, /^back 1\n/, host.name);
  }));
});

Deno.test("in every shell a nested shell with commands to run is an ordinary command", async () => {
  await using hosts = await startShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    for (
      const command of [
        "bash -c 'echo in; exit 4'",
        "echo 'echo in; exit 4' | sh",
        "sh <<'END'\necho in\nexit 4\nEND",
        "bash -ic 'echo in; exit 4' 2>/dev/null",
        "(echo in; exit 4)",
      ]
    ) {
      const reply = await host.run(command);
      assert.equal(reply.meta?.exit_status, 4, `${host.name}: ${command}: ${reply.text}`);
      assert.equal(reply.body, "in\n", `${host.name}: ${command}`);
    }
  }));
});

Deno.test("a shell of another language is a program that asks: nothing of ours is typed into it", async () => {
  await using world = await startWorld();
  const { server } = world;
  const host = server.host;
  const begun = await server.call("execute_command", { host, command: "elvish", timeout: 30 });
  assert.match(begun.firstLine, /^\[awaiting-input text\]/);
  const refused = await server.call("execute_command", { host, command: "echo hi" });
  assert.match(refused.text, /is held by command/);
  const command_id = idOf(begun);
  const answered = await server.call("send_input", { command_id, input_text: "+ 20 22" });
  assert.match(answered.body, /42/);
  const screen = (await server.call("read_screen", { host })).text;
  assert.doesNotMatch(screen, /_mcp_ssh|VERSION|printf/);
  const left = await server.call("send_input", { command_id, input_text: "exit", wait: 20 });
  assert.match((await endOf(server, left)).firstLine, /^\[exit 0\]/);
});
