import { PrivilegeError, UnsupportedError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";

/**
 * Finds the terminal's foreground process group (tpgid of proc(5), or ps(1) elsewhere) and signals
 * it, unless it is the shell's own: then no command is in the foreground. Its quotes mean the same
 * to POSIX shells, fish and csh.
 */
function script(shellPid: string, signal: string): string {
  const body = `p=${shellPid}; s=${signal}; ` +
    "if [ -r /proc/$p/stat ]; then read -r l < /proc/$p/stat; l=${l##*) }; set -- $l; g=$6; " +
    'else g=$(ps -o tpgid= -p $p | tr -d " "); fi; ' +
    'case "$g" in ""|-1|0|1) echo none; exit 0;; esac; ' +
    'if [ "$g" = "$p" ]; then echo shell; exit 0; fi; ' +
    'if kill -s $s -- "-$g" 2>/dev/null; then echo sent; else echo refused "$g"; fi';
  return `exec sh -c '${body}'`;
}

/**
 * Sends a signal to the foreground process group of the terminal whose session leader is
 * `shellPid`, by `kill` in a channel of its own.
 *
 * A shell that runs a built-in is itself in the foreground; then the signal goes to the shell.
 *
 * @throws {PrivilegeError} When the group belongs to another user, as under sudo.
 * @throws {UnsupportedError} When the group cannot be found.
 */
export async function signalForeground(
  connection: Connection,
  shellPid: string,
  signal: string,
): Promise<void> {
  if (!/^\d+$/.test(shellPid)) throw unknownGroup("the shell told no process id");
  await using channel = await connection.exec(script(shellPid, signal));
  channel.end();
  const decoder = new TextDecoder();
  let answer = "";
  for await (const chunk of channel.output) answer += decoder.decode(chunk, { stream: true });
  const word = answer.trim().split(/\s/)[0] ?? "";
  if (word === "sent") return;
  if (word === "refused") {
    throw new PrivilegeError(
      `The foreground process group belongs to another user, so ${signal} was refused`,
      "Send INT, which the terminal itself delivers, or run kill under sudo in another session",
    );
  }
  throw unknownGroup(word === "" ? "the far end did not tell" : `it is the ${word}`);
}

function unknownGroup(why: string): UnsupportedError {
  return new UnsupportedError(
    `No foreground process group to signal: ${why}`,
    "Send INT, or close_session ends the shell",
  );
}
