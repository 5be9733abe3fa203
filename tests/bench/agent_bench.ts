import { JOBS } from "../jobs_of_an_agent/jobs.ts";
import { type BenchRow, formatMs } from "./row.ts";

/** What each job of an agent costs it, in calls and characters of the replies. */
export async function agentRows(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, goal, run } of JOBS) {
    const { calls, characters, slowestMs } = await run();
    const most = goal.characters === undefined ? "" : `, ≤ ${goal.characters} characters`;
    rows.push({
      what: `job ${name}`,
      measured: `${calls} calls, ${characters} characters, first reply within ${
        formatMs(slowestMs)
      }`,
      goal: `≤ ${goal.calls} calls${most}${goal.callTime ?? ""}`,
    });
  }
  return rows;
}
