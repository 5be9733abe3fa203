import assert from "node:assert/strict";
import { echoChangeOf } from "../../../../src/shell/posix/readers/terminal_echo.ts";

const COMMANDS: Readonly<Record<ReturnType<typeof echoChangeOf>, readonly string[]>> = {
  session: ["stty -echo", "ask() { stty -echo; }", "read -s x"],
  file: [
    "./install.sh",
    "cd /srv && ./install.sh --prefix=/opt",
    "sudo ./install.sh",
    "A=b ./x",
    "~/bin/setup",
    "$HOME/x.sh",
    '"$DIR"/x',
    "/opt/app/setup",
    "sh install.sh",
    "bash -eu install.sh",
    ". ./activate",
    "source lib.sh",
    "python3 app.py",
    "python3 -u app.py",
    "perl ask.pl",
    "make install",
    "yes | ./x",
    "if ./x; then y; fi",
  ],
  none: [
    "true",
    "ls -la /etc",
    "/usr/bin/env",
    "/bin/ls a/b",
    "/usr/local/bin/x y",
    "cat a/b",
    "sh -c 'echo x'",
    "bash",
    "python3",
    "python3 -q",
    "venv/bin/python",
    "./venv/bin/python3.11",
    "git push origin/main",
    "echo $((4/2))",
    "read -r x",
    "tar xf a/b.tar && ls",
  ],
};

Deno.test("echoChangeOf() knows what runs a file from what runs a program by its name", () => {
  for (const [change, commands] of Object.entries(COMMANDS)) {
    for (const command of commands) assert.equal(echoChangeOf(command), change, command);
  }
});
