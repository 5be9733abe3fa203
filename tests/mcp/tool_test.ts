import assert from "node:assert/strict";
import { InMemoryServer } from "../support/in_memory_server.ts";

interface Property {
  readonly type: string;
  readonly minLength?: number;
  readonly enum?: readonly string[];
}

const LISTS_AND_OBJECTS = [[[]], [{}], [["a", ["b"]]], [{ toString: "x" }], [{ length: 1 }]].flat();

/** Values that no parameter of the type can mean. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  string: [1.5, 1e308, 2 ** 53, ...LISTS_AND_OBJECTS],
  number: ["", " ", "soon", "1e3", "0x10", "1,5", "12 s", "NaN", true, ...LISTS_AND_OBJECTS],
  integer: ["", "1.5", 1.5, "ten", "1e3", true, 1e308, ...LISTS_AND_OBJECTS],
  boolean: ["", "yes", "on", "1", 0, 1, "truee", ...LISTS_AND_OBJECTS],
  array: ["", "a", "[a", '{"a": 1}', 1, true, {}, { length: 1 }, [[[]]], [1.5], [{ x: 1 }]],
};
/** Too long for any parameter but a command's and a file's text. */
const HUGE = "x".repeat(20 * 1024 * 1024);
const UNKNOWN = ["cmd", "Host", "host ", "constructor", "toString", "command_ID", ""];
const TAKES_EMPTY = new Set(["content", "input_text", "new_text"]);

Deno.test("each parameter of each tool refuses what it cannot mean, by its name, and nothing runs", async () => {
  await using server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  const tried = { parameters: 0, calls: 0 };
  for (const { name: tool, inputSchema } of tools) {
    const properties = inputSchema.properties as Record<string, Property>;
    const required = inputSchema.required ?? [];
    const base = Object.fromEntries(required.map((key) => [key, valid(properties[key]!)]));
    const refuses = async (args: Record<string, unknown>, name: string): Promise<void> => {
      const { text, isError } = await server.call(tool, args);
      tried.calls++;
      const seen = `${tool}(${name}: ${String(JSON.stringify(args[name])).slice(0, 60)}): ${text}`;
      assert.ok(isError, seen);
      const [fact = "", move = ""] = text.split("\n");
      assert.ok(fact.startsWith(`${tool} was not called: `), seen);
      assert.ok(fact.includes(`"${name}`), seen);
      assert.match(move, /^\[It takes /, seen);
      assert.ok(text.length < 3_000, seen);
    };
    for (const [name, property] of Object.entries(properties)) {
      tried.parameters++;
      for (const value of WRONG[property.type]!) await refuses({ ...base, [name]: value }, name);
      if (required.includes(name)) await refuses({ ...base, [name]: null }, name);
      if (property.type !== "string") continue;
      if (!TAKES_EMPTY.has(name)) await refuses({ ...base, [name]: "" }, name);
      if (name === "command") await refuses({ ...base, [name]: HUGE }, name);
      if (property.enum) await refuses({ ...base, [name]: "no such word" }, name);
    }
    for (const name of UNKNOWN) {
      await refuses({ ...base, ...JSON.parse(`{${JSON.stringify(name)}: 1}`) }, name);
    }
  }
  assert.ok(tried.parameters > 100 && tried.calls > 1_000, JSON.stringify(tried));
  assert.deepEqual(server.commands.jobs.unfinished(), []);
  assert.deepEqual(server.commands.jobs.history(), []);
  assert.deepEqual(server.logLines.filter((line) => line.includes("internal-fault")), []);
});

function valid({ type, enum: words }: Property): unknown {
  if (words !== undefined) return words[0];
  return { string: "web1", number: 1, integer: 1, boolean: true, array: ["web1"] }[type];
}

Deno.test("parameters without number or end are refused in a line", async () => {
  await using server = await InMemoryServer.start();
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]));
  const { text } = await server.call("execute_command", many);
  assert.match(
    text,
    /^execute_command was not called: unknown parameter "k0", .* and 99990 more\n/,
  );
  assert.ok(text.length < 3_000);
  const long = await server.call("execute_command", { ["y".repeat(1_000_000)]: 1 });
  assert.match(long.text, /unknown parameter "y{60}…"/);
  assert.ok(long.text.length < 3_000);
});
