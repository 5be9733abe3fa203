import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf, startWorld } from "../support/world.ts";
import { startShellHosts } from "./login_shells.ts";

/** Questions whose words say nothing of a secret: the terminal does. */
const UNSAID_SECRETS: readonly (readonly [command: string, questions: readonly RegExp[]])[] = [
  ["read -s -p 'Confirm: ' a; echo; read -s a; echo", [/^Confirm: $/, /^$/]],
  [
    'python3 -c \'import getpass as g; g.getpass("Retype: "); g.getpass("New UNIX value again: ")\'',
    [/^Retype: $/, /^New UNIX value again: $/],
  ],
  ['sh -c \'stty -echo; read -p "Password: " a; read -p "Confirm: " a; stty echo\'', [
    /^Password: $/,
    /^Password: Confirm: $|^Confirm: $/,
  ]],
];

Deno.test("a secret is asked for where the terminal hides it, whatever the words", async (test) => {
  await using world = await startWorld();
  const { server } = world;
  for (const [command, questions] of UNSAID_SECRETS) {
    await test.step(command, async () => {
      let reply = await server.run(command);
      // The same advice comes once.
      assert.match(reply.text, /secret=true\) answers it\]$/);
      for (const question of questions) {
        assert.match(reply.firstLine, /^\[awaiting-input password\] /);
        assert.match(reply.meta?.prompt?.text ?? "", question);
        const command_id = idOf(reply);
        const answer = { command_id, input_text: "secret-horse", secret: true, wait: 20 };
        reply = await server.call("send_input", answer);
      }
      assert.match(reply.firstLine, /^\[exit 0\]/);
    });
  }
  await test.step("not what is read for all to see", async () => {
    const asks = await server.run("read -p 'Confirm: ' a; echo $a");
    assert.match(asks.firstLine, /^\[awaiting-input text\] /);
    const first = await server.run("read -p 'Name: ' a </dev/tty; echo $a", { session: "two" });
    assert.match(first.firstLine, /^\[awaiting-input text\] /);
  });
});

/** They turn the echo off, which shows only on a terminal that has it. */
const HIDERS: readonly string[] = [
  "stty -echo; printf 'Confirm: '; read x; stty echo; echo; echo got-$x",
  "old=$(stty -g); stty -echo; printf 'Confirm: '; read x; stty $old; echo; echo got-$x",
  "sh -c 'stty -echo; printf \"Confirm: \"; read x; stty echo; echo; echo got-$x'",
  "ask() { stty -echo; printf 'Confirm: '; read x; stty echo; echo; }; ask; echo got-$x",
  "ask; echo got-$x",
  "stty -echo",
  "printf 'Confirm: '; read x; stty echo; echo; echo got-$x",
];
const OWN_HIDERS: Readonly<Record<string, readonly string[]>> = {
  zsh: [...HIDERS, "read -s 'x?Confirm: '; echo; echo got-$x"],
  fish: [HIDERS[2]!],
};

Deno.test("in every shell a secret is asked for where a command turns the echo off", async (test) => {
  const shells = ["bash", "zsh", "dash", "ksh93", "mksh", "ash", "yash", "fish"];
  await using hosts = await startShellHosts({ shells });
  for (const host of hosts.all) {
    await test.step(host.name, async () => {
      for (const command of OWN_HIDERS[host.name] ?? HIDERS) {
        const asks = await host.run(command);
        if (!command.includes("got-")) continue;
        assert.match(asks.firstLine, /^\[awaiting-input password\] /, command + asks.text);
        assert.equal(await answer(hosts.server, asks), "got-[redacted]", command);
      }
      if (host.name === "fish") return;
      const asks = await host.run("printf 'Name: '; read n; echo got-$n");
      assert.match(asks.firstLine, /^\[awaiting-input text\] /);
      // Its echo does not show, as on a terminal that no command has changed.
      assert.equal(await answer(hosts.server, asks, { input_text: "Ann" }), "got-Ann");
    });
  }
});

