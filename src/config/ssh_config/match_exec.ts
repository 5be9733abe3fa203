import { shellWords } from "../proxy/shell_words.ts";
import type { LocalFacts } from "../local_facts.ts";
import type { ConfigSources } from "../sources.ts";
import { connectionTokens, type Environment, expandTilde, expandTokens } from "./expand.ts";
import type { Settings } from "./settings.ts";

/** The kind of a path, links followed. */
export interface PathFacts {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
}

/** Facts that `Match exec` may look at without running a program. */
export interface ExecProbes {
  /** Undefined where nothing is there. @throws Where this program may not look. */
  pathFacts(path: string): Promise<PathFacts | undefined>;
  /** Whether a variable that is not set is known to be so, not hidden from this program. */
  isUnset(name: string): boolean;
  /** Whether a TCP connection comes about. @throws Where this program may not try. */
  connects(hostname: string, port: number, withinMs: number): Promise<boolean>;
}

/** Facts and settings that a command is judged with. */
export interface ExecOptions {
  readonly probes: ExecProbes;
  readonly environment: Environment;
  readonly home: string;
  readonly homes: ReadonlyMap<string, string>;
}

const DEFAULT_CONNECT_MS = 5_000;
const LONGEST_CONNECT_MS = 10_000;

/**
 * Whether a command of `Match exec` would succeed, found out without running it; undefined where
 * that takes a program.
 *
 * Understood are `test` and `[` with -e, -f, -d, -s, -n, -z, = and !=, `true`, `false`, `:` and
 * `nc -z host port`, each also behind `!`, with its output thrown away.
 */
export async function judgeExec(text: string, given: ExecOptions): Promise<boolean | undefined> {
  const options = { ...given, environment: withUnset(text, given) };
  const words = wordsOf(text, options);
  if (words === undefined) return undefined;
  const isNegated = words[0] === "!";
  const holds = await judgeWords(isNegated ? words.slice(1) : words, options).catch(() =>
    undefined
  );
  return holds === undefined ? undefined : holds !== isNegated;
}

/** A variable that is not set stands for nothing. */
function withUnset(text: string, { environment, probes }: ExecOptions): Environment {
  const names = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name);
  const unset = names.filter((name) => !Object.hasOwn(environment, name) && probes.isUnset(name));
  return { ...environment, ...Object.fromEntries(unset.map((name) => [name, ""])) };
}

/** Output is thrown away, and `~` stands for a home directory where no quote is. */
function wordsOf(text: string, options: ExecOptions): readonly string[] | undefined {
  const quiet = text.replace(/[ \t](?:&>|1?>)[ \t]*\/dev\/null(?=[ \t]|$)/g, "");
  // What a shell would look for in directories, or split where a variable holds blanks.
  if (/[*?{}]|\[(?![ \t]|$)|(?<![ \t])\]/.test(withoutPlain(quiet))) return undefined;
  const tilde = quiet.replace(/(?<=[ \t])~[A-Za-z0-9_.-]*(?=\/|[ \t]|$)/g, (found) => {
    try {
      const home = expandTilde(found, options).replace(/\/$/, "");
      return home.includes("'") ? "`" : `'${home}'`;
    } catch {
      return "`";
    }
  });
  if (hasSplitVariable(quiet, options.environment)) return undefined;
  return shellWords(tilde, options.environment);
}

/** Without quoted text and variables, in which nothing is a pattern. */
function withoutPlain(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"|\$\{\w+\}/g, "");
}

/** A variable outside of quotes whose value a shell would take apart. */
function hasSplitVariable(text: string, environment: Environment): boolean {
  const bare = text.replace(/'[^']*'|"[^"]*"/g, "");
  return [...bare.matchAll(/\$\{?(\w+)/g)].some(([, name = ""]) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined || value === "" || /[\s*?[\]\\]/.test(value);
  });
}

