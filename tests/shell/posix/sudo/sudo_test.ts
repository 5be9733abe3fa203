import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import { PrivilegeError } from "../../../../src/errors.ts";
import { elevate, needsWholeElevation } from "../../../../src/shell/posix/sudo/sudo.ts";
import { type AccountOptions, createAccount } from "../../../support/account.ts";
import { done, openStation, PASSWORD } from "../../../support/shell_station.ts";

const EVERYTHING: AccountOptions = { password: PASSWORD, sudoers: "ALL=(ALL) ALL" };

Deno.test("elevate() hands a plain call over as it is and all else as one word", () => {
  const table: readonly (readonly [command: string, shell: string, after: string])[] = [
    ["systemctl restart x", "bash", "sudo -- systemctl restart x"],
    [" ls -l /root ", "dash", "sudo -- ls -l /root"],
    ["cd /root", "bash", "sudo -- bash -c 'cd /root'"],
    ["a; b", "zsh", "sudo -- zsh -c 'a; b'"],
    ["echo 'x'", "mksh", `sudo -- mksh -c 'echo '\\''x'\\'''`],
    ["echo $HOME", "ash", "sudo -- sh -c 'echo $HOME'"],
    ["ls *", "ksh93", "sudo -- sh -c 'ls *'"],
    ["A=1 env", "bash", "sudo -- bash -c 'A=1 env'"],
    ["ls\nls", "bash", "sudo -- bash -c 'ls\nls'"],
    ["echo 'x\\'", "fish", `sudo -- fish -c 'echo \\'x\\\\\\''`],
  ];
  for (const [command, shell, after] of table) {
    const end = shell === "fish" ? "; end" : "; fi";
    assert.ok(elevate(command, shell).endsWith(`${after}${end}`), elevate(command, shell));
  }
});

Deno.test("needsWholeElevation() is false for a command that names sudo itself", () => {
  assert.ok(needsWholeElevation("id; id"));
  assert.ok(!needsWholeElevation("id; sudo id"));
});

for (const shell of ["/bin/bash", "/bin/zsh", "/bin/dash", "/usr/bin/fish"]) {
  Deno.test(`sudo in ${shell}: whole commands, named ones, and their statuses`, async () => {
    await using station = await openStation({ ...EVERYTHING, shell });
    const { run } = station;
    assert.deepEqual(await run("id -un; id -un"), done("root\nroot\n", 0));
    assert.deepEqual(await run("id -un"), done("root\n", 0));
    assert.deepEqual(await run("id -un; sh -c 'exit 7'"), done("root\n", 7));
    assert.deepEqual(await run("cd / && sudo pwd"), done("/\n", 0));
    assert.deepEqual(await run("sudo sh -c 'echo out; exit 3'"), done("out\n", 3));
    assert.deepEqual(await run("sudo echo a | cat"), done("a\n", 0));
    assert.deepEqual(await run("pwd"), done("/\n", 0));
    assert.equal((await run("id -un", "none")).output, `${station.account.name}\n`);
  });
}

Deno.test("sudo is answered each time it asks, and never for another's words", async () => {
  await using station = await openStation(
    { password: PASSWORD },
    (name) => `${name} ALL=(ALL) ALL\nDefaults:${name} timestamp_timeout=0`,
  );
  const { run } = station;
  assert.deepEqual(await run("sudo id -un; sudo id -u"), done("root\n0\n", 0));
  assert.deepEqual(await run("sudo true && sudo true && sudo id -u"), done("0\n", 0));
  const twin = await run("sudo echo 'Sorry, try again.'; sudo id -u");
  assert.deepEqual(twin, done("Sorry, try again.\n0\n", 0));
  const asks = "printf '[sudo] password for x: '; read x; echo \"<$x>\"";
  const imitated = await run(`sudo true; ${asks}`, "sudo", "typed\n");
  assert.match(imitated.output, /^\[sudo\] password for x: \n?<typed>\n$/);
  const listed = await run('sudo true; env; echo "$SUDO_PROMPT"; read -t 0.5 x; echo "<$x>"');
  assert.match(listed.output, /SUDO_PROMPT=[^]*\n<>\n$/);
  assert.deepEqual(await run("for i in 1 2 3; do sudo echo $i; done"), done("1\n2\n3\n", 0));
});

Deno.test("sudo -S may read elsewhere, so its question is the caller's", async () => {
  await using station = await openStation(EVERYTHING);
  const answered = await station.run("sudo -S id -un", "sudo", `${PASSWORD}\n`);
  assert.deepEqual([answered.output, answered.exitStatus], ["\nroot\n", 0]);
  assert.deepEqual(await station.run('read -t 0.5 x; echo "<$x>"', "none"), done("<>\n", 0));
});

Deno.test("sudo -S that reads a pipe leaves the password out of the terminal", async () => {
  await using station = await openStation(EVERYTHING);
  const commands = ["echo no | sudo -S id -u", "sh -c 'echo no | sudo -kS id -u'"];
  for (const command of commands) {
    assert.equal((await station.run(command)).exitStatus, 1);
    assert.deepEqual(await station.run('read -t 0.5 x; echo "<$x>"', "none"), done("<>\n", 0));
  }
  await station.run(`cat > answer <<'END'\n${PASSWORD}\nEND`, "none");
  for (const command of ["cat answer | sudo -S id -un", "sudo -kS id -un < answer"]) {
    assert.deepEqual(await station.run(command), done("root\n", 0));
  }
});

