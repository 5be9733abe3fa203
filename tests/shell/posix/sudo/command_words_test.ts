import { strictEqual } from "node:assert/strict";
import { namesElevator } from "../../../../src/shell/posix/sudo/command_words.ts";

const naming = [
  "sudo id",
  "/usr/bin/sudo id",
  "\\sudo id",
  "cd x && sudo make install",
  "id;sudo id",
  "a | sudo tee f >/dev/null",
  "(sudo id)",
  "{ sudo id; }",
  "if sudo true; then echo; fi",
  "! sudo true",
  "A=1 B='x y' sudo id",
  "env LC_ALL=C nice -n 5 sudo id",
  "ls | xargs -n1 sudo rm",
  "find . -name x -exec sudo rm {} +",
  "echo $(sudo id)",
  'echo "a $(sudo id) b"',
  "echo `sudo id`",
  'echo "$(echo ")"; sudo id)"',
  "bash -c 'sudo id'",
  'sh -c "cd /; sudo id"',
  "eval 'sudo id'",
  "ssh inner sudo id",
  "diff <(sudo cat a) b",
  "bash <<E\nsudo id\nE",
  "bash <<< 'sudo id'",
  "cat <<E | sudo tee f\ntext\nE",
  "cat <<'E'\nx\nE\nsudo id",
  "time sudo id",
  "timeout 5 sudo id",
  "2>/dev/null sudo id",
  "su -c id",
  "su - x",
  "doas id",
  "sudo\tid",
  "for i in 1 2; do sudo id $i; done",
  "f() { sudo id; }; f",
  "echo a # c\nsudo id",
  "true; and sudo id",
  "nohup sudo id &",
  "sudo -u x env | sort",
  "s'u'do id",
  "case x in x) sudo id;; esac",
];

const notNaming = [
  "id",
  "",
  "echo sudo",
  "man sudo",
  "apt-get install sudo",
  "grep -r sudo /etc",
  "echo 'sudo id'",
  'echo "sudo id"',
  "echo a # sudo id",
  "ls sudo/x; cat su",
  "visudo",
  "echo x; # sudo",
  "cat > f <<E\nsudo id\nE",
  "cat > f <<-'E E'\nsudo id\n\tE E\nid",
  "echo a#b",
  "printf '%s\\n' '$(sudo id)'",
  "SUDO=sudo make",
  "ls {sudo,su}",
  "echo 'unclosed sudo",
  "git commit -m 'use; sudo'",
];

function assertNames(what: "naming" | "silent", line: string): void {
  strictEqual(namesElevator(line) ? "naming" : "silent", what, line);
}

Deno.test("namesElevator() sees sudo wherever a command stands", () => {
  for (const line of naming) assertNames("naming", line);
});

Deno.test("namesElevator() passes over sudo where it is an argument, quoted or text", () => {
  for (const line of notNaming) assertNames("silent", line);
});

Deno.test("namesElevator() comes to an end on every cut of a command", () => {
  for (const line of [...naming, ...notNaming, 'a "$(b `c` "d" <<E']) {
    for (let cut = 0; cut <= line.length; cut++) namesElevator(line.slice(0, cut));
  }
});
