import { z } from "zod";

/** A regular expression in RE2's syntax; `(?i)` in front makes it blind to case. */
const pattern = z.string().min(1);
const patterns = z.union([pattern, z.array(pattern)]);
const keys = z.string().min(1).max(64);
/** In a list: what the extended profile has at this place. */
const rest = z.literal("...");

/**
 * One profile file, built in or an operator's own.
 *
 * What it leaves out comes from the profile that it extends, `generic` unless it names another. A
 * list replaces that profile's list; the entry `"..."` keeps it. `null` takes a value away.
 */
export const profileSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "lower-case letters, digits and hyphens"),
  extends: z.string().optional(),
  title: z.string().min(1).max(80).optional(),
  aliases: z.array(z.string().min(1)).optional(),
  // For the people who read the file: the reason for a value, by the name of its key.
  why: z.record(z.string(), z.string()).optional(),
  // Public documents or code that the values come from.
  sources: z.array(z.string().min(1)).optional(),
  detect: z.strictObject({
    ident: pattern.optional(),
    banner: pattern.optional(),
    prompt: pattern.optional(),
    probe: z.union([
      z.string().min(1),
      z.strictObject({ send: z.string().min(1), match: pattern }),
    ]).optional(),
  }).optional(),
  prompts: z.strictObject({
    exec: patterns.optional(),
    privileged: patterns.optional(),
    config: patterns.optional(),
  }).optional(),
  headers: z.array(pattern).optional(),
  login: z.array(z.union([
    rest,
    z.strictObject({ match: pattern, send: keys }),
    z.strictObject({ match: pattern, given: z.enum(["user", "password"]) }),
  ])).optional(),
  setup: z.array(z.union([
    z.string().min(1),
    z.strictObject({ send: z.string().min(1), needsMode: z.enum(["exec", "privileged"]) }),
  ])).optional(),
  enable: z.strictObject({
    send: z.string().min(1).optional(),
    password: pattern.optional(),
    username: pattern.optional(),
    noPassword: pattern.optional(),
    fail: pattern.optional(),
    done: pattern.optional(),
  }).nullable().optional(),
  pagers: z.array(z.union([
    rest,
    z.strictObject({
      match: pattern,
      next: keys.optional(),
      quit: keys.optional(),
      filler: pattern.optional(),
      place: z.enum(["line", "line-end"]).optional(),
    }),
  ])).optional(),
  confirms: z.array(pattern).optional(),
  errors: z.array(pattern).optional(),
  textInput: z.array(pattern).optional(),
  enter: z.enum(["\r", "\n", "\r\n"]).optional(),
  interrupt: keys.nullable().optional(),
  earlyPrompt: z.enum(["fenced", "waited"]).nullable().optional(),
  help: z.boolean().optional(),
  emptyLine: z.enum(["redraws", "acts"]).optional(),
  userSuffix: z.string().min(1).max(64).nullable().optional(),
});

/** A profile file that fits the schema; its patterns are still text. */
export type ProfileFile = z.infer<typeof profileSchema>;
