/**
 * The command, for an exec channel, that tells the process group of a login shell of this connection
 * and the foreground process group of its terminal (proc(5)); nothing for any other process.
 *
 * Its quotes mean the same to POSIX shells, fish and csh.
 */
export function foregroundGroupCommand(shellPid: number): string {
  return `exec sh -c 'read -r l </proc/${shellPid}/stat && set -- \${l##*) } && ` +
    "[ $2 = $PPID ] && echo $3 $6' 2>/dev/null";
}

/** What of a shell tells whether the host can be asked: `$-`, and the process id it told. */
export interface AskableShell {
  readonly flags: string;
  readonly identity: { readonly pid?: string | undefined } | undefined;
}

/** Whether a job of a shell with job control has the terminal; false where nobody can tell. */
export async function showsJob(
  { flags, identity }: AskableShell,
  find: ((shellPid: number) => Promise<boolean>) | undefined,
): Promise<boolean> {
  const pid = identity?.pid ?? "";
  if (find === undefined || !flags.includes("m") || !/^\d+$/.test(pid)) return false;
  return await find(Number(pid)).catch(() => false);
}

/** Whether a job of the shell has the terminal, by the answer; false where nothing is known. */
export function hasForegroundJob(answer: string): boolean {
  const [, own, foreground] = /^(\d+) (\d+)$/m.exec(answer) ?? [];
  return own !== undefined && own !== foreground;
}
