import { matchPattern } from "../config/ssh_config/pattern.ts";
import { InputError } from "../errors.ts";
import { expandNodeSet, HOSTS_LIMIT } from "./node_set.ts";

/** The names that a selection can refer to. */
export interface HostNames {
  /** Aliases of ssh_config that a glob is matched against. */
  readonly aliases: readonly string[];
  /** The terms a group is made of, which may be other groups; undefined where there is no such group. */
  group(name: string): Promise<readonly string[] | undefined>;
  /** Names of the groups there are, for an error. */
  groupNames(): Promise<readonly string[]>;
}

/** Names that all terms together may stand for or be matched against, each as often as it is met. */
const WORK_LIMIT = 200_000;
/** More than a user, a name of DNS and a port have. */
const NAME_CHARS = 1_000;
/** Of names in an error; the rest is counted. */
const SHOWN_NAMES = 20;

/** How a term changes what the terms before it selected. */
type Operator = "," | "!" | "&" | "^";

interface Term {
  readonly operator: Operator;
  readonly text: string;
}

/**
 * The hosts of a selection, in order and each once: terms such as `web[01-40]`, `app*`, `@group` and
 * `deploy@db1:2222`, separated by commas or spaces and read from left to right. `!` takes a term's
 * hosts away; `&` keeps those in both and `^` those in one, as in nodeset(1).
 *
 * @throws {InputError} Where nothing is selected, or that names all terms that fit no host.
 */
export async function selectHosts(
  selection: string,
  names: HostNames,
): Promise<readonly string[]> {
  const reader = new SelectionReader(names);
  let chosen = new Set<string>();
  for (const { operator, text } of termsOf(selection)) {
    chosen = combine(chosen, await reader.hostsOf(text), operator);
    if (chosen.size > HOSTS_LIMIT) throw tooMany(chosen.size);
  }
  await reader.throwIfUnknown();
  if (chosen.size === 0) {
    throw new InputError(
      `hosts: ${JSON.stringify(clip(selection))} selects no host`,
      "Name at least one, such as web[01-40], an alias, or @group",
    );
  }
  return [...chosen];
}

class SelectionReader {
  readonly #names: HostNames;
  readonly #missing: string[] = [];
  #missesGroup = false;
  #work = 0;

  constructor(names: HostNames) {
    this.#names = names;
  }

  /** `groups`: those that were met before this term, which add nothing a second time. */
  async hostsOf(term: string, groups: Set<string> = new Set()): Promise<ReadonlySet<string>> {
    const words = expandNodeSet(term);
    const hosts = new Set<string>();
    for (const word of words) {
      if (word.length > NAME_CHARS) throw tooLong(word);
      this.#spend(1);
      if (word.startsWith("@")) {
        for (const host of await this.#ofGroup(word.slice(1), groups)) hosts.add(host);
      } else if (/[*?]/.test(word)) {
        for (const host of this.#ofGlob(word)) hosts.add(host);
      } else hosts.add(word);
      if (hosts.size > HOSTS_LIMIT) throw tooMany(hosts.size);
    }
    return hosts;
  }

  #spend(names: number): void {
    this.#work += names;
    if (this.#work > WORK_LIMIT) throw tooMuchWork();
  }

  /** @throws {InputError} That names every group and glob that fits nothing. */
  async throwIfUnknown(): Promise<void> {
    if (this.#missing.length === 0) return;
    const groups = this.#missesGroup ? await this.#names.groupNames() : [];
    throw new InputError(
      `hosts: no host fits ${listed([...new Set(this.#missing)])}; nothing was run`,
      groups.length > 0
        ? `Groups are ${listed(groups)}`
        : this.#missesGroup
        ? "There are no groups: they come from Tag in ssh_config, ~/.dsh/group and MCP_SSH_INVENTORY"
        : "A pattern is matched against the aliases of ssh_config",
    );
  }

  async #ofGroup(name: string, groups: Set<string>): Promise<Iterable<string>> {
    if (groups.has(name)) return [];
    groups.add(name);
    const terms = await this.#names.group(name);
    if (terms === undefined) {
      this.#missesGroup = true;
      this.#missing.push(`@${name}`);
      return [];
    }
    const hosts = new Set<string>();
    for (const term of terms) {
      this.#spend(1);
      for (const host of await this.hostsOf(term, groups)) hosts.add(host);
    }
    return hosts;
  }

  #ofGlob(pattern: string): readonly string[] {
    this.#spend(this.#names.aliases.length);
    const hosts = this.#names.aliases.filter((alias) => matchPattern(alias, pattern));
    if (hosts.length === 0) this.#missing.push(pattern);
    return hosts;
  }
}

/** The terms and what is between them; blanks and commas may be inside of brackets. */
function termsOf(selection: string): readonly Term[] {
  const terms: Term[] = [];
  let operator: Operator | undefined;
  for (const [word] of selection.matchAll(/\[[^\]]*(?:\]|$)|[\s,]+|[!&^]|[^[\s,!&^]+/g)) {
    if (/^[\s,]/.test(word)) operator ??= ",";
    else if (isOperator(word)) {
      if (operator !== undefined && operator !== ",") throw dangling(selection, word);
      operator = word;
    } else if (operator === undefined && terms.length > 0) {
      const { text, ...last } = terms.pop()!;
      terms.push({ ...last, text: text + word });
    } else {
      terms.push({ operator: operator ?? ",", text: word });
      operator = undefined;
    }
  }
  const isOpen = operator !== undefined && operator !== ",";
  if (isOpen || (terms[0]?.operator ?? ",") !== ",") throw dangling(selection, operator ?? "!");
  return terms;
}

function isOperator(word: string): word is Operator {
  return word === "!" || word === "&" || word === "^";
}

function combine(
  chosen: ReadonlySet<string>,
  others: ReadonlySet<string>,
  operator: Operator,
): Set<string> {
  switch (operator) {
    case ",":
      return chosen.union(others);
    case "!":
      return chosen.difference(others);
    case "&":
      return chosen.intersection(others);
    case "^":
      return chosen.symmetricDifference(others);
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map(clip).join(", ");
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function dangling(selection: string, operator: string): InputError {
  return new InputError(
    `hosts: ${JSON.stringify(clip(selection))}: "${operator}" lacks a term on one of its sides`,
    "Write it between two terms, as in web[01-40],!web07",
  );
}

function tooMuchWork(): InputError {
  return new InputError(
    `hosts: its terms, patterns and groups go through more than ${WORK_LIMIT} names`,
    "Write it shorter, such as web[01-40] in place of forty terms",
  );
}

function tooLong(name: string): InputError {
  return new InputError(
    `hosts: ${JSON.stringify(clip(name))} has more than ${NAME_CHARS} characters`,
    "No host has such a name: separate hosts by commas or spaces",
  );
}

function tooMany(count: number): InputError {
  return new InputError(
    `hosts: ${count} or more hosts are selected, the most is ${HOSTS_LIMIT}`,
    "Select fewer hosts in one call",
  );
}
