import { mustRun } from "./command.ts";

/** Process ids below `ancestor`, at this moment, deepest last; read from /proc or ps(1). */
export async function descendants(ancestor: number): Promise<number[]> {
  const children = Map.groupBy(await processTable(), ({ parent }) => parent);
  const found = [ancestor];
  for (const pid of found) found.push(...(children.get(pid) ?? []).map((child) => child.pid));
  return found.slice(1);
}

/**
 * Living processes whose real user id is `uid`, read from /proc.
 *
 * A zombie may wait seconds for an init that reaps it, or for ever in a container.
 */
export function processesOf(uid: number): number[] {
  const names = Array.from(Deno.readDirSync("/proc"), ({ name }) => name);
  return names.filter((name) => /^\d+$/.test(name) && isOf(name, uid)).map(Number);
}

function isOf(pid: string, uid: number): boolean {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return status.includes(`\nUid:\t${uid}\t`) && !/^State:\s+[ZX]/m.test(status);
  } catch {
    return false;
  }
}

/** The name of a process, from /proc/<pid>/comm; "" once it is gone. */
export function nameOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
  } catch {
    return "";
  }
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Resident memory of one process in bytes, from /proc/<pid>/status (proc(5) VmRSS). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`Process ${pid} has no VmRSS: it has ended`);
  return Number(kib) * 1024;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
}

async function processTable(): Promise<ProcessRow[]> {
  if (Deno.build.os !== "linux") return await psTable();
  const rows: ProcessRow[] = [];
  for (const entry of Deno.readDirSync("/proc")) {
    const parent = /^\d+$/.test(entry.name) ? parentOf(entry.name) : undefined;
    if (parent !== undefined) rows.push({ pid: Number(entry.name), parent });
  }
  return rows;
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in parentheses may hold anything, so the fields are counted from its end.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

async function psTable(): Promise<ProcessRow[]> {
  const table = await mustRun(["ps", "-A", "-o", "pid=,ppid="]);
  return table.trim().split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent) };
  });
}
