import { join } from "node:path";
import { ServerUnderTest, startServer } from "./mcp_client.ts";
import { DEFAULT_ALIAS, type Sshd, type SshdOptions, startSshd } from "./sshd.ts";
import type { World } from "./world.ts";

/** A program under test that one test has for itself, and the next one after it. */
interface SharedServer {
  readonly server: ServerUnderTest;
  /** Its home, in which the hosts of each test are written anew. */
  readonly home: string;
}

let borrowed = 0;
const started: SharedServer[] = [];
const idle: SharedServer[] = [];

// What outlives a test is a leak to these; the processes end with the file.
Deno.test.sanitizer({ ops: false, resources: false });
Deno.test.afterAll(async () => {
  for (const shared of started.splice(0)) await end(shared);
});

/**
 * A host of the test's own, and a program under test that earlier tests of the file have used.
 *
 * A start of the program costs more than all else that a short test does. It keeps what it learnt:
 * the numbers of its commands, secrets to conceal, which advice it gave. A test about those, or
 * about the program's start and end, takes `startWorld()`.
 */
export async function borrowWorld(options: Omit<SshdOptions, "home"> = {}): Promise<World> {
  const shared = idle.pop() ?? await start();
  const { client, transport } = shared.server;
  // The program knows a name for a moment, and each test's host has another address.
  const alias = options.alias ?? `${DEFAULT_ALIAS}${++borrowed}`;
  const sshd = await startSshd({ ...options, alias, home: shared.home });
  return {
    sshd,
    server: new ServerUnderTest(client, transport, alias),
    [Symbol.asyncDispose]: () => giveBack(shared, sshd),
  };
}

async function start(): Promise<SharedServer> {
  const home = await Deno.makeTempDir({ prefix: "mss_shared_" });
  const env = { HOME: home, USER: "nobody", PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" };
  const shared = { home, server: await startServer({ env }) };
  started.push(shared);
  return shared;
}

/** A program that does not close all it has open, or has ended, is of no use to another test. */
async function giveBack(shared: SharedServer, sshd: Sshd): Promise<void> {
  const closed = await shared.server.call("close_all_sessions").then(
    ({ isError }) => !isError,
    () => false,
  );
  await sshd[Symbol.asyncDispose]();
  for await (const { name } of Deno.readDir(shared.home)) {
    await Deno.remove(join(shared.home, name), { recursive: true });
  }
  if (closed) return void idle.push(shared);
  started.splice(started.indexOf(shared), 1);
  await end(shared);
}

async function end({ server, home }: SharedServer): Promise<void> {
  await server[Symbol.asyncDispose]();
  await Deno.remove(home, { recursive: true });
}
