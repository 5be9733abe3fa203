import { createHash } from "node:crypto";
import { ConfigError } from "../../errors.ts";
import type { Settings } from "./settings.ts";

/** Values of the %-tokens, by letter; undefined where one cannot be found out. */
export type Tokens = Readonly<Record<string, string | undefined>>;

/** Sources of the tokens' values (ssh_config(5), TOKENS). */
export interface TokenFacts {
  /** The alias as typed (%n). */
  readonly host: string;
  readonly hostname: string;
  readonly hostKeyAlias: string | undefined;
  readonly port: number;
  readonly user: string;
  readonly proxyJump: string;
  readonly home: string;
  readonly localUser: string | undefined;
  readonly localHostname: string | undefined;
  readonly localUid: number | undefined;
}

/** Environment by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The tokens that most directives accept. */
export function connectionTokens(facts: TokenFacts): Tokens {
  return {
    get C() {
      return connectionHash(facts);
    },
    L: facts.localHostname?.split(".", 1)[0],
    d: facts.home,
    h: facts.hostname,
    i: facts.localUid?.toString(),
    j: facts.proxyJump,
    k: facts.hostKeyAlias ?? facts.host,
    l: facts.localHostname,
    n: facts.host,
    p: String(facts.port),
    r: facts.user,
    u: facts.localUser,
  };
}

/** With what an {@link Expander} expands. */
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

  /** %-tokens and `${NAME}`. */
  variables(keyword: string, text: string): string {
    const { environment } = this.#options;
    const options = { tokens: this.#tokens, environment };
    return this.#named(keyword, () => expandTokensAndVariables(text, options));
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

/**
 * Puts values for %-tokens, with `%%` for a percent sign.
 *
 * @throws {ConfigError} At a token that `tokens` does not hold.
 */
export function expandTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.?)/gsu, (_, letter: string) => tokenValue(letter, tokens));
}

/**
 * Puts values for `${NAME}` and %-tokens in one sweep; what a variable brings is not looked at
 * again.
 *
 * @throws {ConfigError} At a variable that is not set, an open brace or an unknown token.
 */
export function expandTokensAndVariables(
  text: string,
  options: { readonly tokens: Tokens; readonly environment: Environment },
): string {
  return text.replace(/\$\{([^}]*)(\}?)|%(.?)/gsu, (found, name, close, letter) => {
    if (!found.startsWith("$")) return tokenValue(letter, options.tokens);
    return variableValue(name, close, options.environment);
  });
}

/**
 * Puts values for `${NAME}` alone.
 *
 * @throws {ConfigError} At a variable that is not set or an open brace.
 */
export function expandVariables(text: string, environment: Environment): string {
  return text.replace(
    /\$\{([^}]*)(\}?)/g,
    (_, name: string, close: string) => variableValue(name, close, environment),
  );
}

/**
 * Puts the home directory for a leading `~`, that of another user for `~name`.
 *
 * @throws {ConfigError} For a user without an entry in `homes`.
 */
export function expandTilde(
  path: string,
  options: { readonly home: string; readonly homes: ReadonlyMap<string, string> },
): string {
  const parts = /^~([^/]*)\/*(.*)$/s.exec(path);
  if (parts === null) return path;
  const [, user = "", rest] = parts;
  const home = user === "" ? options.home : options.homes.get(user);
  if (home === undefined) throw unexpanded("there is no user of the name behind ~");
  return `${home.endsWith("/") ? home : `${home}/`}${rest}`;
}

function tokenValue(letter: string, tokens: Tokens): string {
  if (letter === "%") return "%";
  if (letter === "") throw unexpanded("a single % at the end");
  const value = Object.hasOwn(tokens, letter) ? tokens[letter] : undefined;
  if (value !== undefined) return value;
  if (!Object.hasOwn(tokens, letter)) throw unexpanded(`unknown token %${letter}`);
  throw unexpanded(`token %${letter} cannot be found out inside the sandbox`);
}

function variableValue(name: string, close: string, environment: Environment): string {
  if (close === "") throw unexpanded("${ without }");
  const value = name === "" || !Object.hasOwn(environment, name) ? undefined : environment[name];
  if (value === undefined) throw unexpanded("a variable in ${…} is not set");
  return value;
}

/** %C: SHA-1 of %l%h%p%r in hexadecimal. */
function connectionHash(facts: TokenFacts): string | undefined {
  if (facts.localHostname === undefined) return undefined;
  const text = `${facts.localHostname}${facts.hostname}${facts.port}${facts.user}`;
  return createHash("sha1").update(text).digest("hex");
}

function unexpanded(what: string): ConfigError {
  return new ConfigError(what, "Correct the setting; see TOKENS in ssh_config(5)");
}
