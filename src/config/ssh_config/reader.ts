import { ConfigError } from "../../errors.ts";
import { type ConfigBlock, type ConfigFile, configFiles, type Line } from "./config_file.ts";
import { applyDirective, type BlockState, type ReadDirective } from "./directives.ts";
import type { Environment } from "./expand.ts";
import { IncludeBudget, includedPaths, MAX_INCLUDE_DEPTH } from "./include.ts";
import { type ExecCommand, hostApplies, judgeMatch, type MatchFacts } from "./match.ts";
import { type Directive, faultAt, placeOf } from "./parser.ts";
import type { ParsedFile } from "../parsed_files.ts";
import type { ConfigFiles, FileStatus } from "../sources.ts";

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

/** The means of reading, beside the files' names. */
export interface ReadingOptions {
  readonly facts: MatchFacts;
  readonly files: ConfigFiles;
  readonly environment: Environment;
  readonly home: string;
  /** Home directories by user name, for `~name`. */
  readonly homes: ReadonlyMap<string, string>;
  /** Whether a command of `Match exec` succeeds, its tokens not expanded; undefined if unknown. */
  readonly judgeExec: (text: string) => Promise<boolean | undefined>;
}

/** Results of reading, beside the settings. */
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
    const { files } = this.#options;
    const file = await configFiles.read(root.path, files).catch(() => undefined);
    if (file !== undefined) {
      if (root.permissions === "checked") requireSafe(root.path, file.status);
      await this.#readFile(file.parsed, { root, depth: 0, block: APPLIES });
    } else if (root.missing === "fault") {
      throw new ConfigError(
        `Cannot read the ssh configuration file ${root.path}`,
        "Correct MCP_SSH_CONFIG, or unset it to use ~/.ssh/config",
      );
    }
  }

  async #readFile(file: ConfigFile, position: Position): Promise<void> {
    for (const block of file.blocksFor(this.#options.facts.host)) {
      const inner = within(position.block, await this.#judge(block, position.block));
      const lines = inner.state === "checked only" ? block.always : block.lines;
      for (const line of lines) {
        if (line.kind === "fault") throw line.error;
        if (line.kind === "include") {
          await this.#include(line, { ...position, depth: position.depth + 1, block: inner });
        } else this.#apply(line, inner);
      }
    }
  }

  #apply(line: ReadDirective, { state, reason }: Block): void {
    const { environment, facts } = this.#options;
    const { keyword } = line.directive;
    const options = { settings: facts.settings, environment, block: state };
    switch (applyDirective(line, options)) {
      case "decisive":
        this.undecided.push({ keyword, place: placeOf(line.directive), reason });
        return;
      case "minor":
        this.warnings.push(`${placeOf(line.directive)}: ${keyword} is left out: ${reason}`);
    }
  }

  async #judge({ head }: ConfigBlock, outer: Block): Promise<Block> {
    switch (head.kind) {
      case "start":
        return APPLIES;
      case "host":
        return hostApplies(head.patterns, this.#options.facts.host) ? APPLIES : CHECKED_ONLY;
      case "match":
        return await this.#judgeMatch(head.directive, outer);
    }
  }

  async #judgeMatch(directive: Directive, outer: Block): Promise<Block> {
    const judged = judgeMatch(directive, this.#options.facts);
    const { applies, wantsFinalPass, reason, commands } = judged;
    if (wantsFinalPass) this.wantsFinalPass = true;
    if (applies !== "undecided") return applies ? APPLIES : CHECKED_ONLY;
    if (outer.state === "checked only") return CHECKED_ONLY;
    const holds = commands && await this.#judgeCommands(commands);
    if (holds !== undefined) return holds ? APPLIES : CHECKED_ONLY;
    return { state: "undecided", reason: `${reason} (${placeOf(directive)})` };
  }

  /** Undefined where one of them takes a program; as ssh does, none is looked at behind a failure. */
  async #judgeCommands(commands: readonly ExecCommand[]): Promise<boolean | undefined> {
    let isKnown = true;
    for (const { text, negated } of commands) {
      const holds = await this.#options.judgeExec(text);
      if (holds === negated) return false;
      if (holds === undefined) isKnown = false;
    }
    return isKnown ? true : undefined;
  }

  async #include(
    { directive, words }: Line & { readonly kind: "include" },
    position: Position,
  ): Promise<void> {
    for (const word of words) {
      for (const path of await this.#includedPaths(directive, { word, root: position.root })) {
        const file = await this.#readIncluded(directive, path);
        if (file === undefined) continue;
        requireSafe(path, file.status);
        if (this.#budget.exceeds(path, file.parsed.length)) {
          throw faultAt(directive, "too many files");
        }
        if (position.depth > MAX_INCLUDE_DEPTH) {
          throw faultAt(directive, `files include each other more than ${MAX_INCLUDE_DEPTH} deep`);
        }
        await this.#readFile(file.parsed, position);
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

  async #readIncluded(
    directive: Directive,
    path: string,
  ): Promise<ParsedFile<ConfigFile> | undefined> {
    try {
      return await configFiles.read(path, this.#options.files);
    } catch {
      throw faultAt(directive, `${path} cannot be read`);
    }
  }
}

/** ssh reads no file that others may have written. */
function requireSafe(path: string, status: FileStatus | undefined): void {
  // A group with the number of the owner is taken for the owner's private group.
  const shared = status === undefined || status.gid === status.uid ? 0o002 : 0o022;
  if (status === undefined || (status.mode & shared) === 0) return;
  throw new ConfigError(
    `${path} is writable by other users; ssh refuses to read it`,
    `Run chmod go-w ${path}`,
  );
}

/** A block inside a file that is itself included by a block. */
function within(outer: Block, inner: Block): Block {
  if (outer.state === "checked only" || inner.state === "checked only") return CHECKED_ONLY;
  return outer.state === "undecided" ? outer : inner;
}
