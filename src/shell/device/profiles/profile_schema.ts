import { z } from "zod";

/** A regular expression as JSON text; `(?i)` in front makes it blind to case. */
const pattern = z.string().min(1);
const keys = z.string().min(1).max(64);
const patterns = z.union([pattern, z.array(pattern)]);

/**
 * One file of an operator's own profile.
 *
 * What it leaves out comes from the profile that it extends, `generic` unless it names another.
 */
export const profileSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "lower-case letters, digits and hyphens"),
  extends: z.string().optional(),
  title: z.string().min(1).max(80).optional(),
  aliases: z.array(z.string().min(1)).optional(),
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
  login: z.array(z.strictObject({ match: pattern, send: keys })).optional(),
  setup: z.array(z.union([
    z.string().min(1),
    z.strictObject({
      send: z.string().min(1),
      needsMode: z.enum(["exec", "privileged"]).optional(),
      // The failure of a set-up line is never fatal; the word may say so.
      optional: z.boolean().optional(),
    }),
  ])).optional(),
  enable: z.strictObject({
    send: z.string().min(1).optional(),
    password: pattern.optional(),
    username: pattern.optional(),
    noPassword: pattern.optional(),
    fail: pattern.optional(),
  }).optional(),
  // For the people who read the file: what is typed in configuration mode is the caller's command.
  config: z.strictObject({
    enter: z.string().optional(),
    exit: z.string().optional(),
    commit: z.string().optional(),
    onUncommitted: z.string().optional(),
  }).optional(),
  pagers: z.array(z.strictObject({
    match: pattern,
    next: keys.optional(),
    quit: keys.optional(),
  })).optional(),
  confirms: z.array(pattern).optional(),
  errors: z.array(pattern).optional(),
  textInput: z.array(pattern).optional(),
  enter: z.enum(["\r", "\n", "\r\n"]).optional(),
  interrupt: keys.optional(),
  earlyPrompt: z.boolean().optional(),
  help: z.boolean().optional(),
  userSuffix: z.string().optional(),
});

/** A profile file that fits the schema; its patterns are still text. */
export type ProfileFile = z.infer<typeof profileSchema>;
