import assert from "node:assert/strict";
import { checkCases, type ShellCase, startShellHosts } from "./login_shells.ts";

/** The same file for each shell that reads one at login. */
function startUp(name: string, text: string): Readonly<Record<string, string>> {
  return { [name === "zsh" ? ".zshrc" : ".profile"]: text };
}

const EXACT: readonly ShellCase[] = [
  { command: "x=1; echo one" },
  { command: "echo two; (exit 3) || echo $? $x", output: "two\n3 1\n" },
  { command: "echo 'a b' | tr a-z A-Z", output: "A B\n" },
].map((one) => ({ output: "one\n", ...one }));

Deno.test("in every shell errexit and nounset of the start-up file end no shell before its first command", async () => {
  await using hosts = await startShellHosts({
    files: (name) => startUp(name, "set -e -u -f\nIFS='\n\t'\n"),
  });
  await checkCases(hosts.all, EXACT);
  await checkCases(hosts.all, [
    { command: "echo last; (exit 3)", output: /^last\n/, status: 3 },
  ]);
});

Deno.test("readonly variables of a hardened start-up file keep no shell from being set up", async () => {
  const texts: Readonly<Record<string, string>> = {
    bash: "HISTCONTROL=; PROMPT_COMMAND=:\nreadonly PROMPT_COMMAND HISTCONTROL HISTFILE " +
      "HISTSIZE HISTTIMEFORMAT TMOUT PS0\n",
    zsh: "typeset -r RPROMPT=x RPS1=x\ntypeset -ra precmd_functions=(true) periodic_functions\n" +
      "preexec_functions=(print)\n",
    ksh93: "HISTFILE=~/.hist; readonly HISTFILE TMOUT\n",
  };
  await using hosts = await startShellHosts({
    shells: Object.keys(texts),
    files: (name) => startUp(name, texts[name] ?? assert.fail(name)),
  });
  await checkCases(hosts.all, [
    ...EXACT,
    { command: "echo three; (exit 3)", output: "three\n", status: 3 },
    { command: "echo $?", output: "3\n" },
  ]);
});

Deno.test("bash and zsh restore $? without tripping a trap on ERR or err_return", async () => {
  await using hosts = await startShellHosts({ shells: ["bash", "zsh"] });
  await checkCases(hosts.all, [
    { command: 'test -n "$ZSH_VERSION" && setopt err_return; trap "echo trapped" ERR' },
    { command: "(exit 3)", output: /^(?:trapped\n)+$/, status: 3 },
    { command: "echo $?", output: "3\n" },
  ]);
});
