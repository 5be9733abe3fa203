import { parsePort } from "../ssh_config/values.ts";
import type { Endpoint } from "../resolved_host.ts";
import { parseEndpoint, type SshHop, unreadable, UnreadableCommandError } from "./route.ts";

/** Options of ssh(1) that take a value. */
const WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw";

/** An `ssh` of a ProxyCommand. */
export interface SshCommand {
  readonly hop: SshHop;
  /** -W. */
  readonly forward: Endpoint | undefined;
  /** The command on the hop, as words that its shell reads again. */
  readonly remoteCommand: readonly string[];
}

/** Options that say what ssh_config has a word for. */
const AS_LINES: Readonly<Record<string, (value: string) => string>> = {
  "4": () => "AddressFamily inet",
  "6": () => "AddressFamily inet6",
  J: (value) => `ProxyJump ${value}`,
  b: (value) => `BindAddress ${value}`,
  c: (value) => `Ciphers ${value}`,
  m: (value) => `MACs ${value}`,
  P: (value) => `Tag ${value}`,
  o: (value) => value,
};

/** Options without an influence on who is reached, or as whom. */
const HARMLESS = "AaCfgKkMNnqTtVvXxYyEeSLRDBIO";

/**
 * Reads the arguments of ssh(1); options may stand behind the host too, up to a command.
 *
 * @throws {UnreadableCommandError} At what cannot be followed.
 */
export function readSshCommand(
  args: readonly string[],
  expand: (text: string) => string,
): SshCommand {
  const rest = [...args];
  const lines: string[] = [];
  const identityFiles: string[] = [];
  const found: Record<string, string> = {};
  let destination: string | undefined;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      destination ??= rest.shift();
      break;
    }
    if (!word.startsWith("-") && destination !== undefined) {
      rest.unshift(word);
      break;
    }
    if (!word.startsWith("-")) {
      destination = expand(word);
      continue;
    }
    for (const [letter, raw] of lettersOf(word, rest)) {
      const value = expand(raw);
      if (letter === "i") identityFiles.push(value);
      else if (Object.hasOwn(AS_LINES, letter)) lines.push(AS_LINES[letter]!(value));
      else if ("lpFW".includes(letter)) found[letter] ??= value;
      else if (letter === "s") throw new UnreadableCommandError("it asks for a subsystem (-s)");
      else if (!HARMLESS.includes(letter)) throw unreadable(`its option -${letter}`);
    }
  }
  if (destination === undefined) throw unreadable("its host");
  const { l: user, p: port, F: configPath } = found;
  const hop = { destination, user, port: portOf(port), identityFiles, lines, configPath };
  const forward = found["W"] === undefined ? undefined : parseEndpoint(found["W"]);
  return { hop, forward, remoteCommand: rest };
}

function* lettersOf(word: string, rest: string[]): Generator<readonly [string, string]> {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    if (!WITH_VALUE.includes(letter)) {
      yield [letter, ""];
      continue;
    }
    const attached = word.slice(at + 1);
    return yield [letter, attached === "" ? rest.shift() ?? "" : attached];
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = parsePort(text);
  if (port === undefined) throw unreadable("its port");
  return port;
}
