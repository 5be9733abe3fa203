import { TERMINAL_DESCRIPTORS } from "./readers_command.ts";

/** The command, for an exec channel beside a shell, that sets its terminal as set-up left it. */
export function saneTerminalCommand(shell: number): string {
  return 'exec sh -c \'exec 2>/dev/null; PATH="$PATH:/usr/bin:/bin"; ' +
    `for t in $(ps -o tty= -p ${shell}); do stty sane -echo <"/dev/$t" && exit; done; ` +
    `for n in ${TERMINAL_DESCRIPTORS}; do t=/proc/${shell}/fd/$n; ` +
    "[ -c $t ] && { [ $t -ef /dev/null ] || break; }; done; stty sane -echo <$t'";
}
