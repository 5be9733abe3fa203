import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";
import { LOGIN_SHELLS, type ShellHost } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

/** Interrupts what runs, and returns how the command ended. */
async function interrupted(
  host: ShellHost,
  command: string,
  signal: string,
): Promise<ToolReply> {
  await host.run("true");
  const begun = await host.run(command, { timeout: 0.5 });
  assert.equal(begun.meta?.state, "running", `${host.name}: ${command}: ${begun.text}`);
  const id = idOf(begun);
  return await host.server.call("interrupt_command_by_id", { command_id: id, signal });
}

/** The note that a later command carries, once it does. */
async function noted(host: ShellHost, pattern: RegExp): Promise<void> {
  await until(`${host.name} notes ${pattern}`, async () => {
    const reply = await host.run("true");
    assert.equal(reply.meta?.total_chars, 0, `${host.name}: ${reply.text}`);
    return pattern.test(reply.text);
  }, { everyMs: 100 });
}

Deno.test("in every shell output of an earlier background job is a note with a later command, once", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const begun = await host.run("(sleep 0.3; echo from background) &");
    assert.equal(begun.meta?.exit_status, 0, host.name);
    assert.match(begun.body, /^(\[\d\]\s+\d+\n)?$/, host.name);
    await noted(host, /^\[printed between commands: ".*from background.*"\]$/m);
    assert.equal((await host.run("echo next")).body.replace(/\n\[printed.*/, "\n"), "next\n");
    const again = await host.run("true");
    assert.doesNotMatch(again.text, /from background/, host.name);
  }));
});

Deno.test("in every shell output of a background job during a command is that command's", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("(while [ ! -e ~/go ]; do sleep 0.05; done; echo late; : >~/gone) &");
    const reply = await host.run(
      "echo now; : >~/go; while [ ! -e ~/gone ]; do sleep 0.05; done; echo end",
    );
    assert.match(reply.body, /^now\nlate\n/, `${host.name}: ${reply.text}`);
    assert.match(reply.body, /^end\n/m, host.name);
    assert.equal(reply.meta?.exit_status, 0, host.name);
  }));
});

Deno.test("in every shell many background jobs that end while it is idle do it no harm", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("cd /usr; x=kept; for i in 1 2 3 4 5; do (sleep 0.$i) & done");
    await host.run("sleep 0.1");
    await until(`${host.name} has no jobs left`, async () => {
      const reply = await host.run("jobs | grep -c sleep; true");
      return /^0\n/m.test(reply.body);
    }, { everyMs: 200 });
    const reply = await host.run("echo $x; pwd; (exit 3)");
    assert.match(reply.body, /^kept\n\/usr\n/, `${host.name}: ${reply.text}`);
    assert.equal(reply.meta?.exit_status, 3, host.name);
    assert.doesNotMatch(reply.text, /new shell/, host.name);
  }));
});

Deno.test("in every shell a job goes on in the background, comes back by fg and ends by interrupt", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("sleep 100 &");
    assert.match((await host.run("jobs")).body, /[Rr]unning.*sleep 100/s, host.name);
    const ended = await interrupted(host, "fg", "INT");
    assert.equal(ended.meta?.state, "interrupted", `${host.name}: ${ended.text}`);
    assert.equal(ended.meta.exit_signal, "INT", host.name);
    const status = await host.run("echo $?");
    assert.match(status.body, host.name === "ksh93" ? /^(130|258)\n/ : /^130\n/, host.name);
    assert.equal((await host.run("kill $! 2>/dev/null; echo $?")).body, "1\n", host.name);
  }));
});

Deno.test("Ctrl-Z stops a command, which stays the shell's job", async () => {
  // ksh93 as a login shell runs its commands with SIGTSTP ignored.
  const shells = LOGIN_SHELLS.filter((name) => name !== "ksh93");
  await using hosts = await borrowShellHosts({ shells });
  await Promise.all(hosts.all.map(async (host) => {
    const stopped = await interrupted(host, "sleep 101", "TSTP");
    // To mksh a stopped command is one that ended with 0.
    const wanted = host.name === "mksh" ? ["exited", null] : ["interrupted", "TSTP"];
    const { state, exit_signal } = stopped.meta ?? {};
    assert.deepEqual([state, exit_signal], wanted, `${host.name}: ${stopped.text}`);
    assert.match((await host.run("jobs")).body, /([Ss]topped|[Ss]uspended).*sleep 101/s, host.name);
    const killed = await host.run("kill -9 %%; wait %% 2>/dev/null; echo gone");
    assert.match(killed.body, /^gone\n/m, `${host.name}: ${killed.text}`);
  }));
});

Deno.test("in every shell Ctrl-C ends a loop and a pipeline, and the next command is exact", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    for (
      const command of ["while :; do sleep 30; done", "sleep 100 | cat", "cat; echo not reached"]
    ) {
      const ended = await interrupted(host, command, "INT");
      assert.equal(ended.meta?.state, "interrupted", `${host.name}: ${command}: ${ended.text}`);
      assert.doesNotMatch(ended.text, /not reached/, host.name);
      const next = await host.run("echo next; (exit 4)");
      assert.equal(next.body, "next\n", `${host.name}: ${command}: ${next.text}`);
      assert.equal(next.meta?.exit_status, 4, host.name);
    }
  }));
});

Deno.test("in every shell traps of the caller run and hide no status", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("trap 'echo caught' USR1");
    const reply = await host.run("kill -USR1 $$; echo after; (exit 3)");
    assert.match(reply.body, /caught\n/, `${host.name}: ${reply.text}`);
    assert.match(reply.body, /after\n/, host.name);
    assert.equal(reply.meta?.exit_status, 3, host.name);
    await host.run("trap 'echo on exit' EXIT");
    assert.equal((await host.run("echo running")).body, "running\n", host.name);
    const ended = await host.run("exit 4");
    assert.match(ended.body, /on exit\n/, host.name);
    assert.equal(ended.meta?.exit_status, 4, host.name);
  }));
});

Deno.test("bash and zsh keep exact statuses under ERR and DEBUG traps", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh"] });
  await Promise.all(hosts.all.map(async (host) => {
    for (const trap of ["ERR", "DEBUG"]) {
      await host.run(`trap ':' ${trap}`);
      assert.equal(
        (await host.run("echo x; (exit 5)")).meta?.exit_status,
        5,
        `${host.name} ${trap}`,
      );
      assert.equal((await host.run("echo $?")).body, "5\n", `${host.name} ${trap}`);
      assert.equal((await host.run("false")).meta?.exit_status, 1, `${host.name} ${trap}`);
      await host.run(`trap - ${trap}`);
    }
    await host.run("trap 'echo failed' ERR");
    assert.match((await host.run("false")).body, /^failed\n/, host.name);
    assert.equal((await host.run("true")).body, "", host.name);
  }));
});
