/** The outcome of one run of `deno test`, read from its plain output (NO_COLOR). */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** `title => ./file.ts` of each failed test; a failed step is listed as a test of its own. */
  readonly failures: readonly string[];
  /** Titles of ignored tests. */
  readonly ignored: readonly string[];
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
  };
}

/** Files of the failures, each once. */
export function filesOf(failures: readonly string[]): readonly string[] {
  return [...new Set(failures.map((name) => name.slice(name.lastIndexOf(" => ") + 4)))];
}

function failuresOf(lines: readonly string[]): readonly string[] {
  const start = lines.findLastIndex((line) => line === " FAILURES ");
  if (start < 0) return [];
  const named = lines.slice(start + 1).flatMap((line) => {
    const place = /^(.*) => (\.\/.*):\d+:\d+$/.exec(line);
    return place ? [`${place[1]} => ${place[2]}`] : [];
  });
  return [...new Set(named)];
}

/** `./tests/a_test.ts => title ... ignored (0ms)` in a parallel run, without the file else. */
function titleOf(line: string): string {
  return line.replace(/^\.\/\S+ => /, "").replace(/ \.\.\. ignored \(\d+m?s\)$/, "");
}
