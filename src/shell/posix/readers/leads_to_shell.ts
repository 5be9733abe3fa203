import { isShellName } from "./shell_at_prompt.ts";

/** Options that take the next word, of ssh(1). */
const SSH_VALUES = /^-[A-Za-z0-9]*[BbcDEeFIiJLlmOoPpQRSWw]$/;
const SSH = new Set([
  "ssh",
  "slogin",
  "dbclient",
  "autossh",
  "sshpass",
  "mosh-client",
  "mosh",
  "tsh",
]);
/** They open a shell of another user where they are given no command. */
const ELEVATORS = new Set(["su", "login", "newgrp", "chroot", "nsenter", "unshare", "script"]);
/** They end a shell that start-up files may have started: the login shell is behind it. */
const LEAVERS = new Set(["exit", "logout"]);
/** Subcommands that open a shell or a console. */
const OPENING = new Set(["shell", "ssh", "attach", "console", "login", "enter", "connect"]);
/** Words in front of a command that leave it a command of its own. */
const PREFIXES = new Set([
  "exec",
  "command",
  "builtin",
  "time",
  "nohup",
  "env",
  "nice",
  "sudo",
  "doas",
  "-",
]);

/**
 * Whether a command line may lead to a shell that prompts on the terminal: `ssh host`, `sudo -i`,
 * `docker exec -it web sh`, and not `ssh host psql` or `kubectl exec -it db -- mysql`.
 *
 * It reads words, and expands nothing. A name of its own (an alias, a script) leads nowhere.
 */
export function leadsToShell(commandLine: string): boolean {
  const simple = commandLine.slice(0, 8_192).split(/[;&|\n(){}]/).filter((part) =>
    part.trim() !== ""
  );
  return wordsLeadToShell((simple.at(-1) ?? "").split(/\s/).filter((word) => word !== ""));
}

/** The same of a command whose words are known. */
export function wordsLeadToShell(words: readonly string[]): boolean {
  const plain = words.map((word) => word.replaceAll(/["'\\]/g, ""));
  const at = plain.findIndex((word) => !PREFIXES.has(word) && !/^\w+=/.test(word));
  const elevator = plain.slice(0, Math.max(0, at)).find((word) =>
    word === "sudo" || word === "doas"
  );
  if (at < 0) return false;
  const name = baseName(plain[at]!);
  const rest = plain.slice(at + 1);
  if (LEAVERS.has(name)) return true;
  if (elevator !== undefined && plain[at]!.startsWith("-")) return elevatorLeads(plain.slice(at));
  if (isShellName(name)) return !rest.some((word) => /^-[A-Za-z]*c$/.test(word));
  if (name === "sudo" || name === "doas") return elevatorLeads(rest);
  if (SSH.has(name)) return sshLeads(rest);
  const runs = rest.filter((word) => !word.startsWith("-"));
  if (ELEVATORS.has(name) && !rest.some((word) => /^(?:-[a-z]*c|--command)/.test(word))) {
    // A process id or a directory, and what is run there.
    const run = (name === "chroot" ? runs.slice(1) : runs).filter((word) =>
      !/^[\d/.]/.test(word) || isShellName(baseName(word))
    );
    return name === "su" || name === "login" || run.every((word) => isShellName(baseName(word)));
  }
  const isOpened = runs.some((word) => isShellName(baseName(word)) || baseName(word) === "su");
  return CONTAINERS.has(name) && (isOpened || runs.slice(0, 2).some((word) => OPENING.has(word)));
}

const CONTAINERS = new Set(
  ("docker podman nerdctl kubectl oc k3s k0s microk8s crictl ctr buildah lxc lxc-attach lxc-console incus " +
    "machinectl systemd-run vagrant fly flyctl nomad cf heroku az gcloud aws apptainer singularity toolbox " +
    "distrobox flatpak bwrap adb conmon crun runc limactl multipass wsl wsl.exe session-manager-plugin " +
    "virsh telnet rlogin rsh socat expect unbuffer run0 pkexec").split(" "),
);

function elevatorLeads(words: readonly string[]): boolean {
  const options = words.filter((word) => word.startsWith("-"));
  const isLogin = options.some((word) => /^-[A-Za-z]*[is]$|^--(?:login|shell)$/.test(word));
  const command = words.findIndex((word, index) =>
    !word.startsWith("-") && !/^\w+=/.test(word) &&
    !/^-[A-Za-z]*[ugpCDhrtTU]$/.test(words[index - 1] ?? "")
  );
  return command < 0 ? isLogin : wordsLeadToShell(words.slice(command));
}

function sshLeads(words: readonly string[]): boolean {
  let at = 0;
  while (at < words.length && words[at]!.startsWith("-")) {
    at += SSH_VALUES.test(words[at]!) ? 2 : 1;
  }
  let command = words.slice(at + 1);
  while (command[0]?.startsWith("-")) command = command.slice(SSH_VALUES.test(command[0]) ? 2 : 1);
  return command.length === 0 ? at < words.length : wordsLeadToShell(command);
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1).replace(/^-/, "");
}
