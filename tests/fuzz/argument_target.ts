import assert from "node:assert/strict";
import type { Random } from "../support/random.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";
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
      const reply = await server.call(name, { ...args, ...instant(keys) });
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

/** The clock of the in-memory server stands still: nothing may wait for it. */
function instant(keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    ["timeout", "wait"].filter((key) => keys.includes(key)).map((key) => [key, 0]),
  );
}
