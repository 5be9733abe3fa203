import assert from "node:assert/strict";
import { afterOthers } from "../../src/clock.ts";
import type { Random } from "../support/random.ts";
import { type InMemoryReply, InMemoryServer } from "../support/in_memory_server.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "web1",
  "main",
  "\0",
  "\u202e\u{e0041}\x1b]0;t\x07",
  "\ud800",
  "../../etc/passwd",
  "-oProxyCommand=touch x",
  "ssh://user:secret@web1:99999",
  "[::1]:22",
  "x".repeat(10_000),
  "__proto__",
  [],
  ["web1"],
  {},
  { toString: "x" },
  { host: "web1" },
  [[[[[]]]]],
];

/** Time passes in steps that grow up to this. */
const STEP_LIMIT_MS = 60_000;

const ON_PURPOSE = /scripted sessions (?:have|keep) no |nothing is listed here/;

/** Whatever a tool is called with, it answers: never with a fault of its own, never without end. */
export async function openArguments(): Promise<FuzzTarget> {
  const server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  // Scripted sessions cannot be closed.
  const shapes = tools.filter(({ name }) => !name.startsWith("close_")).map((tool) => ({
    name: tool.name,
    keys: Object.keys(tool.inputSchema.properties ?? {}),
  }));
  return {
    name: "arguments",
    attempt: async (random) => {
      const { name, keys } = random.pick(shapes);
      const args = someArguments([...keys, "unknown", "constructor"], random);
      const reply = await answered(server, name, args);
      assert.notEqual(reply.text, "");
      assert.ok(reply.text.isWellFormed(), `${name} ${JSON.stringify(args)}: ${reply.text}`);
      // Scripted sessions have no files and no durable commands, which is a fault on purpose.
      const faults = server.logLines.filter((line) =>
        line.includes("internal-fault") && !ON_PURPOSE.test(line)
      );
      assert.deepEqual(faults, []);
      server.logLines.length = 0;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function someArguments(
  keys: readonly string[],
  random: Random,
): Record<string, unknown> {
  const chosen = keys.filter(() => !random.onceIn(3));
  return Object.fromEntries(chosen.map((key) => [key, random.pick(VALUES)]));
}

/** Time passes as long as the tool waits: scripted commands never end. */
async function answered(
  server: InMemoryServer,
  name: string,
  args: Record<string, unknown>,
): Promise<InMemoryReply> {
  let isAnswered = false;
  const reply = server.call(name, args).finally(() => isAnswered = true);
  reply.catch(() => {}); // It is awaited below.
  for (let stepMs = 1; !isAnswered; stepMs = Math.min(2 * stepMs, STEP_LIMIT_MS)) {
    await new Promise<void>(afterOthers);
    if (!isAnswered) server.clock.advance(stepMs);
  }
  return await reply;
}
