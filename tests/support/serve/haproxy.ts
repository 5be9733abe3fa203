import { until } from "../condition.ts";
import { signal } from "../processes.ts";
import { REPOSITORY } from "../source_file.ts";
import { freePort } from "../sshd.ts";

/** The configuration that is shipped for the balancer. */
export const HAPROXY_CONFIG = `${REPOSITORY}.github/deploy/haproxy.cfg`;

/** A real HAProxy with the shipped configuration, but for its own port and the replicas' addresses. */
export class HaProxy implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #reading: Promise<void>;
  /** Its messages so far: servers up and down, and the requests that failed. */
  log = "";

  private constructor(port: number, child: Deno.ChildProcess, directory: string) {
    this.port = port;
    this.#child = child;
    this.#directory = directory;
    this.#reading = this.#read();
  }

  /** Starts one before replicas at these ports, and returns once all of them are in use. */
  static async start(ports: readonly number[]): Promise<HaProxy> {
    const directory = await Deno.makeTempDir({ prefix: "mcp-ssh-haproxy-" });
    const port = freePort();
    const config = `${directory}/haproxy.cfg`;
    await Deno.writeTextFile(config, at(await Deno.readTextFile(HAPROXY_CONFIG), port, ports));
    const child = new Deno.Command("/usr/sbin/haproxy", {
      args: ["-db", "-f", config],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const proxy = new HaProxy(port, child, directory);
    await until("HAProxy answers", () => proxy.#answers()).catch(async (cause) => {
      await proxy[Symbol.asyncDispose]();
      throw new Error(`HAProxy does not answer: ${proxy.log}`, { cause });
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    signal(this.#child.pid, "SIGTERM");
    await this.#child.status;
    await this.#reading;
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #answers(): Promise<boolean> {
    try {
      const { body, ok } = await fetch(`http://127.0.0.1:${this.port}/healthz`);
      await body?.cancel();
      return ok;
    } catch {
      return false;
    }
  }

  async #read(): Promise<void> {
    const text = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) this.log += chunk;
  }
}

function at(shipped: string, port: number, replicas: readonly number[]): string {
  const servers = replicas.map((one, index) => `  server r${index} 127.0.0.1:${one}`);
  return shipped.replace("bind :8080", `bind 127.0.0.1:${port}`)
    .replace(/(?:^ {2}server .*\n)+/m, `${servers.join("\n")}\n`);
}
