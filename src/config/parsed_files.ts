import type { ConfigFiles, FileStatus } from "./sources.ts";

/** Files of one configuration are far fewer; more are forgotten. */
const MAX_KEPT = 4_000;

interface Kept<T> {
  /** Undefined where the file may have changed without a trace since it was read. */
  readonly version: string | undefined;
  /** To compare, where there is no version. */
  readonly text: string | undefined;
  readonly parsed: T;
}

/** A file as it is now. */
export interface ParsedFile<T> {
  readonly parsed: T;
  readonly status: FileStatus | undefined;
}

/**
 * Files that are parsed once while they do not change, as {@link FileStatus.version} tells it.
 *
 * One set for each kind of parse; entries belong to the `files` they were read from.
 */
export class ParsedFiles<T> {
  readonly #parse: (text: string, path: string) => T;
  readonly #kept = new WeakMap<ConfigFiles, Map<string, Kept<T>>>();

  constructor(parse: (text: string, path: string) => T) {
    this.#parse = parse;
  }

  /**
   * The file, undefined where nothing is there.
   *
   * @throws Where it exists and cannot be read.
   */
  async read(path: string, files: ConfigFiles): Promise<ParsedFile<T> | undefined> {
    // Taken before the text is read: a change in between shows as another version next time.
    const status = await files.statusOf(path);
    const table = this.#tableOf(files.base ?? files);
    const kept = table.get(path);
    if (kept?.version !== undefined && kept.version === status?.version) {
      return { parsed: kept.parsed, status };
    }
    const text = await files.readText(path);
    if (text === undefined) {
      table.delete(path);
      return undefined;
    }
    const parsed = kept?.text === text ? kept.parsed : this.#parse(text, path);
    const version = status?.version;
    if (table.size >= MAX_KEPT) table.clear();
    table.set(path, { version, text: version === undefined ? text : undefined, parsed });
    return { parsed, status };
  }

  #tableOf(files: ConfigFiles): Map<string, Kept<T>> {
    const known = this.#kept.get(files);
    if (known !== undefined) return known;
    const table = new Map<string, Kept<T>>();
    this.#kept.set(files, table);
    return table;
  }
}
