// Runs the gate, or the steps named as arguments, and ends with the line "N passed, N failed".
import { filesOf, readTestReport } from "./test_report.ts";

/** What only tests need is pinned beside them: the program's first start fetches its own alone. */
const TESTS_LOCK = "--lock=tests/deno.lock";

/** A run that outlasts this has hung. */
const TEST_LIMIT_MS = 60 * 60_000;

/**
 * Files that run side by side: half of a test is waiting, so one for each core leaves the machine
 * half idle; with two for each core, logins outlasted what tests wait for.
 */
const JOBS = Deno.env.get("DENO_JOBS") ?? String(Math.ceil(navigator.hardwareConcurrency * 1.5));

/** The files that take longest, which begin first: no core waits for a long one that began last. */
const LONGEST: readonly string[] = [
  "sftp/remote_files_test.ts",
  "shell/device/device_shell_corpus_test.ts",
  "serve/member_partition_test.ts",
  "end_to_end/powershell_test.ts",
  "shell/device/device_shell_replay_test.ts",
  "advice/advice_test.ts",
  "end_to_end/hostile_users_test.ts",
  "end_to_end/odd_shell_states_test.ts",
  "end_to_end/powershell_refusals_test.ts",
  "transport/host_key/host_key_guard_matrix_test.ts",
  "end_to_end/devices_test.ts",
  "end_to_end/powershell_control_test.ts",
  "end_to_end/nested_test.ts",
  "end_to_end/shell_login_test.ts",
  "end_to_end/shell_jobs_test.ts",
  "hostile/neighbour_test.ts",
].map((path) => `tests/${path}`);

/** How many of the slowest files are listed. */
const SLOWEST = 10;

const STEPS: Readonly<Record<string, readonly string[]>> = {
  fmt: ["fmt", "--check"],
  lint: ["lint"],
  check: ["check", "--frozen", TESTS_LOCK, "src", "tests", ".github"],
};

/** With more failures than that there is nothing to look at again. */
const MOST_FILES_AGAIN = 8;

const TESTS: readonly string[] = [
  "test",
  "--frozen",
  TESTS_LOCK,
  "-A",
  "--no-prompt",
  "--no-check",
  "--sanitize-ops",
  "--sanitize-resources",
  "--trace-leaks",
];

/** Starting the sources takes twice the time, several hundred times. */
const BUNDLING: readonly string[] = [
  ...["run", "-A", "--no-prompt", "--frozen", ".github/scripts/compile.ts", "--bundle"],
];

/** Tests of programs that only some machines can install; anywhere else an ignored test fails. */
const MAY_BE_SKIPPED = /\bPowerShell\b/;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NOTHING_RUN: Counts = { passed: 0, failed: 0, skipped: 0 };

await gate(Deno.args.length > 0 ? Deno.args : ["fmt", "lint", "check", "test"]);

async function gate(names: readonly string[]): Promise<void> {
  let broken = 0;
  for (const name of names.filter((name) => name !== "test")) {
    const step = await deno(STEPS[name] ?? [name]);
    if (step.code !== 0) broken += 1;
    say(`${name}: ${step.code === 0 ? "ok" : "FAILED"}`);
  }
  const { passed, failed, skipped } = names.includes("test") ? await testAll() : NOTHING_RUN;
  const all = failed + broken;
  say(`${passed} passed, ${all} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  Deno.exitCode = all > 0 ? 1 : 0;
}

/** All tests, each start of the program being one of a bundle that is made once. */
async function testAll(): Promise<Counts> {
  const directory = await Deno.makeTempDir({ prefix: "mss_bundle_" });
  await Deno.chmod(directory, 0o755);
  const made = await deno([...BUNDLING, `--to=${directory}`]);
  if (made.code === 0) Deno.env.set("MCP_SSH_SESSION_ENTRY", `${directory}/bundle/main.js`);
  else say("The program could not be bundled: its sources are started");
  const counts = await runTests();
  await Deno.remove(directory, { recursive: true });
  return counts;
}

async function runTests(): Promise<Counts> {
  const files = await testFiles();
  const { code, output } = await deno([...TESTS, "--parallel", ...files], TEST_LIMIT_MS);
  const report = readTestReport(output);
  const [skipped, forbidden] = sortIgnored(report.ignored);
  for (const title of report.ignored) say(`skipped: ${title}`);
  for (const { file, seconds } of report.files.slice(0, SLOWEST)) {
    say(`slow: ${seconds.toFixed(0)} s ${file}`);
  }
  // A run that failed without a failed test did not load, or was ended: that counts as one.
  const lost = report.failed === 0 && code !== 0 ? 1 : 0;
  const first = { passed: report.passed, failed: report.failed + lost, skipped };
  const counts = report.failed === 0 ? first : await lookAgain(first, report.failures);
  return { ...counts, failed: counts.failed + forbidden };
}

/** All files of tests, in the order in which they are begun: {@link LONGEST} first. */
async function testFiles(): Promise<readonly string[]> {
  const all: string[] = [];
  const directories = ["tests"];
  for (let directory = directories.pop(); directory; directory = directories.pop()) {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory) directories.push(path);
      else if (name.endsWith("_test.ts")) all.push(path);
    }
  }
  const gone = LONGEST.filter((path) => !all.includes(path));
  if (gone.length > 0) throw new Error(`No such file of tests: ${gone.join(", ")}`);
  return [...LONGEST, ...all.filter((path) => !LONGEST.includes(path)).sort()];
}

/** How many of the ignored tests may be, and how many may not: in CI none may. */
function sortIgnored(titles: readonly string[]): readonly [skipped: number, forbidden: number] {
  const inCi = Deno.env.get("CI") === "true";
  const skipped = titles.filter((title) => !inCi && MAY_BE_SKIPPED.test(title)).length;
  return [skipped, titles.length - skipped];
}

/**
 * Runs the files with failures once more, alone, so that a busy machine can be told from a fault.
 * Both runs are shown. A test that fails again has failed; one that passes now is reported as flaky,
 * by name, in the last lines.
 */
async function lookAgain(first: Counts, failures: readonly string[]): Promise<Counts> {
  const files = filesOf(failures);
  if (files.length === 0 || files.length > MOST_FILES_AGAIN) return first;
  say(`${first.failed} failed beside others; their files once more, alone:\n${files.join("\n")}`);
  const { code, output } = await deno([...TESTS, ...files], TEST_LIMIT_MS);
  const again = readTestReport(output);
  const still = code !== 0 && again.failed === 0 ? first.failed : again.failed;
  for (const name of failures.filter((name) => code === 0 || !again.failures.includes(name))) {
    say(`flaky: ${name}`);
  }
  return { ...first, passed: first.passed + Math.max(0, first.failed - still), failed: still };
}

/** Runs a deno subcommand, showing its output (both streams) while it keeps it. */
async function deno(
  args: readonly string[],
  limitMs?: number,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_JOBS: JOBS },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const limit = limitMs && setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [stdout, stderr, status] = await Promise.all([
    show(child.stdout),
    show(child.stderr),
    child.status,
  ]);
  clearTimeout(limit);
  return { code: status.code, output: `${stderr}\n${stdout}` };
}

async function show(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    await write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function write(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
