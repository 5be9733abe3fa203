import type { ConfigSources } from "../config/sources.ts";
import { ConfigError } from "../errors.ts";
import { Inventory } from "./inventory.ts";

/** Names of files are group names; nothing that leads elsewhere. */
const FILE_NAME = /^[\w+-][\w.+-]*$/;

/** The sources of groups beside files. */
export interface GroupSources {
  readonly sources: ConfigSources;
  /** Aliases of ssh_config and the Tag that each resolves to, "" for none. */
  readonly tags: ReadonlyMap<string, string>;
}

/**
 * Groups of hosts: Tag of ssh_config(5), files of dsh (`~/.dsh/group/NAME`, `/etc/dsh/group/NAME`),
 * and the Ansible inventory that MCP_SSH_INVENTORY names. The first of these that has a group counts.
 */
export class HostGroups {
  readonly #options: GroupSources;
  #inventory: Promise<Inventory | undefined> | undefined;

  /** Reads nothing yet; files are read once. */
  constructor(options: GroupSources) {
    this.#options = options;
  }

  /**
   * The terms of a group; undefined where there is none of this name.
   *
   * @throws {InputError} Or ConfigError, where a source cannot be used.
   */
  async group(name: string): Promise<readonly string[] | undefined> {
    const { tags } = this.#options;
    const tagged = [...tags].filter(([, tag]) => tag === name).map(([alias]) => alias);
    if (tagged.length > 0 && name !== "") return tagged;
    return await this.#fromFile(name) ??
      (await this.#readInventory())?.group(name, (host) => tags.has(host));
  }

  /** Names of all groups, sorted. */
  async names(): Promise<readonly string[]> {
    const { files } = this.#options.sources;
    const listed = await Promise.all(this.#directories().map((path) => files.listNames(path)));
    const names = [
      ...this.#options.tags.values(),
      ...listed.flatMap((found) => found ?? []).filter((name) => FILE_NAME.test(name)),
      ...(await this.#readInventory())?.groupNames ?? [],
    ];
    return [...new Set(names)].filter((name) => name !== "").sort();
  }

  #directories(): readonly string[] {
    return [`${this.#options.sources.home}/.dsh/group`, "/etc/dsh/group"];
  }

  async #fromFile(name: string): Promise<readonly string[] | undefined> {
    if (!FILE_NAME.test(name)) return undefined;
    for (const directory of this.#directories()) {
      const text = await this.#read(`${directory}/${name}`);
      if (text === undefined) continue;
      const lines = text.split("\n").map((line) => line.split("#", 1)[0]!.trim());
      return lines.flatMap((line) => line.split(/\s+/)).filter((word) => word !== "");
    }
    return undefined;
  }

  #readInventory(): Promise<Inventory | undefined> {
    return this.#inventory ??= this.#openInventory();
  }

  async #openInventory(): Promise<Inventory | undefined> {
    const { environment, home } = this.#options.sources;
    const path = environment["MCP_SSH_INVENTORY"]?.replace(/^~(?=\/)/, home);
    if (!path) return undefined;
    const text = await this.#read(path);
    if (text !== undefined) return new Inventory(text);
    throw new ConfigError(
      `Cannot read the inventory ${path}: there is no such file`,
      "Correct MCP_SSH_INVENTORY, or unset it",
    );
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await this.#options.sources.files.readText(path);
    } catch (error) {
      throw new ConfigError(
        `Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`,
        "Make the file readable, or select hosts by their names",
      );
    }
  }
}