Deno.test("sudo that refuses the password is asked once, and the shell is clean", async () => {
  for (const language of ["C.UTF-8", "de_DE.UTF-8"]) {
    await using station = await openStation(EVERYTHING);
    await station.run(`export LANG=${language}`, "none");
    const wrong = await station.run("sudo id; echo after", "sudo", "", "wrong");
    assert.ok(wrong.cause instanceof PrivilegeError, JSON.stringify(wrong));
    assert.match(wrong.cause.message, /password/);
    assert.deepEqual(await station.run("echo clean", "none"), done("clean\n", 0));
    assert.deepEqual(await station.run("sudo id -u"), done("0\n", 0));
  }
});

Deno.test("sudo's own refusals are results", async () => {
  await using station = await openStation({ password: PASSWORD });
  const refused = await station.run("id");
  assert.deepEqual([refused.exitStatus, refused.cause], [1, undefined]);
  assert.match(refused.output, /is not in the sudoers file/);
});

Deno.test("sudo with NOPASSWD, requiretty, a lecture or one rule for one program", async () => {
  const rules: readonly (readonly [string, string])[] = [
    ["ALL=(ALL) NOPASSWD: ALL", ""],
    ["ALL=(ALL) ALL", "requiretty"],
    ["ALL=(ALL) ALL", "lecture=always"],
    ["ALL=(ALL) ALL", "!use_pty"],
    ["ALL=(root) /usr/bin/id", ""],
  ];
  for (const [rule, setting] of rules) {
    await using station = await openStation(
      { password: PASSWORD },
      (name) => `${name} ${rule}${setting === "" ? "" : `\nDefaults:${name} ${setting}`}`,
    );
    const { output, exitStatus } = await station.run("/usr/bin/id -u");
    assert.deepEqual([output.split("\n").at(-2), exitStatus], ["0", 0], output);
  }
});

Deno.test("su to another account asks for that one's password: the question is the caller's", async () => {
  await using other = await createAccount({ password: PASSWORD });
  await using station = await openStation({ password: PASSWORD });
  const { run } = station;
  for (const command of [`su ${other.name} -c 'id -un'`, `su -c 'id -un' -- ${other.name}`]) {
    const answered = await run(command, "sudo", `${PASSWORD}\n`);
    assert.match(answered.output, new RegExp(`^Password: \n+${other.name}\n$`));
    assert.equal(answered.exitStatus, 0);
  }
});

Deno.test("doas is answered where it is named, and takes sudo's place where sudo is absent", async () => {
  await using station = await openStation({ password: PASSWORD });
  await using _rule = await permitDoas(station.account.name);
  const { run } = station;
  const named = await run("doas id -un; exit_status=$?; (exit $exit_status)");
  assert.match(named.output, /^doas \(.*\) password: \nroot\n$/);
  assert.deepEqual([named.exitStatus, named.questions], [0, []]);
  const links = ["doas", "id", "bash"].map((name) => `ln -s $(command -v ${name}) only/`);
  await run(`mkdir only; ${links.join("; ")}; PATH=$PWD/only`, "none");
  const whole = await run("id -un; id -u");
  assert.match(whole.output, /^doas \(.*\) password: \nroot\n0\n$/);
});

/** A line of doas.conf(5), of which there is one for all; removed again. */
async function permitDoas(name: string): Promise<AsyncDisposable> {
  const path = "/etc/doas.conf";
  const before = await Deno.readTextFile(path).catch(() => "");
  await Deno.writeTextFile(path, `${before}permit ${name}\n`, { mode: 0o400 });
  return {
    [Symbol.asyncDispose]: async () => {
      if (before === "") await Deno.remove(path);
      else await Deno.writeTextFile(path, before);
    },
  };
}

Deno.test("sudo leaves the password in no command line, environment or history", async () => {
  await using station = await openStation(EVERYTHING);
  const flag = `${station.account.home}/flag`;
  const running = station.run(
    `sudo sh -c 'touch ${flag}; while [ -e ${flag} ]; do sleep 0.1; done'`,
  );
  await untilExists(flag);
  const seen = traces("s3cret");
  await Deno.remove(flag);
  assert.deepEqual(await running, done("", 0));
  assert.deepEqual(seen, []);
  assert.deepEqual(traces("s3cret"), []);
  const history = await station.run("history", "none");
  assert.doesNotMatch(history.output, /s3cret|SUDO_PROMPT/);
  assert.equal((await station.run("echo ${SUDO_PROMPT-unset}", "none")).output, "unset\n");
});

/** Processes, other than the test's own, that show the text in /proc (proc(5)). */
function traces(text: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || name === String(Deno.pid)) continue;
    for (const file of ["cmdline", "environ"]) {
      try {
        if (Deno.readTextFileSync(`/proc/${name}/${file}`).includes(text)) found.push(name + file);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return found;
}

async function untilExists(path: string): Promise<void> {
  while (!await Deno.stat(path).then(() => true, () => false)) {
    await systemClock.sleep(10);
  }
}
