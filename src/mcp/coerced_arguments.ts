import type * as z from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * Arguments as models write them, in the types that the schema has.
 *
 * A whole number or a boolean where a string is meant, a numeric string where a number is, and
 * "true" or "false" where a boolean is, are taken as meant. Anything else stays as it is, for the
 * schema to refuse: 1.10 as a string could be "1.1" or "1.10".
 */
export function coerceArguments(args: unknown, shape: Shape): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
      return [name, schema ? coerce(value, typeOf(schema)) : value];
    }),
  );
}

function coerce(value: unknown, type: string): unknown {
  if (type === "string") {
    return Number.isSafeInteger(value) || typeof value === "boolean" ? String(value) : value;
  }
  if (typeof value !== "string") return value;
  const word = value.trim();
  if (type === "number" && NUMBER.test(word)) return Number(word);
  if (type === "boolean" && /^(true|false)$/i.test(word)) return word.toLowerCase() === "true";
  return value;
}

/** The type below defaults and options, such as `string`. */
function typeOf(schema: z.ZodType): string {
  const { def } = schema as unknown as z.core.$ZodType<unknown, unknown>["_zod"] & {
    readonly def: { readonly type: string; readonly innerType?: z.ZodType };
  };
  return def.innerType ? typeOf(def.innerType) : def.type;
}
