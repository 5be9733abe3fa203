import assert from "node:assert/strict";
import { BareProgram } from "../support/bare_program.ts";
import { startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow, elapsedMs, formatSpread } from "./row.ts";

const ROUNDS = 10;

/** Times that the contract bounds: interrupts, and the end of the program after its input's. */
export async function limitRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  return [
    { ...await interruptRow(sshd, "yes"), goal: "≤ 1 s" },
    { ...await interruptRow(sshd, "tr '\\0' x </dev/zero"), goal: "≤ 1 s" },
    { ...await interruptRow(sshd, "sleep 300"), goal: "≤ 2 s" },
    await endRow(sshd),
  ];
}

async function interruptRow(sshd: Sshd, command: string): Promise<BenchRow> {
  await using server = await startServer({ env: sshd.environment() });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = await server.run(command, { timeout: 0.5 });
    const command_id = begun.meta!.command_id;
    times.push(await elapsedMs(() => server.call("interrupt_command_by_id", { command_id })));
    const ended = await server.call("get_command_status", { command_id });
    assert.equal(ended.meta?.state, "interrupted", ended.firstLine);
  }
  return { what: `interrupt of "${command}"`, measured: formatSpread(times) };
}

async function endRow(sshd: Sshd): Promise<BenchRow> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using program = await BareProgram.start(sshd.environment());
    program.read();
    await program.initialize();
    times.push((await program.end()).tookMs);
  }
  return {
    what: "end of the program after its input's",
    measured: formatSpread(times),
    goal: "≤ 2 s",
  };
}
