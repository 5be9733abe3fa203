import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type BenchRow, formatMib } from "./row.ts";

/** Resident memory of the server after its start and with 1, 10 and 100 open shells. */
export async function memoryRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  const rows: BenchRow[] = [
    { what: "resident memory after start", measured: formatMib(await server.residentBytes()) },
  ];
  let open = 0;
  for (const shells of [1, 10, 100]) {
    while (open < shells) {
      const batch = Array.from({ length: Math.min(10, shells - open) }, () => `s${++open}`);
      await Promise.all(batch.map(async (session) => {
        const reply = await server.run("echo ready", { session });
        if (reply.body.trim() !== "ready") throw new Error(reply.text);
      }));
    }
    const what = `resident memory with ${shells} open ${shells === 1 ? "shell" : "shells"}`;
    rows.push({ what, measured: formatMib(await server.residentBytes()) });
  }
  return rows;
}
