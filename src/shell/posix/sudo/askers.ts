/** A process that waits for a password: sudo, doas or su before it runs anything. */
export interface Asker {
  readonly pid: number;
  readonly program: "sudo" | "doas" | "su";
  /** sudo -S: it reads its standard input, which may be no terminal, or what the shell gave it. */
  readonly reads?: "standard-input" | "shells-input";
}

/** What {@link findAskers} returns, this very object, when it is certain that nobody asks. */
export const NOBODY_ASKS: readonly Asker[] = Object.freeze([]);

/**
 * The command, for an exec channel, that prints every process as pid, parent and name (ps(1),
 * POSIX; busybox in the second place), then the arguments of those that name sudo. Its quotes mean
 * the same to POSIX shells, fish and csh.
 */
export const PROCESS_TABLE_COMMAND =
  "exec sh -c 'ps -A -o pid= -o ppid= -o comm= 2>/dev/null || ps -o pid,ppid,comm; " +
  "echo args:; (ps -A -o pid= -o args= 2>/dev/null || ps -o pid,args) | grep sudo'";

/**
 * Who waits for a password below the shell with process id `shellPid`.
 *
 * `table` is what {@link PROCESS_TABLE_COMMAND} printed. One that was let in has a child, or has
 * become the command; so what has none still asks. Another empty list means that nothing is known:
 * /proc hides other users' processes (proc(5) hidepid), or the shell runs on another machine.
 */
export function findAskers(table: string, shellPid: number): readonly Asker[] {
  const [processes = "", args = ""] = table.split(/^args:$/m);
  const rows = parseTable(processes);
  const parents = new Map(rows.map((row) => [row.pid, row.parent]));
  const withChildren = new Set(parents.values());
  const askers = rows.flatMap(({ pid, parent, program }) =>
    program !== undefined && !withChildren.has(pid) && isBelow(pid, shellPid, parents)
      ? [{ pid, program, ...inputOf(pid, args, parent === shellPid ? "shell" : "program") }]
      : []
  );
  // Inside a container or another host the number may be any process's here, but hardly a shell's.
  const seesShell = rows.some(({ pid, name }) => pid === shellPid && /sh$|^busybox$/.test(name));
  const seesAll = parents.has(1) && seesShell;
  return askers.length === 0 && seesAll ? NOBODY_ASKS : askers;
}

/** Options of sudo(8) up to the command, `-S` or `--stdin` among them. */
const READS_INPUT =
  /\bsudo(?:\s+(?:-[ABbEeHiKklNnPsvV]+|-[ABbEeHiKklNnPsvV]*[CDghpRrTtUu]\s*(?:"[^"]*"|'[^']*'|\S+)|--(?!stdin\b)[a-z-]+(?:=\S+)?|\w+=\S*))*\s+(?:-[ABbEeHiKklNnPsvV]*S|--stdin\b)/;

/**
 * Whether a command line has sudo(8) read the password from its standard input.
 *
 * What is typed then may reach another program: `echo … | sudo -S id` reads nothing of the terminal.
 */
export function readsStandardInput(command: string): boolean {
  return READS_INPUT.test(command);
}

/**
 * The askers without `reads` where that is the terminal: the shell itself started sudo, and the
 * command line neither pipes nor redirects anything.
 */
export function knowingTerminal(askers: readonly Asker[], command: string): readonly Asker[] {
  if (/[|<]/.test(command) || !askers.some(({ reads }) => reads === "shells-input")) return askers;
  return askers.map(({ pid, program, reads }) =>
    reads === "standard-input" ? { pid, program, reads } : { pid, program }
  );
}

function inputOf(
  pid: number,
  args: string,
  starter: "shell" | "program",
): Pick<Asker, "reads"> {
  const row = new RegExp(`^\\s*${pid}\\s+(?:\\S*/)?(sudo\\s.*)$`, "m").exec(args)?.[1] ?? "";
  // Behind sudo's own options stands the command, which may name sudo too.
  if (READS_INPUT.exec(row)?.index !== 0) return {};
  return { reads: starter === "shell" ? "shells-input" : "standard-input" };
}

/** Who waits below a shell that told its process id; nobody where it, or the way to ask, is unknown. */
export async function askersBelow(
  pid: string | undefined,
  find: ((shellPid: number) => Promise<readonly Asker[]>) | undefined,
): Promise<readonly Asker[]> {
  return pid !== undefined && /^\d+$/.test(pid) ? await find?.(Number(pid)) ?? [] : [];
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly program: Asker["program"] | undefined;
}

function parseTable(table: string): readonly Row[] {
  return table.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line);
    if (match === null) return [];
    const name = match[3]!.slice(match[3]!.lastIndexOf("/") + 1);
    const program = name === "sudo" || name === "doas" || name === "su" ? name : undefined;
    return [{ pid: Number(match[1]), parent: Number(match[2]), name, program }];
  });
}

function isBelow(pid: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  const seen = new Set<number>();
  for (let at = parents.get(pid); at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === ancestor) return true;
    seen.add(at);
  }
  return false;
}
