import assert from "node:assert/strict";
import { join } from "node:path";
import { type Account, createAccount } from "../support/account.ts";
import { command } from "../support/command.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, endOf, idOf, SLEEP, type World } from "../support/world.ts";

const SUDOERS = { account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } };

const UNSHARE = "unshare --mount --pid --fork --mount-proc bash";

/** How a shell is begun inside the login shell, and what it is listed as. */
const SHELLS: readonly (readonly [command: string, listedAs: string])[] = [
  ["bash", "bash"],
  ["dash", "dash"],
  ["zsh -f", "zsh"],
  ["ksh93", "ksh93"],
  ["mksh", "mksh"],
  ["yash", "yash"],
  ["busybox sh", "sh"],
  ["sudo -i", "bash"],
  ["sudo su -", "bash"],
  // Containers often forbid new namespaces; changing the root they allow.
  [`sudo ${await mayUnshare() ? UNSHARE : "chroot / bash"}`, "bash"],
  ["sudo chroot / /bin/sh", "sh"],
];

Deno.test("a shell inside the shell is adopted, keeps its state, and exit leads back with its status", async () => {
  await using world = await borrowWorld(SUDOERS);
  await Promise.all(SHELLS.map(async ([command, listedAs]) => {
    const session = new InSession(world.server, command);
    await session.gives("outer=kept", { exitStatus: 0, body: "" });
    const begun = await session.enter(command);
    await session.gives("inner=here; (exit 3)", { exitStatus: 3, body: "" });
    await session.gives("echo $? $inner ${outer-}", { exitStatus: 0, body: "3 here\n" });
    await session.gives("cd /usr && pwd", { exitStatus: 0, body: "/usr\n" });
    assert.deepEqual(await session.shell(), { shell: listedAs, nested: 1 });
    assert.equal((await session.run("exit 7")).meta?.exit_status, 7);
    const over = await world.server.call("get_command_status", {
      command_id: idOf(begun),
      wait: 20,
    });
    assert.equal(over.meta?.exit_status, 7);
    await session.gives("echo $? ${inner-} $outer", { exitStatus: 0, body: "7 kept\n" });
    assert.deepEqual(await session.shell(), { shell: "bash", nested: 0 });
  }));
});

Deno.test("ssh from one process id namespace to another, where both shells are process 1", async () => {
  // A container's login: its shell is the first process there.
  const config = ["ForceCommand sudo unshare --pid --fork --mount-proc bash --norc"];
  await using inner = await startSshd({ ...SUDOERS, config });
  await using outer = await borrowWorld({ ...SUDOERS, config });
  const { server } = outer;
  const key = join(outer.sshd.account!.home, "key");
  await Deno.copyFile(inner.keyPath, key);
  await Deno.chmod(key, 0o600);
  assert.equal((await server.run("echo $$; where=outer")).body, "1\n");
  const ssh = `ssh -tt -i ${key} -p ${inner.port} -o StrictHostKeyChecking=no ` +
    `-o UserKnownHostsFile=/dev/null -o LogLevel=QUIET ${inner.user}@127.0.0.1`;
  await enter(server, ssh);
  await gives(server, "echo $$ ${where-unset}; (exit 3)", { exitStatus: 3, body: "1 unset\n" });
  await gives(server, "echo $?; where=inner", { exitStatus: 0, body: "3\n" });
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 1 });
  assert.equal((await server.run("exit 5")).meta?.exit_status, 5);
  await gives(server, "echo $$ $where $?", { exitStatus: 0, body: "1 outer 5\n" });
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 0 });
});

Deno.test("fish inside the shell is adopted as fish, tcsh by a POSIX shell inside of it", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await enter(server, "fish");
  await gives(server, "set -l x 1; false; echo $status", { exitStatus: 0, body: "1\n" });
  assert.deepEqual(await shellOf(server), { shell: "fish", nested: 1 });
  assert.equal((await server.run("exit 7")).meta?.exit_status, 7);
  const tcsh = await enter(server, "tcsh");
  await gives(server, "echo $((40 + 2)); (exit 3)", { exitStatus: 3, body: "42\n" });
  assert.equal((await server.run("exit 8")).meta?.exit_status, 8);
  const over = await endOf(server, tcsh);
  assert.equal(over.meta?.exit_status, 8);
  assert.equal((await server.run("echo $?")).body, "8\n");
});

Deno.test("su asks its password, and the shell it opens is adopted", async () => {
  await using world = await borrowWorld({ account: { password: "right-horse" } });
  const { server, sshd } = world;
  const asks = await server.run(`su - ${sshd.user}`);
  assert.match(asks.firstLine, /^\[awaiting-input password\] /);
  const inside = await server.call("send_input", {
    command_id: idOf(asks),
    input_text: "right-horse",
    secret: true,
    wait: 20,
  });
  assert.match(inside.firstLine, /^\[awaiting-input shell\] /);
  await gives(server, "echo $SHLVL; (exit 9)", { exitStatus: 9, body: "1\n" });
  assert.equal((await server.run("exit 4")).meta?.exit_status, 4);
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 0 });
});

