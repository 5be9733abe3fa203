import { ConfigError, InputError } from "../errors.ts";

/** A host of an inventory, and whether Ansible would reach it by something else than its name. */
interface InventoryHost {
  readonly name: string;
  /** The variable that says so. */
  readonly reachedBy: string | undefined;
}

/** Variables that decide which machine Ansible reaches. */
const REACHED_BY = /^ansible_(?:ssh_)?(?:host|port|connection)=/;
/** Names that one pattern, and all lines together, may stand for. */
const EXPANDED_LIMIT = 100_000;

/**
 * Groups and hosts of an Ansible inventory in INI form; its variables are not used.
 *
 * Ranges are those of Ansible: `web[01:40]`, `db-[a:f]`, with a step as third number. `all` holds
 * every host, `ungrouped` those of no group.
 */
export class Inventory {
  readonly #groups = new Map<string, { hosts: InventoryHost[]; children: string[] }>();
  #names = 0;

  /**
   * Reads the text of an inventory; lines that belong to variables are passed over.
   *
   * @throws {ConfigError} At a header of no form, or where its lines name more than 100,000 hosts.
   */
  constructor(text: string) {
    let add: (line: string) => void = (line) => this.#addHost("ungrouped", line);
    for (const [at, raw] of text.split("\n").entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      const header = /^\[([^\]:]*)(?::(\w*))?\]/.exec(line);
      if (header === null && line.startsWith("[")) throw badLine(line, at + 1);
      if (header === null) add(line);
      else add = this.#section(header[1]!.trim(), header[2] ?? "hosts");
    }
  }

  get groupNames(): readonly string[] {
    return [...this.#groups.keys(), "all"];
  }

  /**
   * The names of a group's hosts and of its children's; undefined where there is no such group.
   *
   * `knows`: whether ssh_config names a host outright.
   *
   * @throws {InputError} For hosts that Ansible reaches by a variable and ssh_config does not know.
   */
  group(
    name: string,
    knows: (host: string) => boolean,
  ): readonly string[] | undefined {
    const hosts = name === "all" ? this.#all() : this.#ofGroup(name);
    if (hosts === undefined) return undefined;
    const astray = hosts.filter((host) => host.reachedBy !== undefined && !knows(host.name));
    if (astray.length > 0) throw reachedElsewhere(astray);
    return [...new Set(hosts.map((host) => host.name))];
  }

  #section(name: string, kind: string): (line: string) => void {
    if (kind === "vars") return () => {};
    const group = this.#group(name);
    if (kind === "children") return (line) => void group.children.push(firstWord(line));
    return (line) => this.#addHost(name, line);
  }

  #addHost(groupName: string, line: string): void {
    const words = line.split(/\s+/);
    const comment = words.findIndex((word) => word.startsWith("#"));
    const reachedBy = words.slice(1, comment < 0 ? undefined : comment)
      .find((word) => REACHED_BY.test(word))?.split("=")[0];
    const names = expandPattern(words[0]!);
    this.#names += names.length;
    if (this.#names > EXPANDED_LIMIT) throw tooManyNames();
    for (const name of names) {
      this.#group(groupName).hosts.push({ name, reachedBy });
    }
  }

  #group(name: string): { hosts: InventoryHost[]; children: string[] } {
    const known = this.#groups.get(name) ?? { hosts: [], children: [] };
    this.#groups.set(name, known);
    return known;
  }

  /** Depth first, without a call for each generation: an inventory may have any number of them. */
  #ofGroup(name: string): readonly InventoryHost[] | undefined {
    if (!this.#groups.has(name)) return undefined;
    const seen = new Set<string>();
    const hosts: InventoryHost[] = [];
    for (const waiting = [name]; waiting.length > 0;) {
      const next = waiting.pop()!;
      const group = this.#groups.get(next);
      if (group === undefined || seen.has(next)) continue;
      seen.add(next);
      for (const host of group.hosts) hosts.push(host);
      for (const child of group.children.toReversed()) waiting.push(child);
    }
    return hosts;
  }

  #all(): readonly InventoryHost[] {
    return [...this.#groups.values()].flatMap(({ hosts }) => hosts);
  }
}

function firstWord(line: string): string {
  return line.split(/\s/, 1)[0]!;
}

/** The names of a host pattern; what is no range stays as it is, to be refused as a name. */
function expandPattern(pattern: string): readonly string[] {
  let names = [""];
  let rest = pattern;
  for (;;) {
    const range = /\[(\w+):(\w+)(?::(\d+))?\]/.exec(rest);
    const texts = range === null
      ? undefined
      : rangeTexts(range[1]!, range[2]!, Number(range[3] ?? 1));
    if (range === null || texts === undefined || names.length * texts.length > EXPANDED_LIMIT) {
      return names.map((name) => name + rest);
    }
    const head = rest.slice(0, range.index);
    names = names.flatMap((name) => texts.map((text) => name + head + text));
    rest = rest.slice(range.index + range[0].length);
  }
}

function rangeTexts(from: string, to: string, step: number): readonly string[] | undefined {
  const isLetters = /^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to);
  if (!isLetters && !/^\d{1,9}$/.test(from + to)) return undefined;
  const [first, last] = isLetters
    ? [from.charCodeAt(0), to.charCodeAt(0)]
    : [Number(from), Number(to)];
  if (step < 1 || last < first || (last - first) / step > EXPANDED_LIMIT) return undefined;
  const count = Math.floor((last - first) / step) + 1;
  const width = from.startsWith("0") ? from.length : 0;
  return Array.from({ length: count }, (_, n) => {
    const number = first + n * step;
    return isLetters ? String.fromCharCode(number) : String(number).padStart(width, "0");
  });
}

function badLine(line: string, number: number): ConfigError {
  return new ConfigError(
    `The inventory cannot be read: line ${number} is no header of a group: ${
      JSON.stringify(line.slice(0, 80))
    }`,
    "Correct it in the file of MCP_SSH_INVENTORY, as in [web] or [prod:children]",
  );
}

function tooManyNames(): ConfigError {
  return new ConfigError(
    `The inventory names more than ${EXPANDED_LIMIT} hosts`,
    "Correct the range that is too large in the file of MCP_SSH_INVENTORY",
  );
}

function reachedElsewhere(hosts: readonly InventoryHost[]): InputError {
  const shown = hosts.slice(0, 10).map(({ name, reachedBy }) => `${name} (${reachedBy})`);
  const more = hosts.length - shown.length;
  return new InputError(
    `The inventory reaches ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} by a ` +
      "variable, which is not used here; nothing was run",
    "Give each of these names a Host block in ssh_config, with HostName and Port",
  );
}
