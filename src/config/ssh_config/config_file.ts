import { ConfigError } from "../../errors.ts";
import { ParsedFiles } from "../parsed_files.ts";
import { mayBeFault, type ReadDirective, understand } from "./directives.ts";
import { argumentsOf, type Directive, faultAt, readDirective } from "./parser.ts";

/** One line of a block. */
export type Line =
  | ReadDirective
  | { readonly kind: "include"; readonly directive: Directive; readonly words: readonly string[] }
  /** ssh rejects it. */
  | { readonly kind: "fault"; readonly error: ConfigError };

/** The condition on the lines before the first Host or Match, or behind one. */
export type BlockHead =
  | { readonly kind: "start" }
  | { readonly kind: "host"; readonly directive: Directive; readonly patterns: readonly string[] }
  | { readonly kind: "match"; readonly directive: Directive };

/** A block of Host or Match. */
export interface ConfigBlock {
  readonly head: BlockHead;
  readonly lines: readonly Line[];
  /** Those of them that must be looked at where the block does not apply. */
  readonly always: readonly Line[];
}

/**
 * One file of ssh_config(5), understood once for all hosts; nothing of the environment is in it.
 *
 * Of ten thousand blocks that name their hosts outright only those of one host are looked at.
 */
export class ConfigFile {
  readonly blocks: readonly ConfigBlock[];
  /** UTF-16 units. */
  readonly length: number;
  /** Blocks to be looked at for every host, in order. */
  readonly #general: readonly number[];
  readonly #byName: ReadonlyMap<string, readonly number[]>;

  constructor(text: string, path: string) {
    this.length = text.length;
    // Editors of Windows write a byte order mark, which ssh takes for part of the first keyword.
    this.blocks = readBlocks(text.replace(/^\ufeff/, ""), path);
    const byName = new Map<string, number[]>();
    const general: number[] = [];
    this.blocks.forEach((block, index) => {
      const names = outrightNames(block);
      if (names === undefined) general.push(index);
      for (const name of names ?? []) {
        const known = byName.get(name);
        if (known === undefined) byName.set(name, [index]);
        else if (known.at(-1) !== index) known.push(index);
      }
    });
    this.#general = general;
    this.#byName = byName;
  }

  /** The blocks that may apply to a host, or that hold a line to be looked at for all, in order. */
  *blocksFor(host: string): Generator<ConfigBlock> {
    const named = this.#byName.get(host) ?? [];
    let at = 0;
    for (const index of this.#general) {
      while (at < named.length && (named[at] as number) < index) yield this.#block(named[at++]);
      yield this.#block(index);
    }
    while (at < named.length) yield this.#block(named[at++]);
  }

  #block(index: number | undefined): ConfigBlock {
    return this.blocks[index as number] as ConfigBlock;
  }
}

/** The files of all configurations, each understood once while it does not change. */
export const configFiles: ParsedFiles<ConfigFile> = new ParsedFiles((text, path) =>
  new ConfigFile(text, path)
);

/** The hosts of a block that names them outright and matters to no other; undefined elsewhere. */
function outrightNames({ head, always }: ConfigBlock): readonly string[] | undefined {
  if (head.kind !== "host" || always.length > 0) return undefined;
  return head.patterns.some((pattern) => /^!|[*?]/.test(pattern)) ? undefined : head.patterns;
}

function readBlocks(text: string, path: string): readonly ConfigBlock[] {
  const blocks: ConfigBlock[] = [];
  let head: BlockHead = { kind: "start" };
  let lines: Line[] = [];
  let number = 0;
  const close = (): void => void blocks.push({ head, lines, always: lines.filter(isAlwaysRead) });
  for (const raw of text.split("\n")) {
    number++;
    try {
      const directive = readDirective(raw, { file: path, line: number });
      if (directive === undefined) continue;
      const next = headOf(directive);
      if (next === undefined) lines.push(readLine(directive));
      else {
        close();
        [head, lines] = [next, []];
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      lines.push({ kind: "fault", error });
    }
  }
  close();
  return blocks;
}

function headOf(directive: Directive): BlockHead | undefined {
  switch (directive.keyword) {
    case "host": {
      const patterns = argumentsOf(directive);
      if (patterns.includes("")) throw faultAt(directive, "one of its patterns is empty");
      return { kind: "host", directive, patterns };
    }
    case "match":
      argumentsOf(directive);
      return { kind: "match", directive };
    default:
      return undefined;
  }
}

function readLine(directive: Directive): Line {
  if (directive.keyword !== "include") return understand(directive);
  return { kind: "include", directive, words: argumentsOf(directive) };
}

function isAlwaysRead(line: Line): boolean {
  return line.kind === "fault" || line.kind === "include" || mayBeFault(line);
}
