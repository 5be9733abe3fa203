import type { TerminalListing, TerminalProcess } from "./terminal_readers.ts";

/** Which process a listing showed, to be known again: a pid alone may be another's by then. */
export type ProcessIdentity = Pick<TerminalProcess, "pid" | "start">;

/** A shell that was found before. */
export interface KnownShell extends ProcessIdentity {
  /** As its own answer names it; undefined where it gave none. */
  readonly shellKind?: string | undefined;
}

/** Whether two processes are the same one. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.start === other.start;
}

/** Whether a process is one of those, of which an empty start time is not known. */
export function isKnown(process: TerminalProcess, known: readonly ProcessIdentity[]): boolean {
  return known.some((other) =>
    other.pid === process.pid && (other.start === "" || other.start === process.start)
  );
}

/** It certainly does not read: it does something else, or waits for a child that was let in. */
export function isAway(process: TerminalProcess): boolean {
  const isHidden = process.wait === "unknown" && process.inputIsTerminal === undefined;
  return process.wait === "elsewhere" || (isHidden && process.hasChild);
}

/** It waits for what is typed. */
export function isReading(process: TerminalProcess, { mode }: TerminalListing): boolean {
  if (process.wait === "reads" || process.wait === "selects") return true;
  return process.wait === "polls" && mode === "raw" && process.inputIsTerminal === true;
}

/** They read what is typed and pass it on to something that the host does not show on this terminal. */
export const CARRIERS: ReadonlySet<string> = new Set(
  ("ssh slogin dbclient autossh sshpass mosh-client et telnet rlogin rsh plink sudo sudo-rs doas su run0 pkexec " +
    "docker podman nerdctl kubectl oc k3s k0s microk8s crictl ctr buildah lxc lxc-attach lxc-console incus " +
    "machinectl systemd-run nsenter script tlog-rec tlog-rec-session rootsh sudosh asciinema ttyrec expect unbuffer socat virsh vagrant fly flyctl nomad cf heroku az " +
    "gcloud session-manager-plugin tsh teleport apptainer singularity toolbox distrobox flatpak bwrap adb " +
    "conmon crun runc limactl multipass wsl wsl.exe").split(" "),
);

/** Terminals inside the terminal, which somebody else may be working in. */
const MULTIPLEXERS = ["tmux", "screen", "zellij", "byobu", "dtach", "abduco", "dvtm", "mtm"];

/** It passes what is typed on, to a terminal of somebody else maybe. */
export function isCarrier(process: TerminalProcess): boolean {
  return CARRIERS.has(process.name) || isMultiplexer(process);
}

/** A terminal inside the terminal. */
export function isMultiplexer({ name, command }: TerminalProcess): boolean {
  return MULTIPLEXERS.some((multiplexer) =>
    name.startsWith(multiplexer) || command.toLowerCase().startsWith(multiplexer)
  );
}
