import { buildNpmPackage, launcherOf } from "../support/npm_package.ts";
import { type BenchRow, formatMs, percentile } from "./row.ts";
import { programCommand } from "../support/program.ts";
import { timeToFirstAnswer } from "./start_bench.ts";

const ROUNDS = 7;

/** The npm package, from nothing installed, and its later starts beside the bundle that it holds. */
export async function npmRows(): Promise<readonly BenchRow[]> {
  await using built = await buildNpmPackage();
  const first = await timeToFirstAnswer(built.npx, built.env);
  const bytes = await built.fetchedBytes();
  const starts = {
    npx: built.npx,
    launcher: launcherOf(built.installedIn()),
    bundle: programCommand(),
    node: ["node", "-e", "console.log()"],
  } as const;
  const times: Record<keyof typeof starts, number[]> = {
    npx: [],
    launcher: [],
    bundle: [],
    node: [],
  };
  for (let round = -1; round < ROUNDS; round++) {
    for (
      const [name, argv] of Object.entries(starts) as [keyof typeof starts, typeof built.npx][]
    ) {
      const { ms } = await timeToFirstAnswer(argv, built.env);
      if (round >= 0) times[name].push(ms);
    }
  }
  const p50 = (name: keyof typeof starts): number => percentile(times[name], 0.5);
  const ratio = (name: keyof typeof starts): string =>
    `p50 ${formatMs(p50(name))} (${(p50(name) / p50("bundle")).toFixed(1)}×)`;
  const beside = `the bundle: p50 ${formatMs(p50("bundle"))}, Node alone: ${formatMs(p50("node"))}`;
  const answered = "→ initialize answered";
  return [
    { what: `npx with empty caches ${answered}`, measured: formatMs(first.ms) },
    {
      what: "fetched from npm meanwhile",
      measured: `${(bytes / 1e6).toFixed(1)} MB`,
      goal: "≤ 60 MB",
    },
    { what: `npx again ${answered}`, measured: ratio("npx"), beside },
    { what: `its launcher ${answered}`, measured: ratio("launcher"), beside, goal: "≤ 2×" },
  ];
}
