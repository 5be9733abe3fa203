import { PrivilegeError, UnsupportedError } from "../errors.ts";
import { newNonce } from "../terminal/nonce.ts";
import type { Connection } from "../transport/transport.ts";

const ANSWER_MS = 10_000;
/** Start-up files may print before it. */
const ANSWER_BYTES = 256 * 1024;

/** Whose terminal's foreground is meant: process ids as the shells told them. */
export interface ForegroundShells {
  /** The login shell, which runs on the host that the connection leads to. */
  readonly login: string;
  /** The shell that runs the command: the login shell, or one inside it. */
  readonly shell: string;
}

/**
 * Finds the terminal's foreground process group (tpgid of proc(5), or ps(1) elsewhere) and signals
 * it, unless it is the shell's own: then no command is in the foreground. A shell inside the login
 * shell counts only as its descendant: what ssh or a container runs tells a process id of another
 * world. Its answer is a line behind `mark`: start-up files may print, too. Its quotes mean the same
 * to POSIX shells, fish and csh.
 */
function script({ login, shell }: ForegroundShells, signal: string, mark: string): string {
  const body = `a=${login}; p=${shell}; s=${signal}; m=${mark}; ` +
    "f() { if [ -r /proc/$1/stat ]; then read -r l < /proc/$1/stat; set -- ${l##*) }; u=$2; g=$6; " +
    "else set -- $(ps -o ppid= -o tpgid= -p $1); u=$1; g=$2; fi; }; " +
    'c=$p; while [ "$c" != "$a" ]; do f $c; c=$u; ' +
    'case "$c" in ""|0|1) echo $m elsewhere; exit 0;; esac; done; ' +
    'f $p; case "$g" in ""|-1|0|1) echo $m none; exit 0;; esac; ' +
    'if [ "$g" = "$p" ]; then echo $m shell; exit 0; fi; ' +
    'if kill -s $s -- "-$g" 2>/dev/null; then echo $m sent; else echo $m refused; fi';
  return `exec sh -c '${body}'`;
}

/**
 * Sends a signal to the foreground process group of a shell's terminal, by `kill` in a channel of
 * its own.
 *
 * A shell that runs a built-in is itself in the foreground; then nothing is sent.
 *
 * @throws {PrivilegeError} When the group belongs to another user, as under sudo.
 * @throws {UnsupportedError} When the group cannot be found, or is on another machine.
 */
export async function signalForeground(
  connection: Connection,
  shells: ForegroundShells,
  signal: string,
): Promise<void> {
  if (!/^\d+$/.test(shells.login + shells.shell)) {
    throw unknownGroup("the shell reported no process id");
  }
  const mark = newNonce();
  const answerIn = (text: string): string | undefined => text.split(`${mark} `)[1]?.split("\n")[0];
  const { text } = await connection.run(script(shells, signal, mark), {
    limitBytes: ANSWER_BYTES,
    timeoutMs: ANSWER_MS,
    until: (text) => text.endsWith("\n") && answerIn(text) !== undefined,
  });
  switch (answerIn(text)) {
    case "sent":
      return;
    case "refused":
      throw refused(signal);
    case "elsewhere":
      throw elsewhere(signal);
    case "shell":
      throw unknownGroup("it is the shell itself, which runs a command of its own");
    default:
      throw unknownGroup("the host did not report one");
  }
}

function refused(signal: string): PrivilegeError {
  return new PrivilegeError(
    `The foreground process group belongs to another user, so ${signal} was refused`,
    "Send INT, which the terminal itself delivers, or run kill under sudo in another session",
  );
}

function elsewhere(signal: string): UnsupportedError {
  return new UnsupportedError(
    `The command's shell runs on another host or in a container, where ${signal} cannot be sent from here`,
    "Send INT or QUIT, which are typed to it; or signal the command that started that shell",
  );
}

function unknownGroup(why: string): UnsupportedError {
  return new UnsupportedError(
    `No foreground process group to signal: ${why}`,
    "Send INT, or close_session ends the shell",
  );
}
