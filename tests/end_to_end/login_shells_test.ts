import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import type { SshdOptions } from "../support/sshd.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { begin, idOf, SLEEP } from "../support/world.ts";

/** Login shells that are driven as what they are, and what list_sessions calls them. */
const NATIVE: Readonly<Record<string, string>> = {
  "/usr/bin/dash": "dash",
  "/usr/bin/zsh": "zsh",
  "/usr/bin/ksh93": "ksh93",
  "/usr/bin/mksh": "mksh",
  "/usr/bin/yash": "yash",
};

Deno.test("a POSIX login shell of whatever kind is driven as what it is", async () => {
  await Promise.all(
    Object.entries(NATIVE).map(async ([shell, kind]) => {
      await using world = await borrowWorld({ account: { shell } });
      await keepsState(world.server);
      assert.deepEqual(await listed(world.server), { shell: kind, note: undefined });
    }),
  );
});

Deno.test("a login shell of fish is driven natively, with its own words", async () => {
  await using world = await borrowWorld({ account: { shell: "/usr/bin/fish" } });
  const { server } = world;
  assert.equal((await server.run("set x 'a b'; cd /usr; false")).meta?.exit_status, 1);
  assert.equal((await server.run("echo $status $x; pwd")).body, "1 a b\n/usr\n");
  assert.equal((await server.run("for i in 1 2; echo row $i; end")).body, "row 1\nrow 2\n");
  const wrong = await server.run("echo 'unclosed");
  assert.notEqual(wrong.meta?.exit_status, 0);
  assert.equal((await server.run("seq 1 3 | while read l; echo $l; end")).body, "1\n2\n3\n");
  const begun = await begin(server, SLEEP);
  const ended = await server.call("interrupt_command_by_id", { command_id: idOf(begun) });
  assert.equal(ended.meta?.exit_signal, "INT");
  assert.deepEqual(await listed(server), { shell: "fish", note: undefined });
  assert.equal((await server.run("exit 6")).meta?.exit_status, 6);
});

for (const shell of ["/usr/bin/tcsh", "/usr/bin/elvish", "/usr/bin/posh"]) {
  Deno.test(`a login shell of ${shell} is left for a POSIX shell, and list_sessions says so`, async () => {
    await using world = await borrowWorld({ account: { shell } });
    await keepsState(world.server);
    const { shell: kind, note } = await listed(world.server);
    assert.equal(kind, "bash");
    assert.match(note ?? "", new RegExp(`the login shell ${shell} .* commands run in bash`));
  });
}

Deno.test("a ForceCommand of bash is a shell like any other", async () => {
  await using world = await borrowWorld({ config: ["ForceCommand bash"] });
  await keepsState(world.server);
});

Deno.test("a ForceCommand that prints and ends is a clear error with what it printed", async () => {
  await using world = await borrowWorld({ config: ["ForceCommand echo only backups here"] });
  for (const _ of [1, 2]) {
    const refused = await world.server.run("echo hi");
    assert.ok(refused.isError);
    assert.match(refused.text, /only backups here[^]*ForceCommand/);
  }
});

const MENU = 'ForceCommand echo "1) shell"; echo "2) quit"; printf "Choice: "; read c; ' +
  '[ "$c" = 1 ] && exec bash -i; echo "bye $c"';

Deno.test("a ForceCommand's menu asks the caller, and the command runs behind the answer", async () => {
  await using world = await borrowWorld({ config: [MENU] });
  const { server } = world;
  const asks = await server.run("echo inside");
  assert.match(asks.firstLine, /^\[awaiting-input text\] /);
  assert.equal(asks.meta?.prompt?.text, "Choice: ");
  const ended = await server.call("send_input", {
    command_id: idOf(asks),
    input_text: "1",
    wait: 20,
  });
  assert.equal(ended.meta?.exit_status, 0);
  assert.equal(ended.body, "inside\n");
  assert.equal((await server.run("echo again")).body, "again\n");
});

