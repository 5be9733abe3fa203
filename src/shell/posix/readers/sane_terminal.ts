import { TERMINAL_DESCRIPTORS } from "./readers_command.ts";

/** The last line of the answer to {@link saneTerminalCommand}. */
export const TERMINAL_IS_SANE = "mcp-ssh-sane\n";

/**
 * The command, for an exec channel beside a shell, that sets its terminal as set-up left it, and says
 * when it has.
 */
export function saneTerminalCommand(shell: number): string {
  return 'exec sh -c \'exec 2>/dev/null; trap "echo mcp-ssh-sane" EXIT; PATH="$PATH:/usr/bin:/bin"; ' +
    `for t in $(ps -o tty= -p ${shell}); do stty sane -echo <"/dev/$t" && exit; done; ` +
    `for n in ${TERMINAL_DESCRIPTORS}; do t=/proc/${shell}/fd/$n; ` +
    "[ -c $t ] && { [ $t -ef /dev/null ] || break; }; done; stty sane -echo <$t'";
}
