import assert from "node:assert/strict";
import { join } from "node:path";
import { createAccount } from "../support/account.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { PASSWORD } from "../support/shell_station.ts";
import { startSshd } from "../support/sshd.ts";
import { endOf } from "../support/world.ts";

interface Scene extends AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly home: string;
  run(command: string): Promise<ToolReply>;
}

/** A host whose sudo password the operator gave, so that a command need not name sudo. */
async function openScene(sudoers?: (name: string) => string): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const files = { "renamed.py": RENAMED };
  const account = stack.use(await createAccount({ password: PASSWORD, files }));
  if (sudoers !== undefined) {
    const rules = `${sudoers(account.name)}\n`;
    await Deno.writeTextFile(`/etc/sudoers.d/${account.name}`, rules, { mode: 0o440 });
  }
  const sshd = stack.use(await startSshd({ accounts: [account] }));
  const env = sshd.environment({ [`OVRD_${sshd.alias}_SUDO_PASS`]: PASSWORD });
  const server = stack.use(await startServer({ env }));
  const owned = stack.move();
  return {
    server,
    home: account.home,
    run: async (command) => await endOf(server, await server.run(command)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** sudo itself gives its question up after 3 s. */
const RULES = (name: string): string =>
  `${name} ALL=(ALL) ALL\nDefaults:${name} passwd_timeout=0.05, timestamp_timeout=0`;

/** Reads one line, unseen, for 3 s, and keeps it. */
const READ = 'read -rs -t 3 x; printf %s "$x" >> got';

/** A program that has no more of sudo than its name, by prctl(2), in Python. */
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

Deno.test("the password of sudo reaches no program but the setuid one itself", async (t) => {
  await using scene = await openScene(RULES);
  for (const [what, command] of Object.entries(IMPOSTORS)) {
    await t.step(what, async () => {
      await scene.run(`rm -f got sudo su doas; ${command}`);
      const got = await Deno.readTextFile(join(scene.home, "got")).catch(() => "");
      assert.ok(!got.includes(PASSWORD), got);
      const look = 'read -rs -t 0.2 x; echo "<$x>"';
      // An impostor that is left behind may take a line of ours, once, and that is told.
      const left = await scene.run(look);
      const { body } = left.meta?.state === "lost" ? await scene.run(look) : left;
      assert.equal(body, "<>\n");
    });
  }
  const answered = await scene.run("sudo id -u | cat");
  assert.equal(answered.body, "0\n", answered.text);
});

Deno.test("another setuid program that is run by the name of sudo or su gets no password", async (t) => {
  await using scene = await openScene();
  const kill = (name: string): string =>
    `(sleep 3; pkill -KILL -x ${name} -u root -t "$(ps -o tty= -p $$)") &`;
  const others = {
    sudo: `ln -s /usr/bin/chfn sudo; ${kill("sudo")} stty -echo; printf %s "$SUDO_PROMPT"; ./sudo`,
    su: `ln -s /usr/bin/passwd su; ${kill("su")} stty -echo; ./su`,
  };
  for (const [name, command] of Object.entries(others)) {
    await t.step(name, async () => {
      const { body } = await scene.run(command);
      assert.match(body, /assword: /);
      assert.doesNotMatch(body, /Room Number|New password/);
      await scene.run("stty echo");
    });
  }
});

Deno.test("su to another account gets no password of sudo", async (t) => {
  await using other = await createAccount({ password: PASSWORD });
  await using scene = await openScene();
  for (const command of [`su ${other.name} -c 'id -un'`, `su -c 'id -un' -- ${other.name}`]) {
    await t.step(command.replace(other.name, "OTHER"), async () => {
      const asked = await scene.server.run(command);
      assert.equal(asked.meta?.state, "awaiting_input", asked.text);
      assert.equal(asked.meta.prompt?.text, "Password: ");
      await scene.server.call("interrupt_command_by_id", { command_id: asked.meta.command_id });
    });
  }
});
