import assert from "node:assert/strict";
import { startWorld } from "../support/world.ts";
import { checkCases, startShellHosts } from "./login_shells.ts";

Deno.test("a virtual environment's activate gives our prompt to no shell inside", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  const host = hosts.of("bash");
  await checkCases([host], [
    { command: "python3 -m venv --without-pip v && . v/bin/activate" },
    { command: "env | grep -c 7717", output: "0\n", status: 1 },
  ]);
  for (const command of ["bash --norc", ". v/bin/activate; bash --norc"]) {
    const begun = await host.run(command);
    assert.equal(begun.meta?.state, "awaiting_input", begun.text);
    await checkCases([host], [
      { command: "echo ${VIRTUAL_ENV##*/}; (exit 3)", output: "v\n", status: 3 },
      { command: "echo $?; cd /usr", output: "3\n" },
      { command: "env | grep -c 7717", output: "0\n", status: 1 },
      { command: "exit 4", output: "exit\n", status: 4 },
      { command: "echo $?", output: "4\n" },
    ]);
  }
});

Deno.test("root's shell in a root directory without devices makes no files of their names", async () => {
  await using world = await startWorld({ account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } });
  const { server } = world;
  const built = await server.run(
    "mkdir -p T/dev T/bin; for p in bash ls; do p=$(command -v $p); cp $p T/bin; " +
      "ldd $p | grep -o '/[^ ]*'; done | sort -u | " +
      "while read -r f; do mkdir -p T${f%/*}; cp $f T$f; done; ls -1 T/bin",
  );
  assert.equal(built.body, "bash\nls\n", built.text);
  const begun = await server.run("sudo chroot T bash");
  assert.equal(begun.meta?.state, "awaiting_input", begun.text);
  for (const status of [3, 0, 1]) {
    const reply = await server.run(`echo in; (exit ${status})`);
    assert.deepEqual([reply.body, reply.meta?.exit_status], ["in\n", status], reply.text);
  }
  assert.equal((await server.run("ls -A /dev")).body, "");
  assert.equal((await server.run("exit 5")).meta?.exit_status, 5);
  assert.equal((await server.run("ls -A T/dev; echo $?")).body, "0\n");
});

Deno.test("ksh93 tells each status under a trap on DEBUG", async () => {
  await using hosts = await startShellHosts({ shells: ["ksh93"] });
  await checkCases(hosts.all, [
    { command: "trap : DEBUG; false", status: 1 },
    { command: "echo $?", output: "1\n" },
    { command: "(exit 3)", status: 3 },
    { command: "true" },
    { command: "false", status: 1 },
  ]);
});

Deno.test("start-up files that print, and leave a process with the channel, hinder nothing beside the shell", async () => {
  // Each channel of its own stays open for as long as that process lives.
  const noise = "echo Welcome; sleep 600 &\n";
  await using hosts = await startShellHosts({
    shells: ["bash", "zsh", "fish"],
    files: (name) => ({
      bash: { ".bashrc": noise, ".bash_profile": noise },
      zsh: { ".zshenv": noise },
      fish: { ".config/fish/config.fish": noise },
    }[name]!),
  });
  await Promise.all(hosts.all.map(async (host) => {
    const { server, account } = host;
    const place = { host: server.host, username: account.name };
    // Who reads is asked in a channel of its own.
    const asked = await host.run("bash -c 'read -p \"Go? \" x; exit 4'", {
      timeout: 20,
      session: "asking",
    });
    assert.equal(asked.meta?.state, "awaiting_input", `${host.name}: ${asked.text}`);
    assert.doesNotMatch(asked.text, /does not show who reads/, host.name);
    const begun = await host.run("sleep 500", { timeout: 1, session: "other" });
    const ended = await server.call("interrupt_command_by_id", {
      command_id: begun.meta!.command_id!,
      signal: "TERM",
    });
    assert.equal(ended.meta?.state, "interrupted", `${host.name}: ${ended.text}`);
    const durable = { ...place, command: "echo kept", durable: true };
    const started = await server.call("execute_command_async", durable);
    assert.ok(!started.isError, `${host.name}: ${started.text}`);
    const kept = await server.call("get_command_status", {
      command_id: started.meta!.command_id!,
      wait: 20,
    });
    assert.match(kept.text, /^\[exit 0\][^\n]*\n(?:Welcome\n)?kept\n/, host.name);
  }));
});

Deno.test("start-up files that lead through sudo or script to another shell have its prompt found", async () => {
  // Both hand on what is typed to a terminal of their own: the host does not show who reads there.
  const ways: Readonly<Record<string, string>> = {
    root: "sudo su -\n",
    "": "[ $UNDER ] || UNDER=1 exec script -qf /dev/null\n",
  };
  await Promise.all(
    Object.entries(ways).map(async ([user, text]) => {
      const files = { ".bash_profile": text };
      await using world = await startWorld({
        account: { sudoers: "ALL=(ALL) NOPASSWD: ALL", files },
      });
      const { server, sshd } = world;
      const first = await server.run("id -un; (exit 3)", { timeout: 40 });
      assert.equal(first.meta?.exit_status, 3, first.text);
      assert.equal(first.body, `${user || sshd.account!.name}\n`);
      assert.equal((await server.run("echo $?; cd /usr")).body, "3\n");
      assert.equal((await server.run("pwd")).body, "/usr\n");
    }),
  );
});

Deno.test("behind a shell that start-up files started, exit leads to the login shell, which goes on", async () => {
  await using hosts = await startShellHosts({
    shells: ["bash"],
    files: () => ({ ".bash_profile": "zsh -l\nwhere=login\n", ".zshrc": "" }),
  });
  const host = hosts.of("bash");
  await checkCases([host], [{ command: "echo ${ZSH_VERSION:+zsh}", output: "zsh\n" }]);
  const left = await host.run("exit 4");
  assert.match(left.text, /the next execute_command runs in this inner shell/);
  await checkCases([host], [
    { command: "echo $where ${BASH_VERSION:+bash}; (exit 3)", output: "login bash\n", status: 3 },
    { command: "echo $?", output: "3\n" },
  ]);
});

Deno.test("what LOGNAME holds is run by no look for durable commands", async () => {
  const files = { ".bashrc": "export LOGNAME='x; touch ~/ran'\n" };
  await using world = await startWorld({ account: { files } });
  const { server } = world;
  await server.run("true");
  const listed = await server.call("list_running_commands", { host: server.host });
  assert.ok(!listed.isError, listed.text);
  assert.equal((await server.run("ls")).body, "");
});

Deno.test("files without SFTP are read and written while a process of the start-up files holds the channel", async () => {
  await using world = await startWorld({
    config: ["Subsystem none /bin/false"],
    account: { files: { ".bashrc": "sleep 600 &\n", f: "hello\n" } },
  });
  const { server } = world;
  const { host } = server;
  const read = await server.call("read_file", { host, remote_path: "f" });
  assert.match(read.body, /^hello\n/, read.text);
  const written = await server.call("write_file", { host, remote_path: "g", content: "there\n" });
  assert.ok(!written.isError, written.text);
  const missing = await server.call("read_file", { host, remote_path: "none" });
  assert.match(missing.text, /none/);
  assert.equal((await server.run("cat g")).body, "there\n");
});
