import { ConfigError } from "../../errors.ts";
import { applyDirective } from "./directives.ts";
import type { Environment } from "./expand.ts";
import { IncludeBudget, includedPaths, maxIncludeDepth } from "./include.ts";
import { hostApplies, judgeMatch, type MatchFacts } from "./match.ts";
import { argumentsOf, type Directive, faultAt, readDirectives } from "./parser.ts";
import type { ConfigFiles } from "../sources.ts";

/** A file that is read for its own sake, not because another includes it. */
export interface ConfigRoot {
  readonly path: string;
  readonly missing: "allowed" | "fault";
  /** Relative Include paths stand for files in here. */
  readonly includeDirectory: string;
  /** Whether others may be able to change it; `ssh -F` does not mind. */
  readonly permissions: "checked" | "ignored";
  /** Whether Include may begin with `~`; ssh forbids it in the system's file. */
  readonly tilde: "allowed" | "fault";
}

/** What reading needs beside the files' names. */
export interface ReadingOptions {
  readonly facts: MatchFacts;
  readonly files: ConfigFiles;
  readonly environment: Environment;
  readonly home: string;
  /** Home directories by user name, for `~name`. */
  readonly homes: ReadonlyMap<string, string>;
}

/** What came out beside the settings. */
export interface ReadingOutcome {
  readonly wantsFinalPass: boolean;
  readonly warnings: readonly string[];
}

/**
 * Reads the roots in order and gathers what applies into `facts.settings` (ssh_config(5)).
 *
 * @throws {ConfigError} Where ssh would reject a line, or a file is missing or unreadable that
 * must be there. Files may be nested 16 deep; {@link IncludeBudget} limits how many there are.
 */
export async function readConfig(
  roots: readonly ConfigRoot[],
  options: ReadingOptions,
): Promise<ReadingOutcome> {
  const reader = new ConfigReader(options);
  for (const root of roots) await reader.readRoot(root);
  return { wantsFinalPass: reader.wantsFinalPass, warnings: reader.warnings };
}

/** Where in the files we are. */
interface Position {
  readonly root: ConfigRoot;
  readonly depth: number;
  /** An Include in a block that does not apply: read for faults only. */
  readonly live: "applies" | "checked only";
}

class ConfigReader {
  wantsFinalPass = false;
  readonly warnings: string[] = [];
  readonly #options: ReadingOptions;
  readonly #budget = new IncludeBudget();

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async readRoot(root: ConfigRoot): Promise<void> {
    const text = await this.#options.files.readText(root.path).catch(() => undefined);
    if (text !== undefined) {
      if (root.permissions === "checked") await this.#requireSafe(root.path);
      await this.#readFile({ path: root.path, text }, { root, depth: 0, live: "applies" });
    } else if (root.missing === "fault") {
      throw new ConfigError(
        `Cannot read the ssh configuration file ${root.path}`,
        "Correct MCP_SSH_CONFIG, or unset it to use ~/.ssh/config",
      );
    }
  }

  async #readFile(
    file: { readonly path: string; readonly text: string },
    position: Position,
  ): Promise<void> {
    let active = position.live === "applies";
    for (const directive of readDirectives(file.text, file.path)) {
      switch (directive.keyword) {
        case "host":
          active = this.#judgeHost(directive) && position.live === "applies";
          break;
        case "match":
          active = this.#judgeMatch(directive, position.live) && position.live === "applies";
          break;
        case "include":
          await this.#include(directive, {
            ...position,
            depth: position.depth + 1,
            live: active ? "applies" : "checked only",
          });
          break;
        default:
          this.#apply(directive, active ? "applies" : "checked only");
      }
    }
  }

  #apply(directive: Directive, block: "applies" | "checked only"): void {
    const { environment, facts } = this.#options;
    const warning = applyDirective(directive, { settings: facts.settings, environment, block });
    if (warning !== undefined) this.warnings.push(warning);
  }

  #judgeHost(directive: Directive): boolean {
    const words = argumentsOf(directive);
    if (words.includes("")) throw faultAt(directive, "one of its patterns is empty");
    return hostApplies(words, this.#options.facts.host);
  }

  #judgeMatch(directive: Directive, live: Position["live"]): boolean {
    argumentsOf(directive);
    const outcome = judgeMatch(directive, this.#options.facts);
    if (outcome.wantsFinalPass) this.wantsFinalPass = true;
    if (outcome.warning !== undefined && live === "applies") this.warnings.push(outcome.warning);
    return outcome.applies;
  }

  async #include(directive: Directive, position: Position): Promise<void> {
    for (const word of argumentsOf(directive)) {
      for (const path of await this.#includedPaths(directive, { word, root: position.root })) {
        const text = await this.#readIncluded(directive, path);
        if (text === undefined) continue;
        await this.#requireSafe(path);
        if (this.#budget.exceeds(path, text)) throw faultAt(directive, "too many files");
        if (position.depth > maxIncludeDepth) {
          throw faultAt(directive, `files include each other more than ${maxIncludeDepth} deep`);
        }
        await this.#readFile({ path, text }, position);
      }
    }
  }

  async #includedPaths(
    directive: Directive,
    { word, root }: { readonly word: string; readonly root: ConfigRoot },
  ): Promise<readonly string[]> {
    if (word === "") throw faultAt(directive, "one of its paths is empty");
    if (word.startsWith("~") && root.tilde === "fault") {
      throw faultAt(directive, "~ is not allowed in the system's file");
    }
    return await includedPaths(word, { ...this.#options, directory: root.includeDirectory });
  }

  /** ssh reads no file that others may have written. */
  async #requireSafe(path: string): Promise<void> {
    const status = await this.#options.files.statusOf(path);
    // A group with the number of the owner is taken for the owner's private group.
    const shared = status === undefined || status.gid === status.uid ? 0o002 : 0o022;
    if (status === undefined || (status.mode & shared) === 0) return;
    throw new ConfigError(
      `Others than its owner may write ${path}, so ssh does not read it`,
      `Run chmod go-w ${path}`,
    );
  }

  async #readIncluded(directive: Directive, path: string): Promise<string | undefined> {
    try {
      return await this.#options.files.readText(path);
    } catch {
      throw faultAt(directive, `${path} cannot be read`);
    }
  }
}
