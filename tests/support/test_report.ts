/** The outcome of one run of `deno test`, read from its plain output (NO_COLOR). */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /**
   * `title => ./file.ts` of each failed test; a failed step is listed as a test of its own, and an
   * error that no test caught, which cancels the rest of its file, as one.
   */
  readonly failures: readonly string[];
  /** Titles of ignored tests. */
  readonly ignored: readonly string[];
  /** The time that the tests of each file took together in a parallel run, longest first. */
  readonly files: readonly FileTime[];
}

/** The time that the tests of one file took. */
export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/** Reads the closing line (`ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`) and the names. */
export function readTestReport(output: string): TestReport {
  const lines = output.split("\n");
  const closing = lines.findLast((line) => /^(ok|FAILED) \| /.test(line)) ?? "";
  const count = (word: string): number =>
    Number(new RegExp(`(\\d+) ${word}`).exec(closing)?.[1] ?? 0);
  return {
    passed: count("passed"),
    failed: count("failed"),
    failures: failuresOf(lines),
    ignored: lines.flatMap((line) =>
      / \.\.\. ignored \(\d+m?s\)$/.test(line) ? [titleOf(line)] : []
    ),
    files: fileTimes(lines),
  };
}

/** Files of the failures, each once. */
export function filesOf(failures: readonly string[]): readonly string[] {
  return [...new Set(failures.map((name) => name.slice(name.lastIndexOf(" => ") + 4)))];
}

/** Steps are left out: the time of a test contains theirs. */
function fileTimes(lines: readonly string[]): readonly FileTime[] {
  const times = new Map<string, number>();
  for (const line of lines) {
    const [, file, title, time] = /^(\.\/\S+) => (.*) \.\.\. .*\(([^()]+)\)$/.exec(line) ?? [];
    if (file === undefined || title?.includes(" ... ")) continue;
    times.set(file, (times.get(file) ?? 0) + secondsOf(time!));
  }
  const files = [...times].map(([file, seconds]) => ({ file, seconds }));
  return files.sort((one, other) => other.seconds - one.seconds);
}

/** `1h2m3s` or `45ms` in seconds. */
function secondsOf(time: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return [...time.matchAll(/(\d+)(ms|[hms])/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

function failuresOf(lines: readonly string[]): readonly string[] {
  const start = lines.findLastIndex((line) => line === " FAILURES ");
  if (start < 0) return [];
  const named = lines.slice(start + 1).flatMap((line) => {
    const place = /^(.*) => (\.\/.*):\d+:\d+$/.exec(line);
    const [, file] = /^(\.\/\S+) \(uncaught error\)$/.exec(line) ?? [];
    if (file !== undefined) return [`an error outside of tests => ${file}`];
    return place ? [`${place[1]} => ${place[2]}`] : [];
  });
  return [...new Set(named)];
}

/** `./tests/a_test.ts => title ... ignored (0ms)` in a parallel run, without the file else. */
function titleOf(line: string): string {
  return line.replace(/^\.\/\S+ => /, "").replace(/ \.\.\. ignored \(\d+m?s\)$/, "");
}
