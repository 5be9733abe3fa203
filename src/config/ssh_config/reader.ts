import { ConfigError } from "../../errors.ts";
import { applyDirective, type BlockState } from "./directives.ts";
import type { Environment } from "./expand.ts";
import { IncludeBudget, includedPaths, MAX_INCLUDE_DEPTH } from "./include.ts";
import { hostApplies, judgeMatch, type MatchFacts } from "./match.ts";
import { argumentsOf, type Directive, faultAt, placeOf, readDirectives } from "./parser.ts";
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
  /** Lines that decide who is reached, in blocks that cannot be judged. */
  readonly undecided: readonly UndecidedLine[];
}

/** A line that may or may not apply. */
export interface UndecidedLine {
  /** As written in ssh_config(5), in lower case. */
  readonly keyword: string;
  /** "file:line". */
  readonly place: string;
  /** "file:line: why" of the block. */
  readonly reason: string;
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
  const { wantsFinalPass, warnings, undecided } = reader;
  return { wantsFinalPass, warnings, undecided };
}

/** Where in the files we are. */
interface Position {
  readonly root: ConfigRoot;
  readonly depth: number;
  readonly block: Block;
}

/** The block of Host or Match that a line belongs to. */
interface Block {
  readonly state: BlockState;
  /** Why it is undecided, with file and line; "" where it is not. */
  readonly reason: string;
}

const APPLIES: Block = { state: "applies", reason: "" };
const CHECKED_ONLY: Block = { state: "checked only", reason: "" };

class ConfigReader {
  wantsFinalPass = false;
  readonly warnings: string[] = [];
  readonly undecided: UndecidedLine[] = [];
  readonly #options: ReadingOptions;
  readonly #budget = new IncludeBudget();

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async readRoot(root: ConfigRoot): Promise<void> {
    const text = await this.#options.files.readText(root.path).catch(() => undefined);
    if (text !== undefined) {
      if (root.permissions === "checked") await this.#requireSafe(root.path);
      await this.#readFile({ path: root.path, text }, { root, depth: 0, block: APPLIES });
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
    let block = position.block;
    for (const directive of readDirectives(file.text, file.path)) {
      switch (directive.keyword) {
        case "host":
          block = within(position.block, this.#judgeHost(directive));
          break;
        case "match":
          block = within(position.block, this.#judgeMatch(directive));
          break;
        case "include":
          await this.#include(directive, { ...position, depth: position.depth + 1, block });
          break;
        default:
          this.#apply(directive, block);
      }
    }
  }

  #apply(directive: Directive, { state, reason }: Block): void {
    const { environment, facts } = this.#options;
    const { keyword } = directive;
    const options = { settings: facts.settings, environment, block: state };
    switch (applyDirective(directive, options)) {
      case "decisive":
        this.undecided.push({ keyword, place: placeOf(directive), reason });
        return;
      case "minor":
        this.warnings.push(`${placeOf(directive)}: ${keyword} is left out: ${reason}`);
    }
  }

  #judgeHost(directive: Directive): Block {
    const words = argumentsOf(directive);
    if (words.includes("")) throw faultAt(directive, "one of its patterns is empty");
    return hostApplies(words, this.#options.facts.host) ? APPLIES : CHECKED_ONLY;
  }

  #judgeMatch(directive: Directive): Block {
    argumentsOf(directive);
    const { applies, wantsFinalPass, reason } = judgeMatch(directive, this.#options.facts);
    if (wantsFinalPass) this.wantsFinalPass = true;
    if (applies !== "undecided") return applies ? APPLIES : CHECKED_ONLY;
    return { state: "undecided", reason: `${reason} (${placeOf(directive)})` };
  }

  async #include(directive: Directive, position: Position): Promise<void> {
    for (const word of argumentsOf(directive)) {
      for (const path of await this.#includedPaths(directive, { word, root: position.root })) {
        const text = await this.#readIncluded(directive, path);
        if (text === undefined) continue;
        await this.#requireSafe(path);
        if (this.#budget.exceeds(path, text)) throw faultAt(directive, "too many files");
        if (position.depth > MAX_INCLUDE_DEPTH) {
          throw faultAt(directive, `files include each other more than ${MAX_INCLUDE_DEPTH} deep`);
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
      `${path} is writable by other users; ssh refuses to read it`,
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

/** A block inside a file that is itself included by a block. */
function within(outer: Block, inner: Block): Block {
  if (outer.state === "checked only" || inner.state === "checked only") return CHECKED_ONLY;
  return outer.state === "undecided" ? outer : inner;
}
