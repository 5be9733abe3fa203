import assert from "node:assert/strict";
import { join } from "node:path";
import { SHELLS } from "../../src/cli/completions.ts";
import { mustRun } from "../support/command.ts";

/** A typed word, and the words that it can become. */
const CASES: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ["c", ["check", "completion", "config"]],
  ["serve ", ["--check"]],
  ["completion ", ["bash", "fish", "zsh"]],
  ["profile ", ["record", "test"]],
  ["help pro", ["profile"]],
  ["profile test rec", ["recording.txt"]],
  ["check we", ["web1", "web2"]],
  ["config x", []],
  ["check web1 ", []],
];

/** How each shell is asked for what it offers; the script is its standard input. */
const ASKED: Readonly<Record<string, (typed: string) => string>> = {
  bash: (typed) =>
    `. ./script; COMP_WORDS=(mcp-ssh-session ${typed.replace(/ $/, " ''")}); ` +
    `COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); compopt() { :; }; _mcp_ssh_session; ` +
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (typed) =>
    `source ./script; complete -C 'mcp-ssh-session ${typed}' | string split -f1 \\t; true`,
  // The widget that lists is replaced by one that prints.
  zsh: (typed) =>
    `compdef() { :; }; . ./script; words=(mcp-ssh-session ${typed.replace(/ $/, " ''")}); ` +
    `CURRENT=$#words; now=$words[-1]; ` +
    `compadd() { shift; for w; do [[ $w == $now* ]] && print -r -- $w; done }; ` +
    `_files() { print -rl -- $now*(N) }; _mcp_ssh_session; true`,
};

for (const [shell, write] of Object.entries(SHELLS)) {
  Deno.test(`${shell} completes words, hosts and files`, async () => {
    const home = await Deno.makeTempDir({ prefix: "mss_completion_" });
    await Deno.mkdir(join(home, ".ssh"));
    await Deno.writeTextFile(join(home, ".ssh/config"), "Host web1 web2 *.corp\nHost db\n");
    await Deno.writeTextFile(join(home, "recording.txt"), "");
    await Deno.writeTextFile(join(home, "script"), write());
    for (const [typed, offered] of CASES) {
      const printed = await mustRun([shell, "-c", ASKED[shell]!(typed)], {
        cwd: home,
        env: { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home },
      });
      const found = printed.split("\n").filter((word) => word !== "" && word !== "script").sort();
      assert.deepEqual(found, offered, `${shell}: ${typed}`);
    }
    await Deno.remove(home, { recursive: true });
  });
}
