import * as z from "zod";

type JsonSchema = Record<string, unknown>;

/**
 * A schema as clients see it: JSON Schema without what popular clients drop or charge for.
 *
 * No `$schema`, no `$ref`, no unions: of a choice of types only the string is told, which every
 * client can send; the tool itself takes the others too. How long a string may be, and that
 * it must not be empty, is left to the tool to say.
 */
export function portableSchema(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const known = portable.get(schema);
  if (known) return known;
  const made = convert(schema, io);
  portable.set(schema, made);
  return made;
}

// Converting all of them takes 2 ms, and a client may ask for the list again and again.
const portable = new WeakMap<z.ZodObject, JsonSchema>();

function convert(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    reused: "inline",
    override: ({ jsonSchema }) => simplify(jsonSchema as JsonSchema, io),
  }) as JsonSchema;
  return json;
}

function simplify(json: JsonSchema, io: "input" | "output"): void {
  if (io === "output") delete json["additionalProperties"];
  if (json["minLength"] === 1) delete json["minLength"];
  delete json["maxLength"];
  if (json["maximum"] === Number.MAX_SAFE_INTEGER) delete json["maximum"];
  if (!Array.isArray(json["anyOf"])) return;
  delete json["anyOf"];
  json["type"] = "string";
}
