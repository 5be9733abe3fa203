import assert from "node:assert/strict";
import { filesOf, readTestReport } from "./test_report.ts";

const OUTPUT = `
./tests/a_test.ts => fine ... ok (1ms)
./tests/a_test.ts => odd => title ... FAILED (2ms)
./tests/b_test.ts => needs pwsh ... ignored (0ms)
./tests/b_test.ts => steps ... one ... ok (59s)
./tests/b_test.ts => steps ... FAILED (due to 1 failed step) (1m2s)

 ERRORS 

odd => title => ./tests/a_test.ts:3:6
error: Error: x

 FAILURES 

./tests/c_test.ts (uncaught error)
odd => title => ./tests/a_test.ts:3:6
steps ... two => ./tests/b_test.ts:9:1

FAILED | 7 passed (2 steps) | 2 failed (1 step) | 1 ignored (37ms)
`;

Deno.test("readTestReport() counts and names what failed and what was ignored", () => {
  assert.deepEqual(readTestReport(OUTPUT), {
    passed: 7,
    failed: 2,
    failures: [
      "an error outside of tests => ./tests/c_test.ts",
      "odd => title => ./tests/a_test.ts",
      "steps ... two => ./tests/b_test.ts",
    ],
    ignored: ["needs pwsh"],
    files: [
      { file: "./tests/b_test.ts", seconds: 62 },
      { file: "./tests/a_test.ts", seconds: 0.003 },
    ],
  });
});

Deno.test("readTestReport() reads a run that never closed as nothing", () => {
  const report = readTestReport("error: Uncaught\n");
  assert.deepEqual(report, { passed: 0, failed: 0, failures: [], ignored: [], files: [] });
});

Deno.test("filesOf() names each file once", () => {
  const { failures } = readTestReport(OUTPUT);
  assert.deepEqual(filesOf([...failures, ...failures]), [
    "./tests/c_test.ts",
    "./tests/a_test.ts",
    "./tests/b_test.ts",
  ]);
});
