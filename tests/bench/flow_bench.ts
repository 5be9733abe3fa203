import { strict as assert } from "node:assert";
import { sourceCommand } from "../support/program.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { type BenchRow } from "./row.ts";

const REPEATS = 20;

interface Script {
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number; readonly startOffset: number }[];
  }[];
  readonly url: string;
}

type Act = (server: ServerUnderTest) => Promise<void>;

/**
 * How much code a call runs through: the functions, calls and files of `src`, counted by V8.
 *
 * A warm flow is counted as the difference of two runs, one with {@link REPEATS} and one with twice
 * as many, so that start and connecting fall out.
 */
export async function flowRows(): Promise<readonly BenchRow[]> {
  await using sshd = await startSshd();
  const one = await counts(sshd, runEcho, 1);
  const first = { functions: one.size, files: filesOf(one.keys()) };
  const warm = await difference(sshd, runEcho);
  const read = await difference(sshd, readThreeBytes);
  const asked = await difference(sshd, askAndAnswer);
  const added = [...asked].filter(([name]) => !warm.has(name));
  return [
    row("start, connect, shell and first command", `${first.functions} functions`, first.files),
    describe("a warm execute_command", warm),
    describe("a warm read_file of 3 bytes", read),
    row(
      "a question and send_input, in addition",
      `${added.length} functions`,
      filesOf(added.map(([name]) => name)),
    ),
  ];
}

function describe(what: string, calls: ReadonlyMap<string, number>): BenchRow {
  const sum = [...calls.values()].reduce((total, count) => total + count, 0) / REPEATS;
  return row(what, `${calls.size} functions, ${sum.toFixed(0)} calls`, filesOf(calls.keys()));
}

function row(what: string, counted: string, files: number): BenchRow {
  return { what: `code of ${what}`, measured: `${counted}, ${files} files` };
}

async function difference(sshd: Sshd, act: Act): Promise<ReadonlyMap<string, number>> {
  const [few, many] = [await counts(sshd, act, REPEATS), await counts(sshd, act, 2 * REPEATS)];
  const more = [...many].map(([name, count]) => [name, count - (few.get(name) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count >= REPEATS));
}

/** Calls of each function of `src`, by file and offset, over one life of the program. */
async function counts(sshd: Sshd, act: Act, times: number): Promise<ReadonlyMap<string, number>> {
  const directory = await Deno.makeTempDir();
  try {
    const [command, verb, ...rest] = sourceCommand();
    const program = [command, verb!, `--coverage=${directory}`, ...rest] as const;
    await using server = await startServer({ env: sshd.environment(), program: [...program] });
    for (let i = 0; i < times; i++) await act(server);
    // The counts are written at the program's own end, which takes its time on a busy machine.
    await server.transport.endInput();
    return await readCounts(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function readCounts(directory: string): Promise<ReadonlyMap<string, number>> {
  const calls = new Map<string, number>();
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.endsWith(".json")) continue;
    const script = JSON.parse(await Deno.readTextFile(`${directory}/${name}`)) as Script;
    const file = /\/src\/(.*\.ts)$/.exec(script.url)?.[1];
    if (!file) continue;
    for (const { functionName, ranges } of script.functions) {
      const { count, startOffset } = ranges[0]!;
      if (functionName === "" && startOffset === 0) continue;
      if (count > 0) calls.set(`${file}:${startOffset}`, count);
    }
  }
  return calls;
}

function filesOf(names: Iterable<string>): number {
  return new Set([...names].map((name) => name.split(":")[0])).size;
}

async function runEcho(server: ServerUnderTest): Promise<void> {
  assert.equal((await server.run("echo hi")).body.trim(), "hi");
}

async function readThreeBytes(server: ServerUnderTest): Promise<void> {
  const range = { remote_path: "/etc/passwd", max_bytes: 3 };
  const reply = await server.call("read_file", { host: server.host, ...range });
  assert.ok(!reply.isError, reply.text);
}

async function askAndAnswer(server: ServerUnderTest): Promise<void> {
  const asked = await server.run("read -p 'Go on? [y/N] ' x; echo got=$x");
  assert.equal(asked.meta?.state, "awaiting_input", asked.text);
  const answered = await server.call("send_input", {
    command_id: asked.meta.command_id,
    input_text: "y",
  });
  assert.match(answered.text, /got=y/);
}
