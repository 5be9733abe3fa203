import assert from "node:assert/strict";
import { suspectQuestion } from "../../src/shell/question.ts";

/** Cursor lines and what each is taken for. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  password: [
    "Password: ",
    "[sudo] password for deploy: ",
    "deploy@web1's password: ",
    "[sudo] Passwort für deploy: ",
    "Enter PIN for 'token': ",
    "Enter password for user 'a b':",
    "MySQL password:",
  ],
  passphrase: [
    "Enter passphrase (empty for no passphrase): ",
    "Enter passphrase for key '/home/a/.ssh/id_ed25519': ",
    "Enter pass phrase for key.pem:",
  ],
  "host-key": [
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
    "Are you sure you want to continue connecting (yes/no)? ",
    "Please type 'yes', 'no' or the fingerprint: ",
  ],
  "yes-no": [
    "Do you want to continue? [Y/n] ",
    "Proceed (y/n)? ",
    "Overwrite (y/n)?",
    "Is this ok [y/d/N]: ",
    "Continue? [yes/no]: ",
    "Fortfahren? [J/n] ",
    "Disk usage is 95% (19/20). Go on? [y/N] ",
  ],
  pager: [
    ":",
    "(END)",
    "--More--",
    "--More--(45%)",
    "file.txt (45%)",
    "lines 1-49/120 41%",
    " Manual page ls(1) line 1 (press h for help or q to quit)",
  ],
  "press-key": [
    "Press any key to continue . . . ",
    "Press ENTER to continue",
    "Hit return when ready",
  ],
  shell: [
    "$ ",
    "# ",
    "bash-5.2$ ",
    "root@web1:~# ",
    "[deploy@web1 srv]$ ",
    "web1% ",
    "web-1% ",
    "~/src > ",
    "deploy@web1 ~> ",
  ],
  text: [
    "Your name? ",
    "Your name: ",
    ">>> ",
    "... ",
    "sqlite> ",
    "mysql> ",
    "Threshold [50%]: ",
    "Enter a number> ",
  ],
  none: [
    "",
    "   ",
    "working",
    "at 99%",
    "45%",
    " 45.5%",
    "Receiving objects:  45% (450/1000)",
    "Building all files (45%)",
    "[ 45%]",
    "(Reading database ... 45%",
    "[=====>     ]",
    "|####      |",
    "Progress: [ 45%] [#####.....] ",
    "Reading package lists...",
  ],
};

for (const [kind, lines] of Object.entries(LINES)) {
  for (const line of lines) {
    Deno.test(`suspectQuestion() takes ${JSON.stringify(line)} for ${kind}`, () => {
      assert.equal(suspectQuestion(line)?.question.kind ?? "none", kind);
    });
  }
}

Deno.test("suspectQuestion() waits longer for what may be anything than for a password", () => {
  assert.ok(suspectQuestion("Password: ")!.quietMs <= 200);
  assert.ok(suspectQuestion("Note: ")!.quietMs >= 500);
});

Deno.test("suspectQuestion() takes a prompt that is wiped to the terminal's edge for what it is", () => {
  const { question } = suspectQuestion(`$ ${" ".repeat(195)}`) ?? {};
  assert.deepEqual(question, { kind: "shell", text: "$ " });
});
