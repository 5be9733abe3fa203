import assert from "node:assert/strict";
import { join } from "node:path";
import type { PasswordAsker } from "../../../../src/shell/posix/readers/password_askers.ts";
import { PasswordAnswerer } from "../../../../src/shell/posix/sudo/password_answerer.ts";
import type { PasswordLook } from "../../../../src/shell/posix/sudo/sudo_dialogue.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openStation, PASSWORD } from "../../../support/shell_station.ts";

const SUDO: PasswordAsker = { pid: 5, start: "10", program: "sudo" };
const LATER: PasswordAsker = { pid: 5, start: "11", program: "sudo" };
const SU: PasswordAsker = { pid: 6, start: "10", program: "su" };
const UNPROVEN: PasswordLook = { kind: "unproven" };

function seen(...askers: PasswordAsker[]): PasswordLook {
  return { kind: "askers", askers };
}

/** What an answerer does when the host says this, look by look. */
async function answered(
  how: "prompt" | "line",
  ...looks: readonly PasswordLook[]
): Promise<readonly string[]> {
  const done: string[] = [];
  const left = [...looks];
  const clock = new FakeClock();
  const answerer = new PasswordAnswerer({
    clock,
    password: "secret",
    look: () => Promise.resolve(left.shift() ?? UNPROVEN),
    onOutput: (text) => done.push(text),
    type: (data) => done.push(`typed ${data.trim()}`),
    askCaller: () => done.push("asked"),
    onRefused: () => done.push("refused"),
  });
  const asking = answerer[how]();
  answerer.text("later");
  await asking;
  clock.advance(400);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

Deno.test("PasswordAnswerer types once the same process was seen a second time", async () => {
  assert.deepEqual(await answered("prompt", seen(SUDO), seen(SUDO)), ["typed secret", "later"]);
  assert.deepEqual(await answered("line", seen(SU), seen(SU)), ["typed secret", "later"]);
});

Deno.test("PasswordAnswerer types nothing when another process reads by then", async () => {
  for (const second of [seen(LATER), seen(SUDO, SU), seen(), UNPROVEN]) {
    assert.deepEqual(await answered("prompt", seen(SUDO), second), ["asked", "later"]);
  }
});

Deno.test("PasswordAnswerer leaves what cannot be proved to the caller", async () => {
  assert.deepEqual(await answered("prompt", UNPROVEN, UNPROVEN), ["asked", "later"]);
  assert.deepEqual(await answered("line", UNPROVEN), ["asked", "later"]);
  assert.deepEqual(await answered("line", seen(SUDO)), ["asked", "later"]);
});

/** sudo itself gives its question up after 3 s. */
const RULES = (name: string): string =>
  `${name} ALL=(ALL) ALL\nDefaults:${name} passwd_timeout=0.05, timestamp_timeout=0`;

/** Reads one line, unseen, for 3 s, and keeps it. */
const READ = 'read -rs -t 3 x; printf %s "$x" >> got';

/** What a program that is called sudo does, in Python: the name alone, by prctl(2). */
const RENAMED = `import ctypes, os, select, sys
ctypes.CDLL(None).prctl(15, b"sudo")
os.write(1, os.environ["SUDO_PROMPT"].encode())
if select.select([0], [], [], 3)[0]: open("got", "a").write(sys.stdin.readline())
`;

/** Each keeps in the file \`got\` what it reads; none of it may be the password. */
const IMPOSTORS: Readonly<Record<string, string>> = {
  "a program that prints the prompt and reads": `printf %s "$SUDO_PROMPT"; ${READ}`,
  "a copy of bash under the name":
    `cp /bin/bash sudo; ./sudo -c 'printf %s "$SUDO_PROMPT"; ${READ}'`,
  "a name by prctl": "python3 renamed.py",
  "a copy of bash named su": `cp /bin/bash su; ./su -c "printf 'Password: '; ${
    READ.replaceAll('"', '\\"').replaceAll("$", "\\$")
  }"`,
  "a copy of dash named doas":
    `cp /bin/dash doas; ./doas -c "printf 'doas (x@h) password: '; timeout 3 head -n 1 >> got"`,
  "a link to another program":
    `ln -s /usr/bin/head sudo; printf %s "$SUDO_PROMPT"; timeout 3 ./sudo -n 1 >> got`,
  "script(1) around the real sudo": "script -q -I got -c 'sudo -k id' /dev/null > /dev/null",
  "expect(1) around the real sudo":
    "expect -c 'log_user 1; spawn -noecho sudo -k id; set f [open got w]; " +
    'interact timeout 4 return -re "(.+)" {puts -nonewline $f $interact_out(1,string); flush $f}\'',
  "a reader beside the real sudo":
    "bash -c 'timeout --foreground 4 cat < /dev/tty >> got 2>/dev/null & sudo -k id'",
  "a reader in the same group": "sh -c '(exec head -n 1 < /dev/tty >> got) & sudo -k id; kill $!'",
  "sudo killed, and a reader behind it":
    `bash -c '(sleep 0.1; pkill -KILL -x sudo -u root -t "$(ps -o tty= -p $$)") & sudo -k id; ${READ}'`,
};

Deno.test("the password of sudo reaches no program but the setuid one itself", async () => {
  await using station = await openStation(
    { password: PASSWORD, files: { "renamed.py": RENAMED } },
    RULES,
  );
  const { run, account } = station;
  for (const [what, command] of Object.entries(IMPOSTORS)) {
    const outcome = await run(`rm -f got sudo su doas; ${command}`, "named");
    const got = await Deno.readTextFile(join(account.home, "got")).catch(() => "");
    assert.ok(!got.includes(PASSWORD), `${what}: ${got}`);
    assert.ok(!outcome.output.includes(PASSWORD), what);
    const look = 'read -rs -t 0.2 x; echo "<$x>"';
    // An impostor that is left behind may take a line of ours, once, and that is told.
    const left = await run(look, "none").catch(() => run(look, "none"));
    assert.equal(left.output, "<>\n", what);
  }
  const answered = await run("sudo id -u | cat", "named");
  assert.deepEqual([answered.output, answered.exitStatus, answered.questions], ["0\n", 0, []]);
});

Deno.test("another setuid program that is run by the name of sudo or su gets no password", async () => {
  await using station = await openStation({ password: PASSWORD });
  const kill = (name: string): string =>
    `(sleep 3; pkill -KILL -x ${name} -u root -t "$(ps -o tty= -p $$)") &`;
  const others = [
    `ln -s /usr/bin/chfn sudo; ${kill("sudo")} stty -echo; printf %s "$SUDO_PROMPT"; ./sudo`,
    `ln -s /usr/bin/passwd su; ${kill("su")} stty -echo; ./su`,
  ];
  for (const command of others) {
    const { output } = await station.run(command, "named");
    assert.match(output, /assword: /);
    assert.doesNotMatch(output, /Room Number|New password/);
    await station.run("stty echo", "none");
  }
});
