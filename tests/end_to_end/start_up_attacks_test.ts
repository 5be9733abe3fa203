import assert from "node:assert/strict";
import { idOf } from "../support/world.ts";
import { checkCases, type ShellCase, type ShellHost, type ShellName } from "./login_shells.ts";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

/** Words that our lines begin with, and that a start-up file may give another meaning. */
const WORDS =
  "exec command builtin eval read export printf print unset local trap test set stty : echo"
    .split(" ");

/** One start-up text, and the shells that read it so. */
interface StartUp {
  readonly text: string;
  readonly shells: readonly ShellName[];
  /** The note of the first reply. */
  readonly note?: RegExp;
  /** Whether what commands print is lost, as the text has it. */
  readonly isMute?: boolean;
  /** Whether the prompt is lost, too, by which an interrupt is seen to have ended a command. */
  readonly hidesPrompt?: boolean;
}

const POSIX = ["bash", "zsh", "dash", "ksh93", "mksh", "ash", "yash"];
const ELSEWHERE = /start-up files sent what this shell prints elsewhere/;

const START_UPS: Readonly<Record<string, StartUp>> = {
  "aliases of all words": {
    text: WORDS.map((word) => `\\alias ${word}='echo evil' 2>/dev/null`).join("\n"),
    shells: POSIX,
  },
  "readonly names like ours": {
    text: "readonly _mcp_ssh_i=mine _mcp_ssh_o=mine\n" +
      "_mcp_ssh_r() { return 0; }\nreadonly -f _mcp_ssh_r 2>/dev/null || :",
    shells: POSIX,
  },
  "a readonly prompt": { text: "PS1='$ '; PS2='> '; readonly PS1 PS2", shells: POSIX },
  "a function named printf, and one named stty": {
    text: "printf() { return 0; }\nstty() { return 0; }",
    shells: ["bash", "zsh", "dash", "ksh93", "mksh"],
  },
  "a function named command": { text: "command() { return 0; }", shells: ["bash", "mksh"] },
  "output to nowhere": {
    ...{ text: "exec >/dev/null", note: ELSEWHERE, isMute: Boolean(1) },
    shells: ["bash", "zsh", "dash", "ksh93", "mksh", "yash"],
  },
  "output to a file": {
    ...{ text: "exec >~/log 2>&1", note: ELSEWHERE, isMute: Boolean(1), hidesPrompt: Boolean(1) },
    shells: ["bash", "zsh", "mksh", "ash"],
  },
  "functions of fish": {
    text: "function printf; end\nalias set 'echo evil'\nabbr -a printf evil",
    shells: ["fish"],
  },
  "aliases of tcsh": { text: "alias printf 'echo evil'\nalias eval 'echo evil'", shells: ["tcsh"] },
};

const FILES: Readonly<Record<string, string>> = {
  bash: ".bash_profile",
  zsh: ".zshrc",
  yash: ".yash_profile",
  fish: ".config/fish/config.fish",
  tcsh: ".tcshrc",
};

function casesFor({ note, isMute = Boolean(0) }: StartUp, shell: ShellName): readonly ShellCase[] {
  const status = shell === "fish" ? "$status" : "$?";
  const printed = (text: string): string => isMute ? "" : text;
  return [
    { command: "cd /usr; sh -c 'exit 3'", output: note ?? "", status: 3 },
    { command: `sh -c 'echo "$0"' ${status}`, output: printed("3\n") },
    { command: "seq 3; pwd", output: printed("1\n2\n3\n/usr\n") },
    { command: "no_such_command", output: /^|not found/i, status: 127 },
    { command: "sh -c 'kill -TERM $$'", output: /^/, status: 143 },
  ];
}

async function interruptsOne(host: ShellHost): Promise<void> {
  const begun = await host.run("sleep 100", { timeout: 0.2 });
  const command_id = idOf(begun);
  const { text, meta } = await host.server.call("interrupt_command_by_id", { command_id });
  assert.equal(meta?.state, "interrupted", `${host.name}: ${text}`);
  assert.doesNotMatch(text, /\n\$ /, host.name);
  const after = await host.run("test -d /usr", { timeout: 20 });
  assert.equal(after.meta?.exit_status, 0, `${host.name}: ${after.text}`);
}

for (const [title, startUp] of Object.entries(START_UPS)) {
  Deno.test(`commands are exact behind start-up files with ${title}`, async () => {
    await using hosts = await borrowShellHosts({
      shells: startUp.shells,
      files: (name) => ({ [FILES[name] ?? ".profile"]: `${startUp.text}\n` }),
    });
    await Promise.all(hosts.all.map(async (host) => {
      await checkCases([host], casesFor(startUp, host.name), { timeout: 30 });
      if (startUp.hidesPrompt !== true) await interruptsOne(host);
    }));
  });
}
