import { TERMINAL_DESCRIPTORS } from "./readers_command.ts";

/** The last line of the answer to {@link saneTerminalScript}. */
export const TERMINAL_IS_SANE = "mcp-ssh-sane\n";

/** The script that sets the terminal of a login shell as set-up left it, and says when it has. */
export function saneTerminalScript(shell: number): string {
  return 'exec 2>/dev/null; trap "echo mcp-ssh-sane" EXIT; PATH="$PATH:/usr/bin:/bin"; ' +
    `for t in $(ps -o tty= -p ${shell}); do stty sane -echo <"/dev/$t" && exit; done; ` +
    `for n in ${TERMINAL_DESCRIPTORS}; do t=/proc/${shell}/fd/$n; ` +
    "[ -c $t ] && { [ $t -ef /dev/null ] || break; }; done; stty sane -echo <$t";
}
