import type { Environment } from "../ssh_config/expand.ts";
import { RELAYS } from "./relays.ts";
import { endpoint, programName, type Route, UnreadableCommandError } from "./route.ts";
import { shellWords } from "./shell_words.ts";
import { readSshCommand } from "./ssh_command.ts";

/** Words that start another command and change nothing. */
const STARTERS: readonly string[] = ["exec", "command", "nohup", "env", "nice"];
const SHELLS: readonly string[] = ["sh", "bash", "zsh", "dash", "ksh"];
const MAX_NESTED = 3;

/** With what a ProxyCommand is read. */
export interface CommandContext {
  readonly environment: Environment;
  /** Puts values for the %-tokens of ssh_config(5). */
  readonly expand: (text: string) => string;
}

/**
 * Reads a ProxyCommand (ssh_config(5)) without running it: a jump through another ssh, a
 * proxy, or a plain TCP connection; anything else needs the program.
 *
 * @throws What `expand` throws at an unknown token.
 */
export function readProxyCommand(command: string, context: CommandContext): Route {
  const words = programWords(command, context.environment);
  try {
    return readSimple(command, context, 0) ?? { kind: "program", words };
  } catch (error) {
    if (!(error instanceof UnreadableCommandError)) throw error;
    return { kind: "program", words, why: error.message };
  }
}

/** The words of the program itself, not of a shell around it. */
function programWords(command: string, environment: Environment): readonly string[] {
  const words = withoutStarters(shellWords(command, environment) ?? []);
  const [shell = "", , script] = words;
  const isWrapped = SHELLS.includes(programName(shell)) && script !== undefined;
  return isWrapped ? withoutStarters(shellWords(script, environment) ?? []) : words;
}

function readSimple(command: string, context: CommandContext, depth: number): Route | undefined {
  const raw = shellWords(command, context.environment);
  if (raw === undefined) return readDevTcp(command, context);
  const words = withoutStarters(raw);
  const [program = "", ...args] = words;
  const name = programName(program);
  if (SHELLS.includes(name)) return readShell(args, context, depth);
  if (name === "ssh") return readSsh(args, context, depth);
  const relay = Object.hasOwn(RELAYS, name) ? RELAYS[name] : undefined;
  return relay?.(args.map(context.expand), context.environment);
}

function withoutStarters(words: readonly string[]): readonly string[] {
  let at = 0;
  while (STARTERS.includes(programName(words[at] ?? ""))) at++;
  return words.slice(at);
}

/** `sh -c 'command'`. */
function readShell(
  args: readonly string[],
  context: CommandContext,
  depth: number,
): Route | undefined {
  const [option = "", script, ...more] = args;
  if (!/^-[a-z]*c$/.test(option) || script === undefined || depth >= MAX_NESTED) return undefined;
  return more.length > 0 ? undefined : readSimple(script, context, depth + 1);
}

function readSsh(
  args: readonly string[],
  context: CommandContext,
  depth: number,
): Route | undefined {
  const { hop, forward, remoteCommand } = readSshCommand(args, context.expand);
  if (forward !== undefined) return { kind: "jump", hop, to: forward };
  if (remoteCommand.length === 0 || depth >= MAX_NESTED) return undefined;
  // The hop's shell reads the words again, as one text.
  const remote = readSimple(remoteCommand.join(" "), { ...context, environment: {} }, depth + 1);
  return remote?.kind === "direct" ? { kind: "jump", hop, to: remote.to } : undefined;
}

/** Words that a script around /dev/tcp may have beside it. */
const RELAYING = /^(?:exec|cat|wait|kill|true|[;&|<>()0-9-]+|\$[!%0-9])$/;

/** `exec 3<>/dev/tcp/HOST/PORT; cat <&3 & cat >&3` of bash. */
function readDevTcp(script: string, { expand }: CommandContext): Route | undefined {
  const targets = new Set(script.match(/\/dev\/tcp\/[^\s;&|<>()]+/g) ?? []);
  const [only, another] = targets;
  if (only === undefined || another !== undefined) return undefined;
  const rest = script.replaceAll(only, " ").replace(/[;&|<>()]+/g, " $& ").split(/\s+/);
  if (rest.some((word) => word !== "" && !RELAYING.test(word))) return undefined;
  const [hostname, port] = only.slice("/dev/tcp/".length).split("/").map(expand);
  return { kind: "direct", to: endpoint(hostname, port) };
}
