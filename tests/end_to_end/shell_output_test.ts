import { checkCases, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const LINES: readonly ShellCase[] = [
  { command: "echo hi", output: "hi\n" },
  { command: "pwd | grep -c /home", output: "1\n" },
  { command: "echo a # comment", output: "a\n" },
  { command: "# only a comment" },
  { command: "   " },
  { command: "\n\n" },
  { command: "true" },
  { command: "cat <<EOF\none $((1+1))\n  two\nEOF", output: "one 2\n  two\n" },
  { command: "cat <<'E'\n$HOME `x` \\ \nE", output: "$HOME `x` \\ \n" },
  { command: "x=$(cat <<E\nin\nE\n); echo $x", output: "in\n" },
  { command: "for i in 1 2 3\ndo\n  echo $i\ndone", output: "1\n2\n3\n" },
  { command: "case x in\n x) echo matched;;\nesac", output: "matched\n" },
  { command: "echo one \\\ntwo", output: "one two\n" },
  { command: 'f() {\n  echo in f "$1"\n}\nf a', output: "in f a\n" },
  { command: "echo a; echo b >&2; echo c", output: "a\nb\nc\n" },
];

const QUOTES: readonly ShellCase[] = [
  {
    command: `echo 'single' "double" \\\\ "a'b" 'a"b' \`echo back\` $(echo "n 'q'") "\\$x"`,
    output: `single double \\ a'b a"b back n 'q' $x\n`,
  },
  { command: `printf '%s\\n' ''\\''' "'" '"'`, output: `'\n'\n"\n` },
  { command: `printf '%s|' "" '' a''b "c"'d'; echo`, output: "||ab|cd|\n" },
  { command: "echo $'t\\ta'", output: { dash: "$t\ta\n", others: "t\ta\n" } },
  { command: 'echo !! !x "!y" \'z!\' "!!"', output: "!! !x !y z! !!\n" },
  { command: "echo \"multi\nline\"; echo 'a\n\n\nb'", output: "multi\nline\na\n\n\nb\n" },
  { command: "echo 'a<1>b'", output: "a<1>b\n" },
  { command: "echo '<script>&amp;\"'", output: '<script>&amp;"\n' },
  { command: "echo '%s %d %% %n'", output: "%s %d %% %n\n" },
  { command: "echo '{a,b}' '*' '?' '[x]' '~' '$((1+1))'", output: "{a,b} * ? [x] ~ $((1+1))\n" },
  { command: "echo ^a^b ^ '^C'", output: "^a^b ^ ^C\n" },
];

const CHARACTERS: readonly ShellCase[] = [
  { command: "printf 'a\\tb\\n'", output: "a\tb\n" },
  { command: "echo 'a\tb'", output: "a\tb\n" },
  { command: "\techo\ttabs", output: "tabs\n" },
  { command: "echo é ü ß 日本語 😀 👨‍👩‍👧 e\u0301", output: "é ü ß 日本語 😀 👨‍👩‍👧 e\u0301\n" },
  { command: "printf '\\360\\237'; sleep 0.2; printf '\\230\\200\\n'", output: "😀\n" },
  { command: "printf '\\303'; sleep 0.1; printf '\\251\\n'", output: "é\n" },
  { command: "printf '\\377\\376x\\n'", output: "\ufffd\ufffdx\n" },
  { command: "printf '\\302'; echo x", output: "\ufffdx\n" },
  {
    command: "printf %s 'a\u0001b\u0003c\u0004d\u001be\u007ff\u0015g\u0011h' | od -An -tx1",
    output: " 61 01 62 03 63 04 64 1b 65 7f 66 15 67 11 68\n",
  },
  { command: "echo 1\r\necho 2", output: "1\n2\n" },
];

const LINE_ENDS: readonly ShellCase[] = [
  { command: "printf 'no newline'", output: "no newline" },
  { command: "printf ''" },
  { command: "printf '\\n'", output: "\n" },
  { command: "echo; echo; echo", output: "\n\n\n" },
  { command: "printf '\\n\\nx\\n\\n'", output: "\n\nx\n\n" },
  { command: "printf 'x   \\n   y'", output: "x   \n   y" },
  { command: "printf 'a\\r\\nb\\r\\n'", output: "a\nb\n" },
];

const TERMINAL: readonly ShellCase[] = [
  { command: "printf '10%%\\r20%%\\r100%%\\n'", output: "100%\n" },
  { command: "printf 'abc\\b\\bX\\n'", output: "aXc\n" },
  { command: "printf '\\033[31mred\\033[0m\\n'", output: "red\n" },
  { command: "printf '\\033]0;title\\007x\\n'", output: "x\n" },
  { command: "printf '\\033]133;A\\007\\033]133;D;0\\007x\\n'", output: "x\n" },
  { command: "printf '\\033]7717;%032d;D;0;\\n\\007x\\n' 0", output: "x\n" },
  // A sequence that is never finished swallows nothing of the next command.
  { command: "printf '\\033]7717;abc'" },
  { command: "echo a", output: "a\n" },
  { command: "printf '\\033]'" },
  { command: "echo b", output: "b\n" },
  { command: "printf '\\033P'" },
  { command: "echo c", output: "c\n" },
  { command: "printf '\\033['" },
  { command: "echo d", output: "d\n" },
  {
    command: "test -t 0 && test -t 1 && test -t 2 && stty size && echo $TERM",
    output: "50 200\nxterm-256color\n",
  },
];

const LOOKALIKES: readonly ShellCase[] = [
  { command: "printf 'user@h:~$ '; sleep 0.3; echo done", output: "user@h:~$ done\n" },
  { command: "printf '# '; sleep 0.2; echo x", output: "# x\n" },
  { command: "echo '[exit 0] 0.00s'; echo 'Password:'", output: "[exit 0] 0.00s\nPassword:\n" },
  { command: "ls missing read", output: /^ls: .*missing.*\nls: .*read.*\n$/, status: 2 },
  { command: "sleep 0.5" },
  { command: "seq 1 200000 | tail -1; seq 1 20000 | wc -c", output: "200000\n108894\n" },
];

Deno.test("in every shell a command's output is exact: lines, heredocs, loops, comments", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, LINES);
});

Deno.test("in every shell quotes of every kind and characters of every kind arrive as given", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, [...QUOTES, ...CHARACTERS]);
});

Deno.test("in every shell output is as a terminal shows it, with its own line ends", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, [...LINE_ENDS, ...TERMINAL]);
});

Deno.test("in every shell text that looks like a prompt, a question or a status ends nothing", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, LOOKALIKES);
});
