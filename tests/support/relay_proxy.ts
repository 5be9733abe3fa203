import { connect } from "node:net";
import { until } from "./condition.ts";
import { signal } from "./processes.ts";
import { freePort } from "./sshd.ts";

/** A proxy of the distribution on 127.0.0.1; disposing ends it. */
export interface RelayProxy extends AsyncDisposable {
  readonly port: number;
}

/** Who may use a proxy. */
export interface RelayLogin {
  readonly username: string;
  readonly password: string;
}

/** microsocks: SOCKS5. */
export function startMicrosocks(login?: RelayLogin): Promise<RelayProxy> {
  const user = login === undefined ? [] : ["-u", login.username, "-P", login.password];
  return start((port) => ({
    args: ["microsocks", "-i", "127.0.0.1", "-p", String(port), ...user],
  }));
}

/** tinyproxy: CONNECT of HTTP; `allowedPort` is the only one it leads to. */
export function startTinyproxy(
  options: { readonly login?: RelayLogin; readonly allowedPort?: number } = {},
): Promise<RelayProxy> {
  const { login, allowedPort } = options;
  return start((port) => ({
    args: ["tinyproxy", "-d", "-c", "CONFIG"],
    config: [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Timeout 60",
      ...(login === undefined ? [] : [`BasicAuth ${login.username} ${login.password}`]),
      ...(allowedPort === undefined ? [] : [`ConnectPort ${allowedPort}`]),
    ],
  }));
}

/** Dante: SOCKS4 and SOCKS5; `blockedPort` is refused by its rules. */
export function startDante(blockedPort?: number): Promise<RelayProxy> {
  const block = blockedPort === undefined
    ? []
    : [`socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = ${blockedPort} }`];
  return start((port) => ({
    args: ["danted", "-f", "CONFIG"],
    config: [
      "logoutput: stderr",
      `internal: 127.0.0.1 port = ${port}`,
      "external: 127.0.0.1",
      "clientmethod: none",
      "socksmethod: none",
      "client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }",
      ...block,
      "socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }",
    ],
  }));
}

interface Start {
  readonly args: readonly [string, ...string[]];
  readonly config?: readonly string[];
}

async function start(describe: (port: number) => Start): Promise<RelayProxy> {
  const port = freePort();
  const { args: [program, ...args], config = [] } = describe(port);
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, config.map((line) => `${line}\n`).join(""));
  const child = new Deno.Command(program, {
    args: args.map((arg) => arg === "CONFIG" ? path : arg),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(`${program} listens`, () => listens(port), { timeoutMs: 30_000 });
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      signal(child.pid, "SIGTERM");
      await child.status;
      await Deno.remove(path);
    },
  };
}

async function listens(port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect(port, "127.0.0.1", () => resolve("it does"));
  socket.on("error", () => resolve(undefined));
  const answer = await promise;
  socket.destroy();
  return answer;
}
