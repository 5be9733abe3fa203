/** What a finished helper program said. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a helper program is started; the caller's environment is inherited. */
export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * Runs a program of the test machine to its end, whatever its exit status.
 *
 * @throws {Error} When the program is not installed.
 */
export async function command(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program, ...args] = argv;
  const child = spawn(program, args, options);
  const writing = feed(child, options.stdin);
  const output = await child.output();
  await writing;
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Like {@link command}, for a program whose failure is the test machine's fault. */
export async function mustRun(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const result = await command(argv, options);
  if (result.code !== 0) {
    throw new Error(`${argv.join(" ")} exited ${result.code}: ${result.stderr || result.stdout}`);
  }
  return result.stdout;
}

function spawn(program: string, args: string[], options: CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.env ? { env: { ...options.env } } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is not installed: run "deno task setup"`, { cause: error });
  }
}

async function feed(child: Deno.ChildProcess, text: string | undefined): Promise<void> {
  if (text === undefined) return;
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}
