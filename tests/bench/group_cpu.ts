/** The directories that control groups are made in, with the file that counts their CPU time. */
const KINDS = [
  {
    root: "/sys/fs/cgroup/cpuacct",
    file: "cpuacct.usage",
    ms: (text: string): number => Number(text) / 1e6,
  },
  {
    root: "/sys/fs/cgroup",
    file: "cpu.stat",
    ms: (text: string): number => Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e3,
  },
] as const;

/**
 * CPU time of a process and all that it starts from now on, counted by a control group (cgroups(7)):
 * the ticks of proc(5) miss processes that live for less than one.
 */
export class GroupCpu implements Disposable {
  readonly #directory: string;
  readonly #read: () => number;

  /** @throws {Error} Where no control group can be made: not root, or none is mounted. */
  constructor(pid: number) {
    const name = `mcp_ssh_bench_${pid}`;
    const kind = KINDS.find(({ root, file }) => {
      try {
        Deno.mkdirSync(`${root}/${name}`);
        Deno.statSync(`${root}/${name}/${file}`);
        return true;
      } catch {
        return false;
      }
    });
    if (kind === undefined) throw new Error("No control group can be made here");
    this.#directory = `${kind.root}/${name}`;
    this.#read = () => kind.ms(Deno.readTextFileSync(`${this.#directory}/${kind.file}`));
    Deno.writeTextFileSync(`${this.#directory}/cgroup.procs`, String(pid));
  }

  /** Milliseconds so far. */
  get ms(): number {
    return this.#read();
  }

  /** Once its processes have ended. */
  [Symbol.dispose](): void {
    try {
      Deno.removeSync(this.#directory);
    } catch {
      // A process of it has not ended: the empty group stays until the machine starts again.
    }
  }
}