Deno.test("a ForceCommand's menu that is left ends the command with what it said", async () => {
  await using world = await borrowWorld({ config: [MENU] });
  const { server } = world;
  const asks = await server.run("echo inside");
  const ended = await server.call("send_input", {
    command_id: idOf(asks),
    input_text: "2",
    wait: 20,
  });
  assert.equal(ended.meta?.state, "lost");
  assert.match(ended.text, /bye 2/);
});

const NO_SHELLS: Readonly<Record<string, RegExp>> = {
  "/usr/sbin/nologin": /This account is currently not available[^]*login shell/,
  "/bin/false": /closed the shell before its first prompt \(exit 1\)[^]*login shell/,
  "/bin/true": /closed the shell before its first prompt \(exit 0\)[^]*login shell/,
};

Deno.test("an account without a shell is a clear error, again and again", async () => {
  await Promise.all(
    Object.entries(NO_SHELLS).map(async ([shell, says]) => {
      await using world = await borrowWorld({ account: { shell } });
      for (const _ of [1, 2]) {
        const refused = await world.server.run("echo hi");
        assert.ok(refused.isError);
        assert.match(refused.text, says);
      }
    }),
  );
});

Deno.test("an account whose shell is missing is a clear error of the login", async () => {
  await using world = await borrowWorld({ account: { shell: "/no/such/shell" } });
  const refused = await world.server.run("echo hi");
  assert.ok(refused.isError);
  assert.match(refused.text, /Cannot log in/);
});

Deno.test("start-up files that exec fish lead to fish, driven as such", async (test) => {
  for (const line of ["exec fish", "[[ $- = *i* ]] && exec fish"]) {
    await test.step(line, async () => {
      await using world = await borrowWorld(startUp(line));
      const { server } = world;
      assert.equal((await server.run("set x 1; false")).meta?.exit_status, 1);
      assert.equal((await server.run("echo $status $x")).body, "1 1\n");
      assert.equal((await listed(server)).shell, "fish");
    });
  }
});

Deno.test("start-up files that exec tmux are gone around, and list_sessions says so", async () => {
  await using world = await borrowWorld(startUp("[[ $- = *i* ]] && exec tmux -L own"));
  const { server } = world;
  await keepsState(server);
  assert.match((await listed(server)).note ?? "", /full-screen program.*without them/);
  await server.run("tmux -L own kill-server");
});

Deno.test("start-up files that exec tmux for everything are a clear error at once", async () => {
  await using world = await borrowWorld(startUp('[ -z "$TMUX" ] && exec tmux -L own'));
  const refused = await world.server.run("echo hi");
  assert.ok(refused.isError);
  assert.match(
    refused.text,
    /start-up files begin a full-screen program|closed the shell before its first prompt/,
  );
});

Deno.test("start-up files that read standard input ask the caller, and send_input answers", async () => {
  await using world = await borrowWorld(startUp("read -p 'menu? ' choice"));
  const { server } = world;
  const asks = await server.run("echo it is $choice");
  assert.match(asks.firstLine, /^\[awaiting-input text\] /);
  assert.equal(asks.meta?.prompt?.text, "menu? ");
  const ended = await server.call("send_input", {
    command_id: idOf(asks),
    input_text: "seven",
    wait: 20,
  });
  assert.equal(ended.meta?.exit_status, 0);
  assert.equal(ended.body, "it is seven\n");
  assert.equal((await server.run("echo still $choice")).body, "still seven\n");
});

Deno.test("start-up files that print for ever hang neither the caller nor the server", async () => {
  await using world = await borrowWorld(startUp("while :; do echo spam spam spam; done"));
  const { server } = world;
  const waits = await server.run("echo hi", { timeout: 2 });
  // They flood the channel beside the shell, too, which a host may do only so far.
  if (waits.isError) return assert.match(waits.text, /printed more than 256 KiB for one request/);
  assert.equal(waits.meta?.state, "queued");
  assert.match(waits.text, /not typed yet/);
  await server.call("list_running_commands");
  const gone = await server.call("interrupt_command_by_id", { command_id: idOf(waits) });
  assert.equal(gone.meta?.state, "interrupted");
  const closed = await server.call("close_session", { host: server.host });
  assert.ok(!closed.isError, closed.text);
});

