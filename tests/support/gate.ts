// Runs the gate, or the steps named as arguments, and ends with the line "N passed, N failed".

/** A run that outlasts this has hung. */
const TEST_LIMIT_MS = 40 * 60_000;

const STEPS: Readonly<Record<string, readonly string[]>> = {
  fmt: ["fmt", "--check"],
  lint: ["lint"],
  check: ["check", "--frozen", "src", "tests", ".github"],
};

const TESTS: readonly string[] = [
  "test",
  "--parallel",
  "--frozen",
  "-A",
  "--no-prompt",
  "--no-check",
  "--sanitize-ops",
  "--sanitize-resources",
  "--trace-leaks",
  "tests/",
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
  const { code, output } = await deno(TESTS, TEST_LIMIT_MS);
  const counts = countsOf(output);
  // A run that failed without a failed test did not load, or was ended: that counts as one.
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
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
