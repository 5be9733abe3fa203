import * as z from "zod";

type JsonSchema = Record<string, unknown>;

/**
 * A schema as clients see it: JSON Schema without what popular clients drop or charge for.
 *
 * No `$schema`, no `$ref`, no unions: of a choice of types only the string is told, which every
 * client can send; the tool itself takes the others too. That a string must not be empty is left
 * to the tool to say.
 */
export function portableSchema(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    reused: "inline",
    override: ({ jsonSchema }) => simplify(jsonSchema as JsonSchema),
  }) as JsonSchema;
  return json;
}

function simplify(json: JsonSchema): void {
  if (json["minLength"] === 1) delete json["minLength"];
  if (json["maximum"] === Number.MAX_SAFE_INTEGER) delete json["maximum"];
  if (!Array.isArray(json["anyOf"])) return;
  delete json["anyOf"];
  json["type"] = "string";
}
