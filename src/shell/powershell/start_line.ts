import type { Interpreter } from "./interpreter_probe.ts";

/** Command lines for the host's exec requests, about one session. */
export interface HostLines {
  readonly system: "windows" | "unix";
  /** Starts PowerShell, its standard error on its standard output. */
  readonly start: string;
  /** Asks the loop to stop its command. */
  stop(nonce: string, pid: string): string;
  /** Ends PowerShell and what it started. */
  kill(pid: string): string;
}

const ARGUMENTS = "-NoLogo -NoProfile -OutputFormat Text -Command -";

/** Where pwsh may be although it is not in sshd's PATH. */
const PLACES = "$HOME/.dotnet/tools:/opt/microsoft/powershell/7:/usr/local/bin:/opt/homebrew/bin";

/**
 * PowerShell in a process group of its own below a small shell. sshd sends a signal to the group of
 * the process it started: here that is the small shell alone, which passes INT on as WINCH, that
 * nothing dies of: background processes of the session live on.
 */
const UNIX_START = [
  "exec 3<&0",
  `case $SHELL in */pwsh) p=$SHELL;; *) p=$(PATH=$PATH:${PLACES} command -v pwsh);; esac`,
  `if [ -z "$p" ]; then echo pwsh: not found >&2; exit 127; fi`,
  "if command -v setsid >/dev/null; then s=setsid; else s=; set -m; fi",
  `$s "$p" ${ARGUMENTS} <&3 3<&- 2>&1 & p=$!`,
  `trap "kill -WINCH -$p" INT`,
  `trap "kill -KILL -$p $p" TERM HUP`,
  "exec 3<&- </dev/null",
  "while kill -0 $p 2>/dev/null; do wait $p; s=$?; done",
  "kill -KILL -$p 2>/dev/null",
  "exit $s",
].join("; ");

/** On a Windows host: the same under every DefaultShell but bash, which would take `/c` for a path. */
export function windowsLines(interpreter: Interpreter): HostLines {
  if (interpreter.kind === "posix") {
    return {
      system: "windows",
      start: `exec powershell ${ARGUMENTS} 2>&1`,
      stop: (nonce) => `echo >//./pipe/mcp-${nonce}`,
      kill: (pid) => `taskkill //F //T //PID ${pid}`,
    };
  }
  const isCore = interpreter.kind === "powershell" && interpreter.edition === "Core";
  return {
    system: "windows",
    start: `cmd /c "${isCore ? "pwsh" : "powershell"} ${ARGUMENTS} 2>&1"`,
    stop: (nonce) => `cmd /c "echo.>\\\\.\\pipe\\mcp-${nonce}"`,
    kill: (pid) => `taskkill /F /T /PID ${pid}`,
  };
}

/** On any other host; `exec` is known to POSIX shells, fish, csh and PowerShell 7.3. */
export function unixLines(): HostLines {
  return {
    system: "unix",
    start: `exec sh -c '${UNIX_START}'`,
    stop: (_nonce, pid) => `kill -WINCH ${pid}`,
    kill: (pid) => `kill -KILL ${pid}`,
  };
}