Deno.test("start-up files that take 3 s are waited for, and those that exit are a clear error", async () => {
  {
    await using world = await borrowWorld(startUp("sleep 3; ready=yes"));
    assert.equal((await world.server.run("echo $ready")).body, "yes\n");
  }
  await using world = await borrowWorld(startUp("echo maintenance; exit 4"));
  const refused = await world.server.run("echo hi");
  assert.ok(refused.isError);
  assert.match(refused.text, /\(exit 4\)[^]*maintenance/);
});

Deno.test("start-up files full of words of devices and prompts mislead nobody", async () => {
  const words = "Helios IOS-like cluster > read the rules #\nrouter>\nPassword expired? No.\n";
  await using world = await borrowWorld(startUp(`printf '%s' '${words}'; PS1='router# '`));
  await keepsState(world.server);
  assert.equal((await listed(world.server)).shell, "bash");
});

Deno.test("an account without a home directory works from /", async () => {
  await using world = await borrowWorld();
  const { server, sshd } = world;
  await Deno.remove(sshd.account!.home, { recursive: true });
  const reply = await server.run("pwd; (exit 3)");
  assert.equal(reply.meta?.exit_status, 3);
  assert.equal(reply.body, "/\n");
});

Deno.test("a shell that TMOUT ended is opened anew, and the caller is told that state was lost", async () => {
  await using world = await borrowWorld(startUp("TMOUT=1"));
  const { server, sshd } = world;
  await server.run("kept=yes");
  await until("the idle shell has ended", async () => {
    const { structuredContent } = await server.call("list_sessions");
    return structuredContent.sessions.length === 0;
  });
  const reply = await server.run('echo "<$kept>"');
  assert.match(reply.body, /^<>\n\[new shell: the one before is gone/);
  assert.ok((await sshd.sessionPids()).length > 0);
});

Deno.test("MaxSessions 1 leaves one exact session, and a second one is a clear error", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 1"] });
  const { server } = world;
  await keepsState(server);
  const second = await server.run("echo hi", { session: "second" });
  assert.ok(second.isError);
  assert.match(second.text, /MaxSessions/);
  assert.equal((await server.run("echo still")).body, "still\n");
});

Deno.test("an expired password asks the caller for a new one, with which the next login works", async () => {
  await using world = await borrowWorld({
    config: ["UsePAM yes"],
    account: { password: "Old-horse-battery1" },
  });
  const { server, sshd } = world;
  await mustRun(["chage", "-d", "0", sshd.user]);
  let reply = await server.run("echo in");
  const command_id = idOf(reply);
  for (const secret of ["Old-horse-battery1", "New-staple-correct2", "New-staple-correct2"]) {
    assert.match(reply.firstLine, /^\[awaiting-input password\] /);
    const answer = { command_id, input_text: secret, secret: true, wait: 20 };
    reply = await server.call("send_input", answer);
  }
  // sshd ends the session then, and wants a new login.
  assert.match(reply.text, /^\[lost\] [^]*password updated successfully/);
  assert.doesNotMatch(reply.text, /horse|staple/);
  await server.call("close_session", { host: server.host });
  assert.match((await server.run("echo in again")).body, /^in again\n/);
});

/** Commands that only an exact persistent POSIX shell answers so. */
async function keepsState(server: ServerUnderTest): Promise<void> {
  assert.equal((await server.run("cd /usr; x='a b'; (exit 3)")).meta?.exit_status, 3);
  const kept = await server.run('echo $?; echo "$x"; pwd');
  assert.equal(kept.body, "3\na b\n/usr\n", kept.text);
  const odd = await server.run("printf 'no line end'; echo 'unclosed");
  assert.notEqual(odd.meta?.exit_status, 0);
  assert.equal((await server.run("printf '%s' last")).body, "last");
}

function startUp(line: string): SshdOptions {
  return { account: { files: { ".bashrc": `${line}\n`, ".profile": ". ~/.bashrc\n" } } };
}

async function listed(
  server: ServerUnderTest,
): Promise<{ shell: string; note: string | undefined }> {
  const { shell, note } = (await server.call("list_sessions")).structuredContent.sessions[0];
  return { shell, note };
}
