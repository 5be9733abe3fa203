import assert from "node:assert/strict";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";

/** Words in the form of a name that are none of ours. */
const OTHERS = ["ssh_config"];
/** Clients cut instructions there. */
const INSTRUCTIONS_LIMIT = 2_000;

Deno.test("no description and no instruction names a tool or parameter that does not exist", async () => {
  await using server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  const parameters = tools.flatMap(({ inputSchema }) => namesIn(inputSchema));
  const known = new Set([
    ...tools.map(({ name }) => name),
    ...parameters,
    ...tools.flatMap(({ outputSchema }) => namesIn(outputSchema)),
    ...OTHERS,
    // In the record of each reply.
    "next_offset",
  ]);
  const texts = [
    INSTRUCTIONS,
    ...tools.flatMap(({ description, inputSchema }) => [
      description ?? "",
      ...descriptionsIn(inputSchema),
    ]),
  ];
  for (const text of texts) {
    for (const [name] of text.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)) {
      assert.ok(known.has(name), `"${name}" in: ${text}`);
    }
    for (const [, name] of text.matchAll(/\b([a-z_0-9]+)=/g)) {
      assert.ok(parameters.includes(name!) || name === "nested", `"${name}=" in: ${text}`);
    }
  }
});

Deno.test("the instructions are within the bound at which clients cut them", () => {
  assert.ok(INSTRUCTIONS.length < INSTRUCTIONS_LIMIT, String(INSTRUCTIONS.length));
});

type Schema = Readonly<Record<string, unknown>>;

/** Names of properties, at any depth. */
function namesIn(schema: unknown): readonly string[] {
  return nodes(schema).flatMap(({ properties }) => Object.keys(Object(properties)));
}

function descriptionsIn(schema: unknown): readonly string[] {
  return nodes(schema).flatMap(({ description }) =>
    typeof description === "string" ? [description] : []
  );
}

function nodes(value: unknown): readonly Schema[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Schema, ...Object.values(value).flatMap(nodes)];
}
