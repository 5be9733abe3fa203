import assert from "node:assert/strict";
import { checkCases, startShellHosts } from "./login_shells.ts";

const ENDS_AT_PROMPT = /its prompt alone/;

Deno.test("a shell that cannot print markers any more ends each command at its prompt, and says so", async () => {
  const ways: Readonly<Record<string, readonly string[]>> = {
    bash: ["enable -n printf", "builtin(){ echo NO; }", "ulimit -n 4"],
    zsh: ["disable printf"],
    dash: ["ulimit -n 4", "ulimit -n 11"],
  };
  await using hosts = await startShellHosts({ shells: Object.keys(ways) });
  for (const host of hosts.all) {
    for (const [index, way] of ways[host.name]!.entries()) {
      const session = { session: `way${index}` };
      await host.run(way, session);
      const first = await host.run("echo first; false", session);
      assert.equal(first.meta?.state, "exited", `${host.name} ${way}: ${first.text}`);
      assert.match(first.text, ENDS_AT_PROMPT, `${host.name} ${way}: ${first.text}`);
      await checkCases([host], [
        { command: "cd /usr; echo second; false", output: /second\n/, status: 1 },
        { command: "echo $?; pwd", output: /1\n\/usr\n/ },
      ], session);
    }
  }
});

Deno.test("a shell that refuses every line is reported at once, with what to do", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  const host = hosts.of("bash");
  await host.run("shopt -s extdebug; trap false DEBUG");
  for (const command of ["touch ~/ran", "echo never"]) {
    assert.match((await host.run(command)).text, /did not run the command[^]*close_session/);
  }
  await host.close();
  await checkCases([host], [{ command: "ls", output: "" }]);
});

Deno.test("in every shell settings under which no line ends cost one command, not the session", async () => {
  await using hosts = await startShellHosts();
  await Promise.all(hosts.all.map(async (host) => {
    for (const settings of ["inlcr", "inlcr igncr -icrnl"]) {
      const session = { session: settings.replaceAll(" ", "_") };
      await host.run(`x=kept; cd /usr; stty ${settings}`, session);
      const missed = await host.run("touch ran; echo fine", session);
      if (missed.meta?.state !== "exited") assert.match(missed.text, /did not run the command/);
      await checkCases([host], [
        // mksh sets the terminal as the last program left it that ended well.
        { command: "env test ! -e ~/ran; echo $x $?; (exit 3)", output: "kept 0\n", status: 3 },
        { command: "echo $?; pwd", output: "3\n/usr\n" },
      ], session);
    }
  }));
});

Deno.test("in every shell a command may unset our variables, and ends with its own status", async () => {
  await using hosts = await startShellHosts();
  const unset =
    "eval \"unset $(set | sed -n 's/^\\(_mcp_ssh_[a-z0-9]*\\)=.*/\\1/p' | tr '\\n' ' ')\"";
  await checkCases(hosts.all, [
    { command: `cd /usr; ${unset}; echo done; (exit 7)`, output: "done\n", status: 7 },
    { command: "echo $?; pwd; false", output: "7\n/usr\n", status: 1 },
    { command: `${unset}; echo again`, output: "again\n" },
    { command: "echo fine", output: "fine\n" },
  ]);
});

Deno.test("a line that a process left behind took is missed, and the next one runs", async () => {
  await using hosts = await startShellHosts({ shells: ["bash", "zsh", "dash"] });
  // It waits in read(2) since before the shell prompted: it may be woken first, and has the line then.
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("sh -c '(exec head -n 1 < /dev/tty > /dev/null) & sleep 0.3'");
    const { text, meta } = await host.run("echo ran", { timeout: 50 });
    if (meta?.state === "exited") assert.match(text, /\nran\n$/);
    else assert.match(text, /did not run the command[^]*left behind/);
    await checkCases([host], [{ command: "echo well", output: "well\n" }]);
  }));
});

Deno.test("a process that goes on to read is told, and no command waits for ever", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  const host = hosts.of("bash");
  await host.run("sh -c '(exec cat < /dev/tty > taken) & sleep 0.3'");
  const { text } = await host.run("echo ran", { timeout: 50 });
  assert.match(text, /\nran\n$|did not run the command[^]*left behind/);
});

Deno.test("a guard of the host in a trap on DEBUG holds, and what runs before a prompt runs on", async () => {
  const guard = "shopt -s extdebug\n" +
    "guard() { case $BASH_COMMAND in *'rm -rf'*) return 1;; esac; }\ntrap guard DEBUG\n" +
    "hook() { export HOOKED=$PWD; PS1='mine> '; }\nPROMPT_COMMAND=hook\n";
  await using hosts = await startShellHosts({
    shells: ["bash", "zsh"],
    files: (name) =>
      name === "bash"
        ? { ".bash_profile": guard }
        : { ".zshrc": "h() { HOOKED=$PWD; PS1='mine> ' }\nprecmd_functions+=(h)\n" },
  });
  await checkCases([hosts.of("bash")], [
    { command: "mkdir d" },
    { command: "rm -rf d" },
    { command: "ls", output: "d\n" },
  ]);
  await checkCases(hosts.all, [
    { command: "cd /usr; (exit 4)", status: 4 },
    { command: 'echo "$? $HOOKED"', output: "4 /usr\n" },
  ]);
});