Deno.test("shells three levels deep over two hosts give each level's status, and exit leads back one by one", async () => {
  await using world = await borrowWorld(SUDOERS);
  await using inner = await startSecond(world);
  const { server } = world;
  await enter(server, "sudo -i");
  await server.run("level=one");
  await enter(server, inner.ssh);
  await gives(server, "id -un", { exitStatus: 0, body: `${inner.account.name}\n` });
  await gives(server, "level=two; cd /usr; (exit 5)", { exitStatus: 5, body: "" });
  await enter(server, "dash");
  await gives(server, "echo $?$level; pwd; (exit 6)", { exitStatus: 6, body: "0\n/usr\n" });
  assert.deepEqual(await shellOf(server), { shell: "dash", nested: 3 });
  await gives(server, "exit 3", { exitStatus: 3, body: "" });
  await gives(server, "echo $? $level", { exitStatus: 0, body: "3 two\n" });
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 2 });
  assert.equal((await server.run("exit 2")).meta?.exit_status, 2);
  await gives(server, "echo $? $level; id -un", { exitStatus: 0, body: "2 one\nroot\n" });
  assert.equal((await server.run("exit 1")).meta?.exit_status, 1);
  await gives(server, "echo $?", { exitStatus: 0, body: "1\n" });
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 0 });
});

Deno.test("a command on a host behind the host is interrupted there, and TERM never hits the way to it", async () => {
  await using world = await borrowWorld();
  await using inner = await startSecond(world);
  const { server } = world;
  const ssh = await enter(server, inner.ssh);
  await server.run("kept=yes");
  const begun = await begin(server, SLEEP);
  const refused = await interrupt(server, begun, "TERM");
  assert.ok(refused.isError);
  assert.match(refused.text, /another host or in a container[^]*INT/);
  const ended = await interrupt(server, begun, "INT");
  assert.equal(ended.meta?.exit_signal, "INT");
  await gives(server, "echo $kept", { exitStatus: 0, body: "yes\n" });
  const gone = await interrupt(server, ssh, "KILL");
  assert.equal(gone.meta?.exit_signal, "KILL");
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 0 });
});

Deno.test("a signal to a command of another user is refused with what to do instead", async () => {
  await using world = await borrowWorld(SUDOERS);
  const { server } = world;
  await enter(server, "sudo -i");
  const begun = await begin(server, SLEEP);
  const refused = await interrupt(server, begun, "KILL");
  assert.ok(refused.isError);
  assert.match(refused.text, /another user[^]*INT/);
  assert.equal((await interrupt(server, begun, "INT")).meta?.exit_signal, "INT");
  await gives(server, "id -un", { exitStatus: 0, body: "root\n" });
});

Deno.test("an inner shell that is killed ends its command, and the outer one goes on with its state", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  await server.run("outer=kept");
  const begun = await enter(server, "bash");
  await server.run("echo adopted");
  const killed = await server.run("kill -9 $$");
  assert.equal(killed.meta?.exit_status, 137);
  const over = await endOf(server, begun);
  assert.equal(over.meta?.exit_status, 137);
  await gives(server, "echo $outer", { exitStatus: 0, body: "kept\n" });
  await enter(server, "bash --norc");
  assert.equal((await server.run("set -e; false")).meta?.exit_status, 1);
  await gives(server, "echo $? $outer", { exitStatus: 0, body: "1 kept\n" });
});

Deno.test("an inner shell that dies while its command runs ends both with what the outer shell says", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const outer = await enter(server, "bash --norc");
  const pid = (await server.run("echo $$")).body.trim();
  const begun = await begin(server, SLEEP);
  assert.equal((await server.run(`kill -9 ${pid}`, { session: "other" })).meta?.exit_status, 0);
  for (const reply of [begun, outer]) {
    const over = await endOf(server, reply);
    assert.equal(over.meta?.state, "exited", over.text);
    assert.equal(over.meta.exit_status, 137);
  }
  await gives(server, "echo on", { exitStatus: 0, body: "on\n" });
});

Deno.test("exec of another shell inside a nested one is adopted in its place", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const outer = await enter(server, "bash");
  await server.run("cd /usr");
  await enter(server, "exec zsh -f");
  await gives(server, "echo $ZSH_NAME; pwd", { exitStatus: 0, body: "zsh\n/usr\n" });
  assert.deepEqual(await shellOf(server), { shell: "zsh", nested: 1 });
  assert.equal((await server.run("exit 6")).meta?.exit_status, 6);
  const over = await endOf(server, outer);
  assert.equal(over.meta?.exit_status, 6);
  assert.deepEqual(await shellOf(server), { shell: "bash", nested: 0 });
});

