import { ConfigError } from "../../errors.ts";
import {
  connectionTokens,
  type Environment,
  expandTilde,
  expandTokens,
  expandTokensAndVariables,
  type TokenFacts,
  type Tokens,
} from "./expand.ts";
import type { Settings } from "./settings.ts";

/** What {@link Expander} expands with. */
export interface ExpanderOptions {
  readonly settings: Settings;
  readonly facts: TokenFacts;
  readonly environment: Environment;
  /** Home directories by user name. */
  readonly homes: ReadonlyMap<string, string>;
}

/**
 * Expands the values of one host's settings.
 *
 * All methods throw {@link ConfigError}, which names the place of the keyword, where a value
 * cannot be expanded.
 */
export class Expander {
  readonly #options: ExpanderOptions;
  readonly #tokens: Tokens;

  constructor(options: ExpanderOptions) {
    this.#options = options;
    this.#tokens = connectionTokens(options.facts);
  }

  /** %-tokens alone, as in RemoteCommand. */
  tokens(keyword: string, text: string): string {
    return this.#named(keyword, () => expandTokens(text, this.#tokens));
  }

  /** `~`, %-tokens and `${NAME}`, as in names of files. */
  path(keyword: string, text: string): string {
    const { environment } = this.#options;
    return this.#named(
      keyword,
      () =>
        expandTokensAndVariables(this.#expandTilde(text), { tokens: this.#tokens, environment }),
    );
  }

  /** `~` alone. */
  tilde(keyword: string, text: string): string {
    return this.#named(keyword, () => this.#expandTilde(text));
  }

  #expandTilde(text: string): string {
    const { facts, homes } = this.#options;
    return expandTilde(text, { home: facts.home, homes });
  }

  #named(keyword: string, expand: () => string): string {
    try {
      return expand();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const place = this.#options.settings.place(keyword) ?? "the call";
      throw new ConfigError(`${place}: ${keyword}: ${error.message}`, error.advice);
    }
  }
}