async function judgeWords(
  [program, ...args]: readonly string[],
  { probes }: ExecOptions,
): Promise<boolean | undefined> {
  switch (program?.replace(/^\/(?:usr\/)?bin\//, "")) {
    case "true":
    case ":":
      return true;
    case "false":
      return false;
    case "test":
      return await judgeTest(args, probes);
    case "[":
      return args.at(-1) === "]" ? await judgeTest(args.slice(0, -1), probes) : undefined;
    case "nc":
    case "ncat":
    case "netcat":
      return await judgeConnect(args, probes);
    default:
      return undefined;
  }
}

/** test(1), as far as POSIX says what a number of arguments means. */
async function judgeTest(
  args: readonly string[],
  probes: ExecProbes,
): Promise<boolean | undefined> {
  const [first = "", second = "", third = ""] = args;
  if (args.length === 0) return false;
  if (args.length === 1) return first !== "";
  if (args.length === 3 && (second === "=" || second === "==")) return first === third;
  if (args.length === 3 && second === "!=") return first !== third;
  if (first === "!") {
    const holds = await judgeTest(args.slice(1), probes);
    return holds === undefined ? undefined : !holds;
  }
  return args.length === 2 ? await judgePrimary(first, second, probes) : undefined;
}

async function judgePrimary(
  operator: string,
  operand: string,
  probes: ExecProbes,
): Promise<boolean | undefined> {
  if (operator === "-n") return operand !== "";
  if (operator === "-z") return operand === "";
  // Where ssh is started is not where this program is.
  if (!["-e", "-f", "-d", "-s"].includes(operator)) return undefined;
  if (operand === "") return false;
  if (!operand.startsWith("/")) return undefined;
  const facts = await probes.pathFacts(operand);
  if (facts === undefined || operator === "-e") return facts !== undefined;
  if (operator === "-s") return facts.sizeBytes > 0;
  return facts.kind === (operator === "-f" ? "file" : "directory");
}

/** `nc -z [-w SECONDS] host port`. */
async function judgeConnect(
  args: readonly string[],
  probes: ExecProbes,
): Promise<boolean | undefined> {
  let withinMs = DEFAULT_CONNECT_MS;
  let isScan = false;
  const rest = [...args];
  while (rest[0]?.startsWith("-")) {
    const [, letters = "", glued = ""] = /^-([a-zA-Z]+)(\d*)$/.exec(rest.shift()!) ?? [];
    if (!/^[zvn46]*[wG]?$/.test(letters) || letters === "") return undefined;
    if (letters.includes("z")) isScan = true;
    if (!/[wG]$/.test(letters)) continue;
    const seconds = Number(glued === "" ? rest.shift() : glued);
    if (!(seconds > 0)) return undefined;
    withinMs = Math.min(seconds * 1_000, LONGEST_CONNECT_MS);
  }
  const [hostname = "", port = ""] = rest;
  if (!isScan || rest.length !== 2 || !/^[\w.:-]+$/.test(hostname)) return undefined;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return await probes.connects(hostname, Number(port), withinMs);
}

/** With what the commands of one host's `Match exec` are judged. */
export interface ExecFacts {
  readonly alias: string;
  /** As far as it is known when it is asked for. */
  readonly hostname: () => string;
  readonly settings: Settings;
  readonly sources: ConfigSources;
  readonly local: LocalFacts;
  readonly localUser: string;
}

/** Commands are looked at where the sources can; tokens stand for what is known so far, as in ssh. */
export function execJudge(facts: ExecFacts): (text: string) => Promise<boolean | undefined> {
  const { alias, settings, local, localUser } = facts;
  const { environment, home, probes } = facts.sources;
  return async (text) => {
    if (probes === undefined) return undefined;
    const tokens = connectionTokens({
      host: alias,
      hostname: facts.hostname(),
      hostKeyAlias: settings.value("hostkeyalias"),
      port: Number(settings.value("port") ?? 22),
      user: settings.value("user") ?? localUser,
      proxyJump: settings.value("proxyjump") ?? "",
      home,
      localUser,
      localHostname: local.hostname,
      localUid: local.uid,
    });
    const options = { probes, environment, home, homes: local.homes };
    return await judgeExec(expandTokens(text, tokens), options);
  };
}
