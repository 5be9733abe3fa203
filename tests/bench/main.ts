// Prints one table of figures with their goals: `deno task bench [topic…]`.
import { mustRun } from "../support/command.ts";
import { programCommand } from "../support/program.ts";
import { REPOSITORY } from "../support/source_file.ts";
import type { BenchRow } from "./row.ts";

type RowSource = () => Promise<readonly BenchRow[]>;

await bench(Deno.args);

/**
 * The program is measured as it ships: as a bundle, which is made once.
 *
 * Without topics all are measured, one after the other; a topic that fails is said
 * and skipped.
 */
async function bench(topics: readonly string[]): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mss_bundle_" });
  // Accounts of hosts start it too.
  await Deno.chmod(directory, 0o755);
  await mustRun([Deno.execPath(), "task", "-q", "compile", "--bundle", `--to=${directory}`], {
    cwd: REPOSITORY,
  });
  Deno.env.set("MCP_SSH_SESSION_ENTRY", `${directory}/bundle/main.js`);
  // The first start of a bundle reads it whole for the runtime's cache, and takes 70 MiB more.
  await mustRun(programCommand(["--version"]));
  const rows: BenchRow[] = [];
  for (const [name, source] of await sources()) {
    if (topics.length > 0 && !topics.some((topic) => name.startsWith(topic))) continue;
    say(`${name} …`);
    try {
      rows.push(...await source());
    } catch (error) {
      Deno.exitCode = 1;
      rows.push({ what: name, measured: `failed: ${String(error).split("\n")[0]}` });
    }
  }
  await Deno.remove(directory, { recursive: true });
  printTable(rows);
}

async function sources(): Promise<[name: string, source: RowSource][]> {
  const found: [string, RowSource][] = [];
  const files = [...Deno.readDirSync(new URL(".", import.meta.url))].map(({ name }) => name);
  for (const file of files.filter((name) => name.endsWith("_bench.ts")).sort()) {
    const module = await import(new URL(file, import.meta.url).href) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (name.endsWith("Rows")) found.push([name.replace(/Rows$/, ""), value as RowSource]);
    }
  }
  return found;
}

function printTable(rows: readonly BenchRow[]): void {
  const cells = [
    ["what", "measured", "beside", "goal"],
    ...rows.map((row) => [row.what, row.measured, row.beside ?? "", row.goal ?? ""]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | "));
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join(" | "));
  for (const line of lines) print(`| ${line} |`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
