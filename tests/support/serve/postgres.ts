import { mustRun } from "../command.ts";
import { freePort } from "../sshd.ts";

/** A PostgreSQL of the distribution on a loopback port, with a directory of its own. */
export class Postgres implements AsyncDisposable {
  readonly port: number;
  readonly #bin: string;
  readonly #directory: string;

  private constructor(port: number, bin: string, directory: string) {
    this.port = port;
    this.#bin = bin;
    this.#directory = directory;
  }

  /** Makes one and starts it. */
  static async start(): Promise<Postgres> {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name).sort();
    const bin = `/usr/lib/postgresql/${versions.at(-1)}/bin`;
    const directory = await Deno.makeTempDir({ prefix: "mcp-ssh-postgres-" });
    await mustRun(["chown", "postgres", directory]);
    const postgres = new Postgres(freePort(), bin, directory);
    const data = `${directory}/data`;
    await postgres.#run([`${bin}/initdb`, "-D", data, "-A", "trust", "-N", "-E", "UTF8"]);
    await postgres.restart();
    return postgres;
  }

  /** Where it is reached, by way of another port if told so. */
  url(port: number = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  /** Starts it again. */
  async restart(): Promise<void> {
    const options = `-p ${this.port} -k ${this.#directory} -c listen_addresses=127.0.0.1 ` +
      "-c fsync=off -c max_connections=60 -c shared_buffers=16MB";
    const log = `${this.#directory}/log`;
    const data = `${this.#directory}/data`;
    await this.#run([`${this.#bin}/pg_ctl`, "-w", "-D", data, "-l", log, "-o", options, "start"]);
  }

  /** Ends it at once, as a crash does. */
  async stop(): Promise<void> {
    const data = `${this.#directory}/data`;
    await this.#run([`${this.#bin}/pg_ctl`, "-D", data, "-m", "immediate", "stop"]);
  }

  /** The answer to a statement, as text. */
  async query(statement: string): Promise<string> {
    const args = ["-h", "127.0.0.1", "-p", `${this.port}`, "-U", "postgres", "-Atc", statement];
    return (await mustRun([`${this.#bin}/psql`, ...args])).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
    await Deno.remove(this.#directory, { recursive: true });
  }

  /** It refuses to run as root. */
  async #run(argv: readonly string[]): Promise<void> {
    await mustRun(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...argv], {
      cwd: "/",
    });
  }
}
