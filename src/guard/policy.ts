import { lowerCase, matchHostname } from "../config/ssh_config/pattern.ts";
import { parseTarget } from "../config/target.ts";
import { ConfigError, UnsupportedError } from "../errors.ts";

const HOSTS = "MCP_SSH_ALLOWED_HOSTS";
const TOOLS = "MCP_SSH_DISABLED_TOOLS";

/**
 * The operator's limits for callers, as the environment of the server sets them.
 *
 * It bounds this server alone: a command can do on a host whatever the login can, and go on from
 * there. Neither list can be changed or asked around by a caller.
 */
export class Policy {
  /** Undefined where every host may be reached. */
  readonly #hosts: string | undefined;
  readonly #disabled: ReadonlySet<string>;

  private constructor(hosts: string | undefined, disabled: ReadonlySet<string>) {
    this.#hosts = hosts;
    this.#disabled = disabled;
  }

  /**
   * Reads MCP_SSH_ALLOWED_HOSTS and MCP_SSH_DISABLED_TOOLS; words are parted by blanks or commas.
   *
   * An empty list of hosts allows none.
   *
   * @throws {ConfigError} At a tool that there is not: it would stay switched on unnoticed.
   */
  static read(
    environment: Readonly<Record<string, string>>,
    toolNames: readonly string[],
  ): Policy {
    const hosts = environment[HOSTS];
    const disabled = wordsOf(environment[TOOLS] ?? "");
    const unknown = disabled.filter((name) => !toolNames.includes(name));
    if (unknown.length > 0) {
      throw new ConfigError(
        `${TOOLS} names no tool of this server: ${unknown.join(", ")}`,
        `The tools are ${toolNames.join(", ")}`,
      );
    }
    return new Policy(hosts === undefined ? hosts : wordsOf(hosts).join(","), new Set(disabled));
  }

  /** Whether a tool is switched on. */
  offers(toolName: string): boolean {
    return !this.#disabled.has(toolName);
  }

  /** Whether a host may be reached, by the name it is called by: alias, hostname or address. */
  allows(alias: string): boolean {
    return this.#hosts === undefined || matchHostname(alias, this.#hosts) === "matched";
  }

  /** The one way to a host's settings, and so to the host, leads past {@link check}. */
  guard<T extends { readonly host: string }, R>(
    resolve: (target: T) => Promise<R>,
  ): (target: T) => Promise<R> {
    return async (target) => {
      this.check(target);
      return await resolve(target);
    };
  }

  /**
   * Lets a target pass that may be reached; its user and port do not matter.
   *
   * @throws {UnsupportedError} At any other, with the patterns.
   */
  check(target: { readonly host: string }): void {
    if (this.#hosts === undefined) return;
    const { alias } = parseTarget({ host: target.host });
    if (this.allows(alias)) return;
    throw new UnsupportedError(
      `This server may not reach "${lowerCase(alias)}"`,
      this.#hosts === ""
        ? `Nothing may be reached: ${HOSTS} is empty, which only who starts the server can change`
        : `${HOSTS} allows ${this.#hosts}; only who starts the server can change it`,
    );
  }
}

function wordsOf(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== "");
}