Deno.test("an interpreter that is no shell is not adopted: the next command is refused with its question and id", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const python = await server.run("python3 -q");
  assert.match(python.firstLine, /^\[awaiting-input text\] /);
  const refused = await server.run("echo hi");
  assert.ok(refused.isError);
  assert.ok(refused.text.includes(">>>") && refused.text.includes(idOf(python)), refused.text);
  const exits = { command_id: idOf(python), input_text: "exit(3)", wait: 20 };
  const over = await server.call("send_input", exits);
  assert.equal(over.meta?.exit_status, 3);
  await gives(server, "echo $?", { exitStatus: 0, body: "3\n" });
});

Deno.test("a program that only looks like a shell is left alone and says whose it is", async () => {
  await using world = await borrowWorld();
  const { server } = world;
  const fake =
    'python3 -uc \'import sys\nfor i in range(9): print("$ ", end=""); sys.stdin.readline()\'';
  const begun = await server.run(fake);
  assert.match(begun.firstLine, /^\[awaiting-input text\] /);
  const refused = await server.run("echo hi", { timeout: 20 });
  assert.ok(refused.isError, refused.text);
  assert.match(refused.text, /send_input/);
  await interrupt(server, begun, "INT");
  await gives(server, "echo on", { exitStatus: 0, body: "on\n" });
});

Deno.test("what an inner shell prints before it is adopted is no part of the command's output", async () => {
  await using world = await borrowWorld({
    account: {
      files: { ".bashrc": "echo 'Welcome inside'; PS1='\\[\\e[32m\\]prod ❯\\[\\e[0m\\] '\n" },
    },
  });
  const { server } = world;
  const begun = await enter(server, "bash");
  assert.match(begun.body, /^Welcome inside\nprod ❯ /);
  await gives(server, "echo exact", { exitStatus: 0, body: "exact\n" });
});

async function mayUnshare(): Promise<boolean> {
  return (await command([...UNSHARE.replace(/bash$/, "true").split(" ")] as [string])).code === 0;
}

interface Expected {
  readonly exitStatus: number;
  readonly body: string;
}

/** One session of the host, with what these tests ask of it. */
class InSession {
  readonly #server: ServerUnderTest;
  readonly #session: string;

  constructor(server: ServerUnderTest, session: string) {
    this.#server = server;
    this.#session = session;
  }

  run(command: string): Promise<ToolReply> {
    return this.#server.run(command, { session: this.#session });
  }

  async gives(command: string, expected: Expected): Promise<void> {
    const reply = await this.run(command);
    const { exit_status: exitStatus } = reply.meta ?? {};
    const seen = { exitStatus, body: reply.body };
    assert.deepEqual(seen, expected, `${this.#session}: ${reply.text}`);
  }

  async enter(command: string): Promise<ToolReply> {
    const reply = await this.run(command);
    assert.match(reply.firstLine, /^\[awaiting-input shell\] /);
    assert.match(reply.text, /"exit" leaves it/);
    return reply;
  }

  async shell(): Promise<{ shell: string; nested: number }> {
    const { structuredContent } = await this.#server.call("list_sessions");
    const rows = structuredContent.sessions as Record<string, unknown>[];
    const row = rows.find(({ session }) => session === this.#session)!;
    return { shell: String(row.shell), nested: Number(row.nested_shells) };
  }
}

function gives(server: ServerUnderTest, command: string, expected: Expected): Promise<void> {
  return new InSession(server, "main").gives(command, expected);
}

function enter(server: ServerUnderTest, command: string): Promise<ToolReply> {
  return new InSession(server, "main").enter(command);
}

function shellOf(server: ServerUnderTest): Promise<{ shell: string; nested: number }> {
  return new InSession(server, "main").shell();
}

function interrupt(server: ServerUnderTest, of: ToolReply, signal: string): Promise<ToolReply> {
  return server.call("interrupt_command_by_id", { command_id: idOf(of), signal });
}

interface Second extends AsyncDisposable {
  readonly account: Account;
  /** The command line that leads there from the first host. */
  readonly ssh: string;
}

/** A second host, whose key lies with the first one's accounts. */
async function startSecond({ sshd: first }: World): Promise<Second> {
  const account = await createAccount();
  const sshd: Sshd = await startSshd({ accounts: [account] });
  const { home, uid, gid } = first.account!;
  const key = join(home, "inner_key");
  await Deno.copyFile(sshd.keyPath, key);
  await Deno.chmod(key, 0o600);
  await Deno.chown(key, uid, gid);
  const options =
    "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
  return {
    account,
    ssh: `ssh ${options} -i ${key} -p ${sshd.port} ${account.name}@127.0.0.1`,
    [Symbol.asyncDispose]: async () => {
      await sshd[Symbol.asyncDispose]();
      await account[Symbol.asyncDispose]();
    },
  };
}
