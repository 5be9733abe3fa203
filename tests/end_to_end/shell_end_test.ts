import assert from "node:assert/strict";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const ENDED = /\[the shell ended with this command; its directory, variables and jobs are gone\]$/;
const NEW = /\[new shell: .*with its directory and variables\]$/;

interface LastCommand {
  readonly command: string;
  readonly status: number;
  readonly signal?: string;
}

const LAST_COMMANDS: readonly LastCommand[] = [
  { command: "exit 3", status: 3 },
  { command: "exit", status: 0 },
  { command: "set -e; false", status: 1 },
  { command: "kill -9 $$", status: 137, signal: "KILL" },
  { command: "exec true", status: 0 },
  { command: "exec sh -c 'exit 6'", status: 6 },
  { command: "trap 'echo bye' EXIT; exit 4", status: 4 },
  { command: "cd /usr; x=1; (exit 5); exit", status: 5 },
];

Deno.test("in every shell a command that ends the shell exits with its status, and the next has a new shell", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    for (const { command, status, signal = null } of LAST_COMMANDS) {
      const what = `${host.name}: ${command}`;
      const last = await host.run(command, { timeout: 10 });
      assert.equal(last.meta?.state, "exited", `${what}: ${last.text}`);
      assert.equal(last.meta.exit_status, status, what);
      assert.equal(last.meta.exit_signal, signal, what);
      assert.match(last.text, ENDED, what);
      if (command.includes("bye")) assert.match(last.body, /^(logout\n)?bye\n/, what);
      const next = await host.run("echo new $? ${x-unset}; pwd", { timeout: 10 });
      assert.equal(next.meta?.exit_status, 0, `${what}: ${next.text}`);
      assert.match(next.text, NEW, what);
      assert.match(next.body, /^new 0 unset\n.*\/home\n/, what);
      // It is told once.
      assert.equal((await host.run("echo again")).body, "again\n", what);
    }
  }));
});

Deno.test("in every shell errexit holds across commands and spares what it must", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    for (
      const command of ["set -e", "true", "false || true", "if false; then :; fi", "! true || :"]
    ) {
      const reply = await host.run(command);
      assert.equal(reply.meta?.exit_status, 0, `${host.name}: ${command}: ${reply.text}`);
      assert.doesNotMatch(reply.text, /shell ended|new shell/, `${host.name}: ${command}`);
    }
    const last = await host.run("false");
    assert.equal(last.meta?.exit_status, 1, `${host.name}: ${last.text}`);
    assert.match(last.text, ENDED, host.name);
  }));
});

Deno.test("in every shell the end of standard input ends the shell, and the next command has a new one", async () => {
  await using hosts = await borrowShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    const last = await host.run("exec </dev/null", { timeout: 10 });
    assert.equal(last.meta?.exit_status, 0, `${host.name}: ${last.text}`);
    const next = await host.run("echo survived", { timeout: 10 });
    assert.match(next.body, /^survived\n/, `${host.name}: ${next.text}`);
    assert.match(next.text, NEW, host.name);
  }));
});
