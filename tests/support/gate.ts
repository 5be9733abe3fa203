// Runs the gate, or the steps named as arguments, and ends with the line "N passed, N failed".

/** A run that outlasts this has hung. */
const TEST_LIMIT_MS = 40 * 60_000;

const STEPS: Readonly<Record<string, readonly string[]>> = {
  fmt: ["fmt", "--check"],
  lint: ["lint"],
  check: ["check", "--frozen", "src", "tests", ".github"],
};

/** With more failures than that there is nothing to look at again. */
const MOST_FILES_AGAIN = 8;

const TESTS: readonly string[] = [
  "test",
  "--frozen",
  "-A",
  "--no-prompt",
  "--no-check",
  "--sanitize-ops",
  "--sanitize-resources",
  "--trace-leaks",
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

await gate(Deno.args.length > 0 ? Deno.args : ["fmt", "lint", "check", "test"]);

async function gate(names: readonly string[]): Promise<void> {
  let failed = 0;
  for (const name of names.filter((name) => name !== "test")) {
    const step = await deno(STEPS[name] ?? [name]);
    if (step.code !== 0) failed += 1;
    say(`${name}: ${step.code === 0 ? "ok" : "FAILED"}`);
  }
  const tests = names.includes("test") ? await runTests() : { passed: 0, failed: 0 };
  failed += tests.failed;
  say(`${tests.passed} passed, ${failed} failed`);
  Deno.exitCode = failed > 0 ? 1 : 0;
}

async function runTests(): Promise<Counts> {
  const { code, output } = await deno([...TESTS, "--parallel", "tests/"], TEST_LIMIT_MS);
  const counts = countsOf(output);
  // A run that failed without a failed test did not load, or was ended: that counts as one.
  if (counts.failed === 0) return code === 0 ? counts : { ...counts, failed: 1 };
  return await lookAgain(counts, failedFiles(output));
}

/**
 * Runs the files with failures once more, alone: a machine that did other things meanwhile is told
 * from a fault. Both runs are shown; what fails alone has failed.
 */
async function lookAgain(first: Counts, files: readonly string[]): Promise<Counts> {
  if (files.length === 0 || files.length > MOST_FILES_AGAIN) return first;
  say(`${first.failed} failed beside others; their files once more, alone:\n${files.join("\n")}`);
  const { code, output } = await deno([...TESTS, ...files], TEST_LIMIT_MS);
  const { failed } = countsOf(output);
  const still = code !== 0 && failed === 0 ? first.failed : failed;
  return { passed: first.passed + Math.max(0, first.failed - still), failed: still };
}

/** The files named in lines such as `./tests/a_test.ts => title ... FAILED (2s)`. */
function failedFiles(output: string): readonly string[] {
  const found = output.matchAll(/^(\.\/\S+) => .* FAILED \(/gm);
  return [...new Set([...found].map(([, file]) => file!))];
}

/** Reads deno's closing line, `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`. */
function countsOf(output: string): Counts {
  const line = output.split("\n").findLast((line) => /^(ok|FAILED) \| /.test(line)) ?? "";
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  const ignored = count("ignored");
  if (ignored > 0) say(`${ignored} tests were ignored, and an ignored test counts as failed`);
  return { passed: count("passed"), failed: count("failed") + ignored };
}

/** Runs a deno subcommand, showing its output (both streams) while it keeps it. */
async function deno(
  args: readonly string[],
  limitMs?: number,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
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
