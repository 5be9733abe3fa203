import { until } from "../condition.ts";
import { signal } from "../processes.ts";
import { programCommand, runtimeEnvironment } from "../program.ts";
import { freePort } from "../sshd.ts";

/** A process of the shared server. */
export class Replica implements AsyncDisposable {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** Its standard error so far. */
  stderr = "";
  #hasEnded = false;

  /** Takes over what {@link startReplica} has started. */
  constructor(child: Deno.ChildProcess, port: number, env: Readonly<Record<string, string>>) {
    this.#child = child;
    this.port = port;
    this.env = env;
    this.#reading = this.#read();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends a signal and, unless it goes on, waits for its end. */
  async end(name: Deno.Signal = "SIGKILL"): Promise<void> {
    if (!this.#hasEnded) signal(this.pid, name);
    await this.#child.status;
    await this.#reading;
    this.#hasEnded = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #read(): Promise<void> {
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) this.stderr += chunk;
    this.#hasEnded = true;
  }
}

/**
 * Starts `serve` with the production permissions and returns when it listens.
 *
 * @throws {Error} When it does not, with what it said.
 */
export async function startReplica(
  env: Readonly<Record<string, string>>,
  port: number = freePort(),
): Promise<Replica> {
  const [program, ...args] = programCommand(["serve"]);
  const all = { ...await runtimeEnvironment(), MCP_SSH_LISTEN: `127.0.0.1:${port}`, ...env };
  const child = new Deno.Command(program, {
    args,
    env: all,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const replica = new Replica(child, port, all);
  await until(
    "the replica listens or ends",
    () => replica.hasEnded || /^Serving MCP on/m.test(replica.stderr),
    { timeoutMs: 120_000 },
  ).catch(async (cause) => {
    await replica[Symbol.asyncDispose]();
    throw new Error(`The replica neither listened nor ended: ${replica.stderr}`, { cause });
  });
  if (replica.hasEnded) throw new Error(`The replica did not start: ${replica.stderr}`);
  return replica;
}
