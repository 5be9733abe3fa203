import { UnsupportedError } from "../../errors.ts";
import type { Interpreter } from "./interpreter_probe.ts";

const SHOWN_CHARS = 1_000;

/** AppLocker or Windows Defender Application Control allows no script to start another runspace. */
export function restrictedLanguage(host: string, mode: string): UnsupportedError {
  return new UnsupportedError(
    `PowerShell on ${host} runs in ${
      mode.slice(0, 40)
    } mode (AppLocker, Application Control or JEA)` +
      ": a session cannot be driven exactly there",
    "Ask its administrator for FullLanguage mode for this account, or use another account",
  );
}

/** NoLanguage mode (JEA), or a ForceCommand that reads the lines as something else. */
export function noLanguage(host: string, said: string): UnsupportedError {
  return new UnsupportedError(
    `PowerShell on ${host} does not run the script that drives a session: its language is switched ` +
      `off (JEA), or another program reads its input; ${printed(said)}`,
    "Ask its administrator for FullLanguage mode for this account, or use another account",
  );
}

/** JEA, ForceCommand, Nano Server, no PowerShell at all: something else answered, or nothing did. */
export function notStarted(host: string, said: string): UnsupportedError {
  return new UnsupportedError(
    `PowerShell did not start on ${host}; ${printed(said)}`,
    "Check that powershell (or pwsh) is installed there, that the account may start it, and that sshd " +
      "sets no ForceCommand; JEA endpoints and Nano Server without PowerShell are not supported",
  );
}

/** Something runs, and neither ends nor takes what it is sent. */
export function notAnswered(
  host: string,
  { said, limitMs }: { readonly said: string; readonly limitMs: number },
): UnsupportedError {
  return new UnsupportedError(
    `PowerShell on ${host} did not answer within ${limitMs / 1_000} s; ${printed(said)}`,
    "Check with ssh that powershell (or pwsh) starts there for this account and runs what it reads " +
      "from its standard input; accounts without the PowerShell language (JEA) are not supported",
  );
}

function printed(said: string): string {
  const shown = said.trim().slice(0, SHOWN_CHARS);
  return shown === "" ? "it printed nothing" : `it printed: ${shown}`;
}

/** The exec request that finds out the interpreter was answered by something else. */
export function unknownInterpreter(
  host: string,
  { said }: Interpreter & { readonly kind: "unknown" },
): UnsupportedError {
  const shown = said.trim().slice(0, SHOWN_CHARS);
  return new UnsupportedError(
    `${host} runs OpenSSH for Windows, but neither cmd, PowerShell nor bash answered its exec request` +
      (shown === "" ? "" : `; it printed: ${shown}`),
    "Check sshd's ForceCommand and DefaultShell; files can still be read and written over SFTP",
  );
}

/** For sudo_password. */
export function noSudo(system: "windows" | "unix"): UnsupportedError {
  return system === "windows"
    ? new UnsupportedError(
      "sudo_password: Windows has no sudo that works over SSH",
      "Log in as a member of Administrators: sshd gives it the full token, without UAC",
    )
    : new UnsupportedError(
      "sudo_password needs a terminal, and a PowerShell session has none",
      "Run sudo -n with a NOPASSWD rule, or leave out device_type",
    );
}

/** For send_keys. */
export function noKeys(): UnsupportedError {
  return new UnsupportedError(
    "A PowerShell session has no terminal that keys could be typed on",
    "send_input answers a program that reads standard input; interrupt_command_by_id stops a command",
  );
}

/** For read_screen. */
export function noScreen(): UnsupportedError {
  return new UnsupportedError(
    "A PowerShell session has no terminal, so there is no screen",
    "get_command_status shows what the command has printed",
  );
}

/** For QUIT and TSTP. */
export function noSuchSignal(name: string): UnsupportedError {
  return new UnsupportedError(
    `${name} does not exist in a PowerShell session: it has no terminal and no job control`,
    "Send INT, which stops the command, or KILL, which ends the session",
  );
}

/** For Ctrl-D in what is typed. */
export function noEndOfInput(): UnsupportedError {
  return new UnsupportedError(
    "The standard input of a PowerShell session cannot end: it is shared by all of its commands",
    "Pipe the input in the command itself, such as 'text' | program; INT stops the command",
  );
}
