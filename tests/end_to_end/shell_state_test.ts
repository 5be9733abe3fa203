import assert from "node:assert/strict";
import { checkCases, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const OPTIONS: readonly ShellCase[] = [
  { command: "set -u" },
  {
    command: "echo $undefined_x",
    output: /undefined_x: (unbound variable|parameter not set)\n$/,
    status: { dash: 2, ash: 2, others: 1 },
  },
  { command: "echo still", output: "still\n" },
  { command: "unset PWD OLDPWD", output: "" },
  { command: "echo without PWD", output: "without PWD\n" },
  { command: "set +u; cd" },
  { command: "set -o noclobber" },
  {
    command: "echo x > f; echo y > f",
    output: /f: .*(exist|overwrite)|exists: .*f\n$/,
    status: { dash: 2, others: 1 },
  },
  { command: "cat f; set +o noclobber; rm f", output: "x\n" },
  { command: "set -o noglob; echo *; set +o noglob", output: "*\n" },
  { command: "set -- a 'b c' d; echo $#", output: "3\n" },
  { command: 'echo "$2"', output: "b c\n" },
  { command: "umask 027; umask", output: /^0?027\n$/ },
];

const TRACE: readonly ShellCase[] = [
  { command: "set -x" },
  {
    command: "echo c; false",
    output: {
      bash: "++ echo c\nc\n++ false\n",
      zsh: "+(eval):1> echo c\nc\n+(eval):1> false\n",
      others: "+ echo c\nc\n+ false\n",
    },
    status: 1,
  },
  { command: "echo $?", output: /(^|\n)1\n$/ },
  { command: "(exit 9)", output: /exit 9\n$/, status: 9 },
  { command: "echo $?", output: /(^|\n)9\n$/ },
  { command: "printf abc", output: /printf abc\nabc$/ },
  { command: "set +x", output: /^(.*set \+x\n)?$/ },
  { command: "echo off", output: "off\n" },
];

const VARIABLES: readonly ShellCase[] = [
  { command: "IFS=x; y=axbxc; echo $y", output: { zsh: "axbxc\n", others: "a b c\n" } },
  { command: "IFS='0123456789;'; (exit 23)", status: 23 },
  { command: 'v=$?; echo "$v"', output: "23\n" },
  { command: "unset IFS" },
  { command: "PATH=" },
  { command: "echo builtin; /bin/echo absolute", output: "builtin\nabsolute\n" },
  { command: "ls", output: /ls/, status: 127 },
  { command: "unset PATH" },
  { command: "echo x", output: "x\n" },
  { command: "PATH=/usr/bin:/bin; export PATH; ls /usr | grep -c '^bin$'", output: "1\n" },
  { command: "unset PWD" },
  { command: "cd /; echo $PWD", output: "/\n" },
  { command: "LANG=C; LC_ALL=C; export LANG LC_ALL" },
  { command: "echo é 日本 😀", output: "é 日本 😀\n" },
  {
    command: "x='ü😀'; echo \"$x\"; echo $'\\303\\251' | od -An -tx1 | head -1 | cut -c1-3",
    output: /^ü😀\n/,
  },
  { command: "unset LANG LC_ALL HOME TERM USER SHELL" },
  { command: "echo bare", output: "bare\n" },
  { command: "PS2='> '; PS4='TRACE '; echo $'x\\ny' >/dev/null; echo fine", output: "fine\n" },
];

const DIRECTORIES: readonly ShellCase[] = [
  { command: "top=$PWD; mkdir 'a b;c' && cd 'a b;c'" },
  { command: 'basename "$PWD"', output: "a b;c\n" },
  { command: 'd=\'a%d!b$x`y"\'; mkdir "$d"; cd "$d"' },
  { command: "echo in", output: "in\n" },
  { command: 'd="$(printf \'x\\ny\')"; mkdir "$d"; cd "$d"' },
  { command: 'basename "$PWD"', output: "x\ny\n" },
  { command: 'd="$(printf \'e\\033[31mf\\007g\\033]0;t\')"; mkdir "$d"; cd "$d"' },
  { command: "echo in", output: "in\n" },
  { command: "false", status: 1 },
  { command: "echo $?", output: "1\n" },
  { command: 'd=$(printf \'\\377\\376\'); mkdir "$d"; cd "$d"' },
  { command: "echo in", output: "in\n" },
  { command: 'cd "$top"; mkdir gone; cd gone; rmdir ../gone' },
  { command: "echo nowhere; false", output: "nowhere\n", status: 1 },
  { command: "echo $?", output: "1\n" },
  { command: "cd /; pwd", output: "/\n" },
];

Deno.test("in every shell options stay set, and our own words survive them", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, OPTIONS);
});

Deno.test("in every shell set -x shows the command's words, none of ours, and $? holds", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, TRACE);
});

Deno.test("in every shell odd values of IFS, PATH, PWD and the locale spoil nothing", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, VARIABLES);
});

Deno.test("in every shell the working directory may have any name, or none", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, DIRECTORIES);
  for (const host of hosts.all) {
    assert.equal(
      (await host.run("cd; mkdir -p 'a b;c'; cd 'a b;c'")).meta?.cwd,
      `${host.account.home}/a b;c`,
    );
    // A directory whose name would spoil the marker is not told rather than told wrongly.
    const reply = await host.run('d="$(printf \'e\\007g\')"; mkdir -p "$d"; cd "$d"');
    assert.equal(reply.meta?.cwd, undefined, host.name);
    assert.ok(reply.firstLine.includes(`@${host.server.host} command_id=`), host.name);
  }
});
