import * as z from "zod";

/** Characters of output in one reply unless the caller says otherwise. */
export const DEFAULT_OUTPUT_CHARS = 20_000;

const MAX_OUTPUT_CHARS = 10 * 1024 * 1024;
const A_DAY_S = 86_400;
/** Names of sessions are kept and listed. */
const MAX_NAME_CHARS = 200;

/** Of paths, passwords and commands of a device; keys are named, not passed. */
const MAX_VALUE_CHARS = 4_096;
/** A hostname has 253 characters; the rest is user, port and brackets. */
const MAX_HOST_CHARS = 1_024;
/** A script of 8 MB was typed in 9 s. */
const MAX_COMMAND_CHARS = 16 * 1024 * 1024;

/** Of the families that are known, those met most; an unknown one is answered with the nearest. */
const DEVICE_FAMILIES =
  "ios, iosxr, nxos, asa, eos, junos, routeros, vrp, fortios, panos, edgeos, " +
  "aoscx, frr, generic, …";

const value: z.ZodString = z.string().min(1).max(MAX_VALUE_CHARS);
const text = (description: string): z.ZodString => value.describe(description);

/** A name stands in lines of ours: nothing in it breaks them, turns them around or is unseen. */
function isPrintable(name: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name);
}

/** The target: parameters of every tool that reaches a host. */
export const targetShape = {
  host: text("alias, hostname or IP; user@host:port too")
    .max(MAX_HOST_CHARS),
  username: text("over ssh_config's").optional(),
  port: z.int().min(1).max(65_535).optional(),
  password: text("login's, or key_filename's passphrase").optional(),
  key_filename: text("private key").optional(),
  session: text("named shell; others run in parallel")
    .max(MAX_NAME_CHARS).refine(isPrintable, "must be of printable characters").default("main"),
};

/** The id of a command, as replies show it. */
export const commandId: z.ZodString = text("from the reply that began it");

/** How much output one reply may carry, in characters. */
export const maxOutputChars: z.ZodDefault<z.ZodInt> = z.int().min(0).max(MAX_OUTPUT_CHARS)
  .default(DEFAULT_OUTPUT_CHARS).describe("longer output is cut in the middle, readable by offset");

/** A time to wait in seconds, at most a day. */
export function seconds(preset: number): z.ZodDefault<z.ZodNumber> {
  return z.number().min(0).max(A_DAY_S).default(preset);
}

/** A wait that ends within one request, in seconds. */
export function shortWait(preset: number): z.ZodDefault<z.ZodNumber> {
  return z.number().min(0).max(50).default(preset);
}

/** A choice that stands as `preset` unless the caller says otherwise. */
export function flag(preset: "on" | "off"): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(preset === "on");
}

/** Parameters of a command beside its target. */
export const commandShape = {
  command: z.string().min(1).max(MAX_COMMAND_CHARS)
    .describe("shell command line, script or device command"),
  sudo_password: text("answers sudo; without sudo in it, all of it runs as root").optional(),
  enable_password: text("network devices: enters privileged mode").optional(),
  enable_command: text("network devices").default("enable"),
  device_type: text(`else detected: powershell, or a device: ${DEVICE_FAMILIES}`).optional(),
  max_output_chars: maxOutputChars,
};

/** The target as parsed. */
export type TargetArguments = z.output<z.ZodObject<typeof targetShape>>;

/** The command's own arguments as parsed. */
export type CommandArguments = z.output<z.ZodObject<typeof commandShape>>;