Deno.test("a hook that reads the terminal before each prompt loses neither the login nor a command", async () => {
  await using hosts = await startShellHosts({
    shells: ["bash", "zsh"],
    files: (name) =>
      name === "bash"
        ? { ".bash_profile": "hook() { read -t 9 x; }\nPROMPT_COMMAND=hook\n" }
        : { ".zshrc": "precmd() { read -t 9 x }\n" },
  });
  for (const host of hosts.all) {
    // At login somebody reads, and that is no prompt: the question goes to the caller.
    const asked = await host.run("echo $0; false", { timeout: 30 });
    assert.equal(asked.meta?.state, "awaiting_input", `${host.name}: ${asked.text}`);
    const { command_id } = asked.meta;
    const first = await host.server.call("send_input", { command_id, input_text: "x", wait: 30 });
    assert.equal(first.meta?.exit_status, 1, `${host.name}: ${first.text}`);
    assert.match(first.body, /bash|zsh/);
    assert.equal((await host.run("echo $?", { timeout: 30 })).body, "1\n", host.name);
  }
});

Deno.test("direnv loads and unloads a directory's environment, as at a prompt", async () => {
  await using hosts = await startShellHosts({
    shells: ["bash", "zsh"],
    files: (name): Readonly<Record<string, string>> => ({
      [name === "bash" ? ".bash_profile" : ".zshrc"]: `eval "$(direnv hook ${name})"\n`,
      "work/.envrc": "export FROM=direnv\n",
    }),
  });
  await checkCases(hosts.all, [
    { command: "direnv allow work; echo ${FROM-none}", output: /none\n$/ },
    { command: "cd work; (exit 3)", output: /^(?:direnv: .*\n)*$/, status: 3 },
    { command: "echo $? ${FROM-none}", output: /^3 direnv\n/ },
    { command: "cd; true", output: /^(?:direnv: .*\n)*$/ },
    { command: "echo ${FROM-none}", output: /^none\n/ },
  ]);
});

Deno.test("two shells with one process id are two shells", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  const root = hosts.of("bash");
  const unshare = "unshare -Urpf --mount-proc bash --norc";
  for (const _ of [1, 2]) {
    const reply = await root.run(unshare);
    if (/Operation not permitted|No space/.test(reply.text)) return;
    assert.equal(reply.meta?.state, "awaiting_input", reply.text);
    await checkCases([root], [{ command: "echo $$; (exit 3)", output: "1\n", status: 3 }]);
  }
  await root.run("exit 5");
  await checkCases([root], [{ command: "echo $$ $?", output: "1 5\n" }]);
  await root.run("exit 6");
  await checkCases([root], [{ command: "echo $?", output: "6\n" }]);
});

Deno.test("no fork is needed to give a command the status before it", async () => {
  await using hosts = await startShellHosts({ shells: ["bash", "dash"] });
  await checkCases(hosts.all, [
    { command: "(exit 254)", status: 254 },
    {
      command:
        "ulimit -u 1 2>/dev/null || ulimit -p 1; echo limited; test 1 = 2 || command [ 1 -x 2 ] 2>/dev/null",
      output: "limited\n",
      status: 2,
    },
    { command: "echo $?", output: "2\n" },
  ]);
});

Deno.test("output that goes through tee belongs to its command, also where start-up files send it there", async () => {
  const log = "exec > >(tee -a ~/log) 2>&1";
  const atOnce = { ".bash_profile": `${log}\n`, ".zshrc": `${log}\n` };
  const ways: readonly (readonly [typed: string, files: Readonly<Record<string, string>>])[] = [
    [log, {}],
    [`eval "${log}"`, {}],
    [`f() { ${log}; }; f`, {}],
    ["echo first", atOnce],
  ];
  await Promise.all(ways.map(async ([typed, files]) => {
    await using hosts = await startShellHosts({ shells: ["bash", "zsh"], files: () => files });
    await checkCases(hosts.all, [
      { command: typed, output: typed.startsWith("echo") ? "first\n" : "" },
      { command: "sh -c 'echo a; sleep 0.1; echo b'; (exit 3)", output: "a\nb\n", status: 3 },
      { command: "echo $?", output: "3\n" },
    ]);
    if (!typed.startsWith("f()")) return;
    await checkCases(hosts.all, [
      { command: "exec > /dev/tty 2>&1" },
      { command: "f; sh -c 'sleep 0.1; echo again'", output: "again\n" },
    ]);
  }));
});

Deno.test("zsh numbers the jobs of a plain list as at its prompt, and signals have their status", async () => {
  await using hosts = await startShellHosts({ shells: ["zsh"] });
  await checkCases(hosts.all, [
    { command: "sleep 50 & kill %1", output: /^\[1\] \d+\n/ },
    { command: "sleep 50 &", output: /^\[\d\] \d+\n/ },
    { command: "kill -USR1 $$", output: /shell ended|^$/, status: 138 },
  ]);
});
