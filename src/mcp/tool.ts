import type {
  CallToolResult,
  InputRequiredResult,
  ToolAnnotations,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { InputError } from "../errors.ts";
import type { Call } from "./call.ts";
import { coerceArguments } from "./coerced_arguments.ts";

/** The answer of a tool. */
export type ToolResult = CallToolResult | InputRequiredResult;

/** Of tools that act on a host: anything may happen there. */
export const COMMAND_ANNOTATIONS: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  openWorldHint: true,
};

/** Of tools that look at what this server holds. */
export const READ_ONLY_ANNOTATIONS: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };

/** One tool: what a client is told of it, and what it does. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject | undefined;
  readonly annotations: ToolAnnotations;
  readonly meta: Record<string, unknown> | undefined;
  /** A file's content follows the first line of its text and is left as it is. */
  readonly verbatim: boolean;
  /** It asks itself, where it knows exactly what it is about to do; else its arguments are shown. */
  readonly asksItself: boolean;
  /**
   * Arguments as the client sent them, checked and completed.
   *
   * @throws {InputError} When they do not fit the schema.
   */
  parse(args: unknown): ParsedArguments;
  /** Answers one call with what {@link parse} returned. */
  run(args: ParsedArguments, call: Call): Promise<ToolResult>;
}

/** Arguments that fit a tool's schema. */
export type ParsedArguments = Readonly<Record<string, unknown>>;

/** A tool before its arguments are checked. */
export interface ToolDefinition<Shape extends Record<string, z.ZodType>> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Shape;
  readonly output?: z.ZodObject;
  readonly annotations: ToolAnnotations;
  readonly meta?: Record<string, unknown>;
  readonly verbatim?: boolean;
  readonly asksItself?: boolean;
  readonly run: (args: z.output<z.ZodObject<Shape>>, call: Call) => Promise<ToolResult>;
}

/** Makes a tool whose arguments are a strict object: unknown keys are errors. */
export function defineTool<Shape extends Record<string, z.ZodType>>(
  definition: ToolDefinition<Shape>,
): Tool {
  const { run, input, output, meta, verbatim = false, asksItself = false, ...rest } = definition;
  const schema = z.strictObject(input);
  return {
    ...rest,
    input: schema,
    output,
    meta,
    verbatim,
    asksItself,
    parse: (args) => parseArguments({ name: definition.name, input: schema }, args),
    run: (args, call) => run(args as z.output<z.ZodObject<Shape>>, call),
  };
}

/** More than any tool takes; beyond it a schema would look at each of them. */
const PARAMETERS_LIMIT = 100;
const SHOWN_UNKNOWN = 10;
const SHOWN_CHARS = 60;

/**
 * Arguments that are held against a tool's schema, or against a narrower one.
 *
 * @throws {InputError} When they do not fit.
 */
export function parseArguments(
  { name, input }: Pick<Tool, "name" | "input">,
  args: unknown,
): ParsedArguments {
  if (typeof args === "object" && args !== null) {
    const unknown = Object.keys(args).filter((key) => !Object.hasOwn(input.shape, key));
    if (unknown.length > PARAMETERS_LIMIT) {
      throw badArguments({ name, input }, unknownText(unknown));
    }
  }
  const given = coerceArguments(args ?? {}, input.shape);
  const parsed = input.safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw badArguments({ name, input }, parsed.error.issues.map(describeIssue).join("; "));
}

type Issue = z.core.$ZodIssue;

// Never the value itself: it may be a password in the wrong place.
function badArguments({ name, input }: Pick<Tool, "name" | "input">, seen: string): InputError {
  const known = Object.entries(input.shape as Readonly<Record<string, z.ZodType>>);
  return new InputError(
    `${name} was not called: ${seen}`,
    `It takes ${
      known.map(([key, schema]) => parameter(key, schema)).join(", ") || "no parameters"
    }`,
  );
}

function unknownText(keys: readonly string[]): string {
  const shown = keys.slice(0, SHOWN_UNKNOWN).map((key) =>
    JSON.stringify(key.length > SHOWN_CHARS ? `${key.slice(0, SHOWN_CHARS)}…` : key)
  );
  const more = keys.length - shown.length;
  return `unknown parameter ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function parameter(name: string, schema: z.ZodType): string {
  return schema.safeParse(undefined).success ? name : `${name} (required)`;
}

function describeIssue(issue: Issue): string {
  const name = JSON.stringify(issue.path.join("."));
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownText(issue.keys);
    case "invalid_type":
      return issue.path.length === 0
        ? `the arguments must be an object`
        : issue.input === undefined
        ? `${name} is missing`
        : `${name} must be ${article(issue.expected)}`;
    case "invalid_value":
      return `${name} must be one of ${
        issue.values.map((value) => JSON.stringify(value)).join(", ")
      }`;
    case "too_small":
      return issue.origin === "string"
        ? `${name} must not be empty`
        : `${name} must be at least ${issue.minimum}`;
    case "too_big":
      return `${name} must be at most ${issue.maximum}${
        issue.origin === "string" ? " characters" : ""
      }`;
    default:
      return `${name}: ${issue.message}`;
  }
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "an object",
  };
  return words[type] ?? `a ${type}`;
}
