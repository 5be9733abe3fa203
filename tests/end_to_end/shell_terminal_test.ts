import { checkCases, LOGIN_SHELLS, type ShellCase } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const MODES: readonly ShellCase[] = [
  "stty raw",
  "stty -echo; stty raw -icrnl",
  "stty echo",
  "stty -opost",
  "stty -onlcr",
  "stty -isig",
  "stty intr ^X erase ^H kill ^K eof ^E",
  "stty intr x",
  "stty erase e kill '<' quit 5",
  "f() { stty eof o lnext ' ' start c stop 1; }",
  "f",
  "stty -icanon min 1 time 0",
  "stty cols 40 rows 5 echo",
  "printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[?1h\\033='",
  "printf '\\033[?1049l'",
  "printf '\\016\\033(0'",
  "tput smcup 2>/dev/null; true",
  "python3 -c 'import tty; tty.setraw(0)'",
].flatMap((command): ShellCase[] => [
  { command },
  { command: "echo one; echo two; (exit 3)", output: "one\ntwo\n", status: 3 },
  {
    command: "echo $? 0123456789012345678901234567890123456789012345678901234567890123456789",
    output: `3 ${"0123456789".repeat(7)}\n`,
  },
]);

const FULL_SCREEN: readonly ShellCase[] = [
  { command: "tput clear; echo x", output: "x\n" },
  { command: "printf 'a\\n\\033[1Ab\\n'", output: "b\n" },
  { command: "printf '\\033[?1049h\\033[2Jdrawn\\033[?1049l'; echo after", output: "after\n" },
  { command: "printf '\\033[5;5Hplaced\\n'; echo end", output: /placed\n(.*\n)*end\n$/ },
  { command: "printf '\\007bell\\n\\016line\\017\\n'", output: "bell\nline\n" },
  { command: "printf '\\033[6n\\033[c\\033]11;?\\007'; sleep 0.3; echo asked", output: /asked\n$/ },
  { command: "echo next", output: "next\n" },
];

Deno.test("in every shell the next command is exact whatever a command leaves the terminal in", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, MODES, { timeout: 15 });
});

Deno.test("in every shell letters that a start-up file makes keys of the terminal stay letters", async () => {
  const keys = "intr x erase e kill '<'";
  const fish = `stty ${keys}\nset -g set_up done\n`;
  const posix = `stty iuclc olcuc ${keys}\nset_up=done\n`;
  await using hosts = await borrowShellHosts({
    shells: [...LOGIN_SHELLS, "fish"],
    files: (name) =>
      name === "fish"
        ? { ".config/fish/config.fish": fish }
        : { [name === "zsh" ? ".zshrc" : ".profile"]: posix },
  });
  await checkCases(hosts.all, [
    { command: "echo extreme $set_up; sh -c 'exit 3'", output: "extreme done\n", status: 3 },
    { command: "echo $HOME | wc -l", output: "1\n" },
  ], { timeout: 20 });
});

Deno.test("in every shell what draws on the terminal leaves what stays to be read", async () => {
  await using hosts = await borrowShellHosts();
  await checkCases(hosts.all, FULL_SCREEN, { timeout: 15 });
});
