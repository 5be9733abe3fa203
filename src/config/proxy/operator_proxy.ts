import { ConfigError } from "../../errors.ts";
import type { Proxy } from "../resolved_host.ts";
import type { Environment } from "../ssh_config/expand.ts";
import { lowerCase, matchHostname } from "../ssh_config/pattern.ts";

const NAME = "MCP_SSH_PROXY";
const PORTS: Readonly<Record<Proxy["kind"], number>> = { socks5: 1080, socks4: 1080, http: 3128 };
const KINDS: Readonly<Record<string, Proxy["kind"]>> = {
  "socks:": "socks5",
  "socks5:": "socks5",
  "socks5h:": "socks5",
  "socks4:": "socks4",
  "socks4a:": "socks4",
  "http:": "http",
};

/**
 * The proxy that MCP_SSH_PROXY sets for a host that ssh_config reaches directly.
 *
 * Its words are `[PATTERNS=]URL`, the first that fits counts; PATTERNS are those of Host with
 * commas between them, compared with the name as called and the hostname. `direct` is no proxy.
 *
 * @throws {ConfigError} For a word that cannot be read; its text is not shown.
 */
export function operatorProxy(
  names: readonly string[],
  environment: Environment,
): Proxy | undefined {
  const words = (environment[NAME] ?? "").split(/\s+/).filter((word) => word !== "");
  for (const word of words) {
    const { patterns, url } = splitWord(word);
    const proxy = lowerCase(url) === "direct" ? undefined : readUrl(url);
    if (fits(patterns, names)) return proxy;
  }
  return undefined;
}

function splitWord(word: string): { readonly patterns: string; readonly url: string } {
  const equals = word.indexOf("=");
  const scheme = word.indexOf("://");
  const isBare = equals < 0 || (scheme >= 0 && scheme < equals);
  if (isBare) return { patterns: "*", url: word };
  return { patterns: word.slice(0, equals), url: word.slice(equals + 1) };
}

/** A negated pattern takes the host out whichever of its names it fits. */
function fits(patterns: string, names: readonly string[]): boolean {
  const verdicts = names.map((name) => matchHostname(name, patterns));
  return !verdicts.includes("refused") && verdicts.includes("matched");
}

function readUrl(text: string): Proxy {
  const url = URL.parse(text);
  const kind = url === null || !Object.hasOwn(KINDS, url.protocol)
    ? undefined
    : KINDS[url.protocol];
  if (url === null || kind === undefined || url.hostname === "") throw unreadable();
  // A URL drops the standard port of its scheme.
  const port = url.port !== "" ? Number(url.port) : /:80\/?$/.test(text) ? 80 : PORTS[kind];
  return {
    kind,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    ...(url.username === "" ? {} : { username: decoded(url.username) }),
    ...(url.password === "" ? {} : { password: decoded(url.password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): ConfigError {
  return new ConfigError(
    `A word of ${NAME} is not of the form [PATTERNS=]URL`,
    "URLs are socks5://, socks4:// or http://[user:password@]host:port, or direct; write special " +
      "characters of a password as %XX",
  );
}
