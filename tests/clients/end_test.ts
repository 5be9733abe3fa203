import assert from "node:assert/strict";
import { BareProgram, callTool } from "../support/bare_program.ts";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";

/** A way in which a client goes away. */
const ENDS: readonly {
  readonly name: string;
  readonly leave: (program: BareProgram) => unknown;
}[] = [
  { name: "ends its input", leave: (program) => void program.end() },
  {
    name: "closes its output and goes on asking",
    leave: async (program) => {
      await program.closeOutput();
      let hasEnded = false;
      void program.child.status.then(() => hasEnded = true);
      // The runtime closes its end of the pipe a moment after it says so.
      await until("the program notices", async () => {
        await program.send(callTool(99, "list_sessions")).catch(() => {});
        return hasEnded;
      });
    },
  },
  { name: "sends SIGTERM", leave: ({ child }) => child.kill("SIGTERM") },
  { name: "sends SIGHUP", leave: ({ child }) => child.kill("SIGHUP") },
  { name: "sends SIGINT", leave: ({ child }) => child.kill("SIGINT") },
  { name: "kills the program", leave: ({ child }) => child.kill("SIGKILL") },
];

for (const { name, leave } of ENDS) {
  Deno.test(`a client that ${name} leaves no program, channel or remote process behind`, async () => {
    await using sshd = await startSshd();
    await using program = await BareProgram.start(sshd.environment());
    await busy(program, sshd);
    const leftBehind = await sshd.sessionPids();
    assert.ok(leftBehind.length >= 8, `${leftBehind}`);
    await leave(program);
    const { code } = await program.child.status;
    if (!name.startsWith("kills")) assert.equal(code, 0);
    await until("sshd has no session", async () => (await sshd.sessionPids()).length === 0);
    for (const pid of leftBehind) await until(`process ${pid} ended`, () => !isRunning(pid));
  });
}

/** Shells that print, wait, ask and move a file, on one connection, and one that cannot come about. */
async function busy(program: BareProgram, sshd: Sshd): Promise<void> {
  program.read();
  await program.initialize();
  const run = (id: number, command: string): object =>
    callTool(id, "execute_command", { host: sshd.alias, session: `s${id}`, command, timeout: 50 });
  await program.send(
    run(1, "echo 1 > /proc/self/oom_score_adj; sleep 301"),
    run(2, "yes"),
    run(3, "cat"),
    run(4, "trap '' INT TERM; sleep 302"),
    callTool(5, "execute_command", { host: "192.0.2.1", command: "true" }),
    callTool(6, "read_file", { host: sshd.alias, remote_path: "/dev/zero", max_bytes: 100_000 }),
    callTool(7, "get_command_status", { command_id: "none", wait: 50 }),
  );
  await program.answer(7);
  const wanted = ["cat", "sleep", "sleep", "yes"];
  await until("all of them run", async () => {
    const names = (await sshd.sessionPids()).map(nameOf);
    return names.filter((name) => wanted.includes(name)).sort().join() === wanted.join();
  });
}

function nameOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
  } catch {
    return "";
  }
}

/** Whether a process is there and no zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

Deno.test("a client that ends its input behind its requests gets the answers", async () => {
  await using program = await BareProgram.start({});
  program.read();
  await program.initialize();
  await program.send({ id: 1, method: "tools/list" }, callTool(2, "list_sessions"));
  await program.end();
  const answers = [await program.answer(0), await program.answer(1), await program.answer(2)];
  assert.ok(answers.every(({ result }) => result !== undefined));
  assert.equal((await program.child.status).code, 0);
});

Deno.test("a client that probes with two servers at once opens nothing", async () => {
  await using sshd = await startSshd();
  const probe = async (): Promise<number> => {
    await using server = await startServer({ env: sshd.environment() });
    await server.client.listResources();
    return (await server.tools()).length;
  };
  const [one, two] = await Promise.all([probe(), probe()]);
  assert.ok(one! > 10 && one === two);
  assert.doesNotMatch(sshd.log(), /Connection from/);
});
