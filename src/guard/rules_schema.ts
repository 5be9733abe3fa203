import { z } from "zod";

/** A pattern of ssh_config(5): `*`, `?`, and `!` in front to negate. */
const pattern = z.string().min(1).max(1_000);
const patterns = z.union([pattern, z.array(pattern).min(1).max(1_000)]);

const caller = z.strictObject({
  sub: patterns.optional(),
  groups: patterns.optional().describe("One of the caller's groups fits."),
  claims: z.record(z.string(), patterns).optional()
    .describe("Each claim fits: its text, number or boolean, or one entry of its list."),
});

const rule = z.strictObject({
  name: z.string().min(1).max(80).optional()
    .describe("Stands in errors and records; else the rule is named by its number."),
  hosts: patterns.optional()
    .describe("The host as it is called, or the hostname that ssh_config makes of it."),
  users: patterns.optional().describe("The account that is logged in to."),
  tools: z.union([pattern, z.array(pattern).min(1)]).optional()
    .describe("Names of tools. Without it a rule covers every call that reaches its hosts."),
  commands: patterns.optional()
    .describe(
      "Text of commands, input and keys. Only with mode ask: it adds a question to what is " +
        "allowed, and guards against mistakes, not against somebody who wants to get past it.",
    ),
  caller: caller.optional().describe(
    "Who calls. A rule with it covers nobody without an identity.",
  ),
  mode: z.enum(["allow", "ask", "deny"]),
});

/** The operator's rules as the file that MCP_SSH_POLICY names has them. */
export const rulesSchema = z.strictObject({
  $schema: z.string().optional(),
  rules: z.array(rule).max(1_000).default([]).describe("The first rule that fits counts."),
  secrets: z.record(
    z.string().regex(/^[A-Z][A-Z0-9_]*$/),
    z.strictObject({
      hosts: patterns,
      caller: caller.optional().describe("Who may use it; without it every caller."),
    }),
  )
    .optional()
    .describe("Which hosts may get which MCP_SSH_SECRET_NAME; one that is not named goes nowhere."),
});

/** A rules file that fits the schema. */
export type RulesFile = z.infer<typeof rulesSchema>;
/** One rule of it. */
export type Rule = RulesFile["rules"][number];
