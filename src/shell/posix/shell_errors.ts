import {
  ChannelError,
  ConnectionLostError,
  PrivilegeError,
  ShellBusyError,
  UnsupportedError,
} from "../../errors.ts";
import type { ToldStatus } from "./exit_status.ts";

/** Told with a command that ended its shell. */
export const SHELL_ENDED =
  "the shell ended with this command; its directory, variables and jobs are gone";

/** Told with a command that ended without having told its start. */
export const UNTOLD_START =
  "the shell did not tell the command's start: the output is what came since it was typed, at most " +
  "4,096 characters of it, and what stood on the line before it may have run";

/** Told with a command that ended without having told its start, in a shell that prompts on. */
export const ENDS_AT_PROMPT = `${UNTOLD_START}; the shell cannot print to the terminal by itself ` +
  "(printf disabled or replaced, or a limit on open files), so from now on its prompt alone tells " +
  "where a command ends; close_session gives a new shell";

/** Of the first reply in a shell whose output or errors go to a file. */
export const PRINTS_ELSEWHERE =
  "the start-up files sent what this shell prints elsewhere (exec >FILE or 2>FILE): output and errors " +
  "may be missing here; exec >/dev/tty 2>&1 brings them back";

const LOOK_FIRST = "Check what the command did before running it again: it was not repeated";

/** For a command that was not typed because the shell had just ended. */
export function endedShell(): ConnectionLostError {
  return new ConnectionLostError("The shell ended before the command began", "Run it again");
}

/** For a command that was typed, in a shell that ended without having told its start. */
export function endedUntold(): ConnectionLostError {
  return new ConnectionLostError("The shell ended before it told the command's start", LOOK_FIRST);
}

/** For a command whose channel went without an exit status. */
export function lostShell(): ConnectionLostError {
  return new ConnectionLostError("The connection was lost while the command ran", LOOK_FIRST);
}

/** For a command whose session somebody closed. */
export function closedShell(): ConnectionLostError {
  return new ConnectionLostError("The session was closed while the command ran", LOOK_FIRST);
}

/** The shell prompted again without running any of the command's line. */
export function refusedLine(): UnsupportedError {
  return new UnsupportedError(
    "The shell did not run the command: it refuses the lines that are typed to it (a trap on DEBUG " +
      "under extdebug that returns false does this), the terminal was left so that no line ends, or " +
      "a process that an earlier command left behind reads the terminal, and took the line",
    "Run the command again; if it is refused again, close_session and run it in a new shell",
  );
}

/** The shell holds another command. */
export function busyShell(command: string | undefined): ShellBusyError {
  return new ShellBusyError(
    `The shell runs "${command ?? ""}"`,
    "Wait for it, or name another session",
  );
}

/** A line that looked like a nested shell's prompt did not answer as one. */
export function notAShell(command: string | undefined): ShellBusyError {
  return new ShellBusyError(
    `"${command ?? ""}" still runs, and what reads its input does not answer as a shell does`,
    "Answer it with send_input or interrupt_command_by_id; list_running_commands has its id",
  );
}

/** nologin(8), a ForceCommand that prints and ends, or start-up files that exit. */
export function refusedLogin(told: ToldStatus | undefined, said: string): ChannelError {
  const status = told === undefined ? "" : ` (exit ${told.exitStatus})`;
  const printed = said === "" ? "" : `; it printed: ${said.slice(-1_000)}`;
  return new ChannelError(
    `The far end closed the shell before its first prompt${status}${printed}`,
    "Check the account's login shell, its start-up files and sshd's ForceCommand",
  );
}

/** Neither the login shell nor a POSIX shell started from it answered. */
export function noPosixShell(said: string): UnsupportedError {
  return new UnsupportedError(
    `The login shell is neither POSIX nor fish, and no POSIX shell could be started from it; ` +
      `it printed: ${said.slice(-500)}`,
    "Install sh where the account can run it, or give the account another login shell",
  );
}

/** The reader takes every line and runs none: an appliance's own command line, a menu. */
export function deafReader(line: string): UnsupportedError {
  const prompt = line.trim().slice(-200);
  return new UnsupportedError(
    `Not typed: what prompts with "${prompt}" is no shell or device that I know`,
    'If it is a network device: close_session, then the command with device_type="generic" or its ' +
      "family; if it is a menu, give the account a shell",
  );
}

/** sudo, doas or su did not take the password. */
export function refusedPassword(): PrivilegeError {
  return new PrivilegeError(
    "The password was refused; it was tried once, and the command was interrupted",
    "Pass the right sudo_password; the shell is clean",
  );
}
