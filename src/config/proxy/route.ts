import type { Endpoint, Proxy } from "../resolved_host.ts";

/** How an `ssh` of a ProxyCommand is told to reach its own host. */
export interface SshHop {
  /** [user@]host, or a URI. */
  readonly destination: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** -i, in order. */
  readonly identityFiles: readonly string[];
  /** -o and what is short for it, as lines of ssh_config(5). */
  readonly lines: readonly string[];
  /** -F. */
  readonly configPath: string | undefined;
}

/** The way that a ProxyCommand takes. */
export type Route =
  | { readonly kind: "direct"; readonly to: Endpoint }
  | { readonly kind: "proxy"; readonly proxy: Proxy; readonly to: Endpoint }
  | { readonly kind: "jump"; readonly hop: SshHop; readonly to: Endpoint }
  /** It needs a program. */
  | { readonly kind: "program"; readonly words: readonly string[]; readonly why?: string };

/** A command that is understood and does not fit what is supported; the text says why. */
export class UnreadableCommandError extends Error {}

/** host:port, [v6]:port or host. */
export function parseEndpoint(text: string, defaultPort?: number): Endpoint {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const hostname = parts?.[1] ?? parts?.[2];
  const port = parts?.[3] === undefined ? defaultPort : Number(parts[3]);
  if (hostname === undefined || port === undefined) throw unreadable("an address in it");
  return endpoint(hostname, String(port));
}

/** An endpoint of two words. */
export function endpoint(hostname: string | undefined, port: string | undefined): Endpoint {
  const number = port === "ssh" ? 22 : /^\d{1,5}$/.test(port ?? "") ? Number(port) : 0;
  if (hostname === undefined || hostname === "" || number < 1 || number > 65_535) {
    throw unreadable("an address in it");
  }
  return { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: number };
}

/** The error for a part of a command. */
export function unreadable(what: string): UnreadableCommandError {
  return new UnreadableCommandError(`${what} cannot be read`);
}

/** A program's name without its folder and `.exe`, in lower case. */
export function programName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1);
  return name.toLowerCase().replace(/\.exe$/, "");
}

/** Options of a command line and the words between them (getopt(3)). */
export interface ParsedOptions {
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly words: readonly string[];
}

/**
 * Takes a command line apart; `withValue` are letters that take a value, `long` names that do.
 */
export function parseOptions(
  args: readonly string[],
  { withValue, long = [] }: { readonly withValue: string; readonly long?: readonly string[] },
): ParsedOptions {
  const options: (readonly [string, string])[] = [];
  const words: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") return { options, words: [...words, ...rest] };
    if (word.startsWith("--")) {
      const [name = "", ...value] = word.slice(2).split("=");
      const text = long.includes(name) && value.length === 0 ? rest.shift() ?? "" : value.join("=");
      options.push([name, text]);
    } else if (word.startsWith("-") && word !== "-") {
      for (let at = 1; at < word.length; at++) {
        const letter = word.charAt(at);
        if (!withValue.includes(letter)) {
          options.push([letter, ""]);
          continue;
        }
        const attached = word.slice(at + 1);
        options.push([letter, attached === "" ? rest.shift() ?? "" : attached]);
        break;
      }
    } else words.push(word);
  }
  return { options, words };
}

/** The last value of an option, as most programs take it. */
export function optionValue(
  parsed: ParsedOptions,
  ...names: readonly string[]
): string | undefined {
  return parsed.options.findLast(([name]) => names.includes(name))?.[1];
}
