import { startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatMs } from "./row.ts";

const CONNECTS = 60;
const AT_ONCE = 16;

/** Connects in one thread, and shared by two Workers, each with its own event loop and connector. */
export async function workersRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd({ config: ["MaxStartups 1000"] });
  const rows: BenchRow[] = [];
  for (const threads of [1, 2, 1, 2]) {
    const workers = Array.from({ length: threads }, () => startWorker());
    const share = CONNECTS / threads;
    const { port, user, keyPath, knownHostsPath } = sshd;
    const reached = { port, user, keyPath, knownHostsPath };
    const work = { sshd: reached, atOnce: AT_ONCE / threads };
    // The first ones pay for loading and compiling.
    await Promise.all(workers.map((worker) => connects(worker, { ...work, count: 8 })));
    const before = ownTicks();
    const ms = await elapsedMs(() =>
      Promise.all(workers.map((worker) => connects(worker, { ...work, count: share })))
    );
    const cpuMs = (ownTicks() - before) * 10 / CONNECTS;
    for (const worker of workers) worker.terminate();
    rows.push({
      what: `${CONNECTS} connects in ${threads === 1 ? "one thread" : "two Workers"}`,
      measured: `${(CONNECTS / ms * 1000).toFixed(1)} each second, ${formatMs(cpuMs)} CPU each`,
      goal: threads === 1 ? "" : "≥ 1.5 times one thread",
    });
  }
  return rows;
}

function startWorker(): Worker {
  return new Worker(new URL("connecting_worker.ts", import.meta.url), { type: "module" });
}

/** Has a worker connect and disconnect so often. */
function connects(worker: Worker, work: Record<string, unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => data === "done" ? resolve() : reject(new Error(String(data)));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(work);
  });
}

/** CPU of this process with its Workers, in clock ticks (proc(5)). */
function ownTicks(): number {
  const stat = Deno.readTextFileSync(`/proc/${Deno.pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
