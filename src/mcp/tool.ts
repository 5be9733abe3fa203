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
    parse: (args) => {
      const given = coerceArguments(args ?? {}, input);
      const parsed = schema.safeParse(given, { reportInput: true });
      if (!parsed.success) throw badArguments(definition.name, input, parsed.error.issues);
      return parsed.data;
    },
    run: (args, call) => run(args as z.output<z.ZodObject<Shape>>, call),
  };
}

type Issue = z.core.$ZodIssue;

// Never the value itself: it may be a password in the wrong place.
function badArguments(
  tool: string,
  shape: Readonly<Record<string, z.ZodType>>,
  issues: readonly Issue[],
): InputError {
  const seen = issues.map((issue) => describeIssue(issue));
  return new InputError(
    `${tool} was not called: ${seen.join("; ")}`,
    `It takes ${
      Object.entries(shape).map(([name, schema]) => parameter(name, schema)).join(", ") ||
      "no parameters"
    }`,
  );
}

function parameter(name: string, schema: z.ZodType): string {
  return schema.safeParse(undefined).success ? name : `${name} (required)`;
}

function describeIssue(issue: Issue): string {
  const name = JSON.stringify(issue.path.join("."));
  switch (issue.code) {
    case "unrecognized_keys":
      return `unknown parameter ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
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