/** Neutral words, in files that turn the echo off; `READS_HIDDEN` clears ECHO alone, on descriptor 0. */
const FILES: Readonly<Record<string, string>> = {
  "install.sh":
    "#!/bin/sh\nprintf 'Name: '; read n; stty -echo; printf 'Confirm: '; read x; stty echo; echo\n" +
    "printf 'Go on? [y/N] '; read y; echo $n-$x-$y\n",
  "keeps.sh":
    "old=$(stty -g); stty -echo; printf 'Confirm: '; read x; stty $old; echo; echo got-$x\n",
  "busy.sh": "stty -echo; printf 'Confirm: '; sleep 4; stty echo; echo over\n",
  "shell.sh": "printf 'up\\n'; PS1='$ ' sh -i; printf 'Name: '; read n; echo got-$n\n",
  "trap.sh": "echo up; head -n 1; exit 3\n",
  "hidden.c":
    "#include <stdio.h>\n#include <termios.h>\nint main() { struct termios t; char s[99];\n" +
    "tcgetattr(0, &t); t.c_lflag &= ~ECHO; tcsetattr(0, TCSANOW, &t);\n" +
    'printf("Confirm: "); fflush(stdout); fgets(s, 99, stdin);\n' +
    't.c_lflag |= ECHO; tcsetattr(0, TCSANOW, &t); printf("\\ngot-%s", s); }\n',
  "asks.py": "import getpass; print('got-' + getpass.getpass('Confirm: '))\n",
  "clears.py":
    "import sys, termios as t; a = t.tcgetattr(0); a[3] &= ~t.ECHO; t.tcsetattr(0, 0, a)\n" +
    "print('Confirm: ', end=''); sys.stdout.flush(); x = input(); a[3] |= t.ECHO; t.tcsetattr(0, 0, a)\n" +
    "print(); print('got-' + x)\n",
  "reads.bash": "#!/bin/bash\nread -s -p 'Confirm: ' x; echo; echo got-$x\n",
};

/** Commands whose words say nothing of a secret, nor of an echo. */
const FILE_HIDERS: readonly string[] = [
  "sh keeps.sh",
  "./hidden",
  "/usr/bin/env X=1 ./hidden",
  "/usr/bin/python3 asks.py",
  "cd . && python3 clears.py",
  "./reads.bash",
];

Deno.test("in every shell a secret is asked for where a file that is run turns the echo off", async (test) => {
  const shells = ["bash", "zsh", "dash", "ksh93", "mksh", "ash", "yash", "fish", "tcsh"];
  await using hosts = await startShellHosts({ shells, files: () => FILES });
  for (const host of hosts.all) {
    await test.step(host.name, async () => {
      await host.run("chmod +x install.sh reads.bash; cc -o hidden hidden.c");
      for (const command of FILE_HIDERS) {
        const asks = await host.run(command);
        assert.match(asks.firstLine, /^\[awaiting-input password\] /, command + asks.text);
        assert.equal(asks.meta?.prompt?.text, "Confirm: ", command);
        assert.equal(await answer(hosts.server, asks), "got-[redacted]", command);
      }
      await asksThreeTimes(hosts.server, await host.run("./install.sh"));
      const interrupted = await host.run("sh trap.sh", { timeout: 50 });
      assert.match(interrupted.firstLine, /^\[awaiting-input text\] /, interrupted.text);
      await hosts.server.call("interrupt_command_by_id", { command_id: idOf(interrupted) });
      const asks = await host.run("printf 'Name: '; head -n 1");
      assert.match(asks.firstLine, /^\[awaiting-input text\] /);
      assert.equal(await answer(hosts.server, asks, { input_text: "Ann" }), "Ann");
    });
  }
});

/** No answer is shown, though the script's terminal echoes two of them. */
async function asksThreeTimes(server: ServerUnderTest, first: ToolReply): Promise<void> {
  const command_id = idOf(first);
  const reply = (more: Readonly<Record<string, unknown>>): Promise<ToolReply> =>
    server.call("send_input", { command_id, wait: 20, ...more });
  assert.match(first.firstLine, /^\[awaiting-input text\] /);
  const secret = await reply({ input_text: "Ann" });
  assert.match(secret.firstLine, /^\[awaiting-input password\] /);
  assert.match(secret.body, /^Confirm: \n/);
  const last = await reply({ input_text: "horse-78", secret: true });
  assert.match(last.firstLine, /^\[awaiting-input yes-no\] /);
  assert.match(last.body, /^Go on\? \[y\/N\] \n/);
  assert.equal((await reply({ input_text: "y" })).body, "Ann-[redacted]-y\n");
}

Deno.test("an echo that is off proves no secret where nobody reads, and none behind an inner shell", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"], files: () => FILES });
  const [host] = hosts.all;
  const busy = await host!.run("sh busy.sh", { timeout: 3 });
  assert.match(busy.firstLine, /^\[running\] /);
  const over = await hosts.server.call("get_command_status", { command_id: idOf(busy), wait: 30 });
  assert.match(over.body, /over\n$/);
  const outer = await host!.run("sh shell.sh", { timeout: 30 });
  assert.equal(outer.meta?.prompt?.kind, "shell", outer.text);
  assert.equal((await host!.run("echo in")).body, "in\n");
  const asks = await host!.run("exit");
  assert.match(asks.firstLine, /^\[awaiting-input text\] /, asks.text);
  assert.match(await answer(hosts.server, asks, { input_text: "Ann" }), /got-Ann$/);
});

async function answer(
  server: ServerUnderTest,
  asks: ToolReply,
  input: Readonly<Record<string, unknown>> = { input_text: "horse-77", secret: true },
): Promise<string> {
  const reply = await server.call("send_input", { command_id: idOf(asks), wait: 20, ...input });
  assert.match(reply.firstLine, /^\[exit 0\]/);
  return reply.body.trim();
}
