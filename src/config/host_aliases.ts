import { includedPaths, MAX_INCLUDE_DEPTH, userIncludeDirectory } from "./ssh_config/include.ts";
import { readLocalFacts } from "./local_facts.ts";
import { type Directive, readDirective } from "./ssh_config/parser.ts";
import type { ConfigSources } from "./sources.ts";
import { splitArguments } from "./ssh_config/words.ts";

/**
 * The hosts that the user's configuration names outright, in order: words of Host without
 * wildcards and negation, Includes followed.
 *
 * Lines and files that cannot be read are passed over: a list for completion fails nobody.
 */
export async function listHostAliases(sources: ConfigSources): Promise<readonly string[]> {
  const path = sources.onlyConfigPath ?? sources.userConfigPath;
  const { homes } = await readLocalFacts(sources);
  const walk = new AliasWalk(sources, homes);
  await walk.read(path, 0);
  return [...walk.aliases];
}

class AliasWalk {
  readonly aliases = new Set<string>();
  readonly #sources: ConfigSources;
  readonly #homes: ReadonlyMap<string, string>;
  readonly #seen = new Set<string>();

  constructor(sources: ConfigSources, homes: ReadonlyMap<string, string>) {
    this.#sources = sources;
    this.#homes = homes;
  }

  async read(path: string, depth: number): Promise<void> {
    if (depth > MAX_INCLUDE_DEPTH || this.#seen.has(path)) return;
    this.#seen.add(path);
    const text = await this.#sources.files.readText(path).catch(() => undefined);
    for (const line of text?.split("\n") ?? []) {
      const directive = readOrSkip(line);
      if (directive?.keyword === "host") this.#add(directive);
      if (directive?.keyword === "include") await this.#follow(directive, depth);
    }
  }

  #add(directive: Directive): void {
    for (const word of splitArguments(directive.text) ?? []) {
      if (word !== "" && !/[*?!]/.test(word)) this.aliases.add(word);
    }
  }

  async #follow(directive: Directive, depth: number): Promise<void> {
    const { files, home } = this.#sources;
    const directory = userIncludeDirectory(this.#sources);
    for (const word of splitArguments(directive.text) ?? []) {
      const paths = await includedPaths(word, { files, home, homes: this.#homes, directory });
      for (const path of paths) await this.read(path, depth + 1);
    }
  }
}

function readOrSkip(line: string): Directive | undefined {
  try {
    return readDirective(line, { file: "", line: 0 });
  } catch {
    return undefined;
  }
}
