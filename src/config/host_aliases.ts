import { readLocalFacts } from "./local_facts.ts";
import { nearestNames } from "./nearest_names.ts";
import { resolveHost } from "./resolver.ts";
import { type ConfigSources, frozenFiles } from "./sources.ts";
import {
  type BlockHead,
  type ConfigBlock,
  configFiles,
  type Line,
} from "./ssh_config/config_file.ts";
import { includedPaths, MAX_INCLUDE_DEPTH, userIncludeDirectory } from "./ssh_config/include.ts";
import { hostApplies } from "./ssh_config/match.ts";
import { lowerCase } from "./ssh_config/pattern.ts";
import { placeOf } from "./ssh_config/parser.ts";
import { splitArguments } from "./ssh_config/words.ts";

/** A host that ssh_config names outright. */
export interface HostAlias {
  readonly alias: string;
  /** "file:line" of its first Host line. */
  readonly place: string;
  /** `Tag` of ssh_config(5): the group that it is in. */
  readonly tag: string | undefined;
}

/**
 * The hosts that the configuration names outright, in order: words of Host without wildcards and
 * negation, Includes followed. Nothing is looked up in the network.
 *
 * Lines and files that cannot be read are passed over: a list fails nobody.
 */
export async function listHostAliases(sources: ConfigSources): Promise<readonly HostAlias[]> {
  const { homes } = await readLocalFacts(sources);
  const walk = new AliasWalk(sources, homes);
  for (const { path, directory } of rootsOf(sources)) {
    await walk.read(path, { depth: 0, directory, scope: EVERYWHERE });
  }
  const tagOf = await walk.tags();
  return [...walk.places].map(([alias, place]) => ({ alias, place, tag: tagOf(alias) }));
}

/** The aliases that an unknown name may stand for; none where it is one of them. */
export function nearestAliases(host: string, aliases: readonly string[]): readonly string[] {
  if (aliases.includes(host)) return [];
  const wanted = lowerCase(host);
  return nearestNames(wanted, aliases, { plain: lowerCase, within: wanted.length / 2 });
}

/** Sources for many hosts in one go: files are looked at once, no name is looked up. */
export function listingSources(sources: ConfigSources): ConfigSources {
  return {
    ...sources,
    files: frozenFiles(sources.files),
    lookUp: () => Promise.resolve(undefined),
    probes: sources.probes && {
      ...sources.probes,
      connects: () => Promise.reject(new Error("a list of hosts connects to none")),
    },
  };
}

function rootsOf(
  sources: ConfigSources,
): readonly { readonly path: string; readonly directory: string }[] {
  const directory = userIncludeDirectory(sources);
  const { onlyConfigPath, systemConfigPath, userConfigPath } = sources;
  if (onlyConfigPath !== undefined) return [{ path: onlyConfigPath, directory }];
  const systemDirectory = systemConfigPath.slice(0, systemConfigPath.lastIndexOf("/"));
  return [{ path: userConfigPath, directory }, {
    path: systemConfigPath,
    directory: systemDirectory,
  }];
}

/** For which hosts a line counts. */
interface Scope {
  /** All of these lists of Host must fit. */
  readonly lists: readonly (readonly string[])[];
  /** No Match stands around it. */
  readonly isPlain: boolean;
}

const EVERYWHERE: Scope = { lists: [], isPlain: true };

interface Rule extends Scope {
  readonly tag: string;
}

interface Position {
  readonly depth: number;
  readonly directory: string;
  readonly scope: Scope;
}

class AliasWalk {
  readonly places = new Map<string, string>();
  readonly #rules: Rule[] = [];
  readonly #sources: ConfigSources;
  readonly #homes: ReadonlyMap<string, string>;
  readonly #seen = new Set<string>();
  #isRepeated = false;

  constructor(sources: ConfigSources, homes: ReadonlyMap<string, string>) {
    this.#sources = sources;
    this.#homes = homes;
  }

  async read(path: string, position: Position): Promise<void> {
    if (position.depth > MAX_INCLUDE_DEPTH) return;
    if (this.#seen.has(path)) return void (this.#isRepeated = true);
    this.#seen.add(path);
    const file = await configFiles.read(path, this.#sources.files).catch(() => undefined);
    for (const block of file?.parsed.blocks ?? []) {
      this.#add(block.head);
      if (block.always.length === 0 && !block.lines.some(isTag)) continue;
      await this.#readLines(block, position);
    }
  }

  /** A function that says which tag an alias has. */
  async tags(): Promise<(alias: string) => string | undefined> {
    if (this.#rules.length === 0) return () => undefined;
    if (this.#isRepeated || this.#rules.some(({ isPlain }) => !isPlain)) {
      return await this.#resolved();
    }
    return firstFitting(this.#rules);
  }

  #add(head: BlockHead): void {
    if (head.kind !== "host") return;
    for (const word of head.patterns) {
      if (/[*?!]/.test(word) || this.places.has(word)) continue;
      this.places.set(word, placeOf(head.directive));
    }
  }

  async #readLines({ head, lines }: ConfigBlock, position: Position): Promise<void> {
    const scope = narrowed(position.scope, head);
    for (const line of lines) {
      if (line.kind === "include") await this.#follow(line.words, { ...position, scope });
      if (!isTag(line)) continue;
      const tag = splitArguments(line.directive.text)?.[0];
      if (tag !== undefined) this.#rules.push({ ...scope, tag });
    }
  }

  async #follow(words: readonly string[], position: Position): Promise<void> {
    const { files, home } = this.#sources;
    const { directory } = position;
    for (const word of words) {
      const paths = await includedPaths(word, { files, home, homes: this.#homes, directory });
      for (const path of paths) await this.read(path, { ...position, depth: position.depth + 1 });
    }
  }

  /** Where Match decides, each host has to be resolved. */
  async #resolved(): Promise<(alias: string) => string | undefined> {
    const sources = listingSources(this.#sources);
    const tags = new Map<string, string | undefined>();
    for (const alias of this.places.keys()) {
      const host = await resolveHost({ host: alias }, sources).catch(() => undefined);
      tags.set(alias, host?.settings.find(({ keyword }) => keyword === "tag")?.value);
    }
    return (alias) => tags.get(alias);
  }
}

function isTag(line: Line): line is Line & { readonly kind: "setting" } {
  return line.kind === "setting" && line.keyword.name === "tag";
}

function narrowed(scope: Scope, head: BlockHead): Scope {
  switch (head.kind) {
    case "start":
      return scope;
    case "host":
      return { ...scope, lists: [...scope.lists, head.patterns] };
    case "match":
      return { ...scope, isPlain: false };
  }
}

/** The first rule that fits an alias; those that name it outright are found by name. */
function firstFitting(rules: readonly Rule[]): (alias: string) => string | undefined {
  const byName = new Map<string, number>();
  const general: number[] = [];
  rules.forEach(({ lists: [first = [], ...more] }, index) => {
    const isOutright = more.length === 0 && first.length > 0 &&
      first.every((word) => !/[*?!]/.test(word));
    if (!isOutright) general.push(index);
    else for (const word of first) if (!byName.has(word)) byName.set(word, index);
  });
  return (alias) => {
    const named = byName.get(alias) ?? Infinity;
    const other = general.find((index) =>
      index < named && rules[index]?.lists.every((list) => hostApplies(list, alias))
    );
    return rules[other ?? named]?.tag;
  };
}
