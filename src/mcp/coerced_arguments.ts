import type * as z from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * Arguments as models write them, in the types that the schema has.
 *
 * A whole number or a boolean where a string is meant, a numeric string where a number is, "true" or
 * "false" where a boolean is, a list or an object as JSON text, one object where a list of them is,
 * and null for a parameter that may be left out are taken as meant, in lists and objects too. Anything else stays as it is, for the schema
 * to refuse: 1.10 as a string could be "1.1" or "1.10".
 */
export function coerceArguments(args: unknown, shape: Shape): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => {
      const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (schema === undefined) return [[name, value]];
      if (value === null && schema.safeParse(undefined).success) return [];
      return [[name, coerce(value, schema)]];
    }),
  );
}

function coerce(value: unknown, schema: z.ZodType): unknown {
  const { type, element, shape } = definitionOf(schema);
  if (type === "string") {
    return Number.isSafeInteger(value) || typeof value === "boolean" ? String(value) : value;
  }
  const kind = isOfObjects(element) ? "objects" : type;
  const said = typeof value === "string" ? meantBy(value, kind) : value;
  const meant = kind === "objects" && isObject(said) ? [said] : said;
  if (element !== undefined && Array.isArray(meant)) {
    return meant.map((one) => coerce(one, element));
  }
  return shape === undefined ? meant : coerceArguments(meant, shape);
}

function isOfObjects(element: z.ZodType | undefined): boolean {
  return element !== undefined && definitionOf(element).shape !== undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text in the type that is wanted, where it is one of that; else the text. */
function meantBy(text: string, type: string): unknown {
  const word = text.trim();
  switch (type) {
    case "number":
      return NUMBER.test(word) ? Number(word) : text;
    case "boolean":
      return /^(true|false)$/i.test(word) ? word.toLowerCase() === "true" : text;
    case "array":
      return parsed(word, (value) => Array.isArray(value)) ?? text;
    case "objects":
      return parsed(word, () => true as boolean) ?? text;
    case "object":
      return parsed(word, isObject) ?? text;
    default:
      return text;
  }
}

function parsed(json: string, fits: (value: unknown) => boolean): unknown {
  if (!/^[[{]/.test(json)) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Definition {
  readonly type: string;
  readonly element?: z.ZodType;
  readonly shape?: Shape;
}

/** The definition below defaults and options. */
function definitionOf(schema: z.ZodType): Definition {
  const { def } = schema as unknown as {
    readonly def: Definition & { readonly innerType?: z.ZodType };
  };
  return def.innerType ? definitionOf(def.innerType) : def;
}
