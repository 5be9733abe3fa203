import type { Proxy } from "../resolved_host.ts";
import type { Environment } from "../ssh_config/expand.ts";
import {
  endpoint,
  optionValue,
  parseEndpoint,
  parseOptions,
  type Route,
  unreadable,
} from "./route.ts";

/** Reads the arguments of a program that relays bytes, or undefined where it relays otherwise. */
export type RelayReader = (
  args: readonly string[],
  environment: Environment,
) => Route | undefined;

/** Programs that only relay bytes, by name. */
export const RELAYS: Readonly<Record<string, RelayReader>> = {
  nc: readNetcat,
  "nc.openbsd": readNetcat,
  "nc.traditional": readNetcat,
  netcat: readNetcat,
  ncat: readNetcat,
  connect: readConnect,
  "connect-proxy": readConnect,
  corkscrew: readCorkscrew,
  socat: readSocat,
  proxytunnel: readProxytunnel,
};

const SOCKS_PORT = 1080;
const HTTP_PORT = 3128;

function readNetcat(args: readonly string[]): Route | undefined {
  const parsed = parseOptions(args, {
    withValue: "XxPwiIsOTVMmpGqWgoK",
    long: ["proxy", "proxy-type", "proxy-auth", "wait", "idle-timeout", "source", "proxy-dns"],
  });
  const listens = ["l", "U", "u", "e", "c", "ssl", "exec", "sh-exec", "udp", "listen", "unixsock"];
  if (optionValue(parsed, ...listens) !== undefined) return undefined;
  const to = endpoint(parsed.words[0], parsed.words[1]);
  const address = optionValue(parsed, "x", "proxy");
  if (address === undefined) return { kind: "direct", to };
  const isLong = optionValue(parsed, "proxy") !== undefined;
  const kind = proxyKind(optionValue(parsed, "X", "proxy-type") ?? (isLong ? "http" : "5"));
  const at = parseEndpoint(address, kind === "http" ? HTTP_PORT : SOCKS_PORT);
  const login = readLogin(optionValue(parsed, "proxy-auth") ?? optionValue(parsed, "P"));
  return { kind: "proxy", proxy: { kind, ...at, ...login }, to };
}

function proxyKind(word: string): Proxy["kind"] {
  const kinds: Readonly<Record<string, Proxy["kind"]>> = {
    "5": "socks5",
    socks5: "socks5",
    socks: "socks5",
    "4": "socks4",
    "4A": "socks4",
    "4a": "socks4",
    socks4: "socks4",
    socks4a: "socks4",
    connect: "http",
    http: "http",
  };
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
  if (kind === undefined) throw unreadable("the kind of the proxy");
  return kind;
}

function readLogin(text: string | undefined): Pick<Proxy, "username" | "password"> {
  if (text === undefined || text === "") return {};
  const [username = "", ...password] = text.split(":");
  return { username, ...(password.length === 0 ? {} : { password: password.join(":") }) };
}

/** connect.c of Shun-ichi Goto; passwords come from the environment. */
function readConnect(args: readonly string[], environment: Environment): Route | undefined {
  const parsed = parseOptions(args, { withValue: "SHpRaTPLwc" });
  const words = parsed.words.length > 1 ? parsed.words : parsed.words[0]?.split(":") ?? [];
  const to = endpoint(words[0], words[1] ?? "22");
  const socks = optionValue(parsed, "S") ??
    (optionValue(parsed, "s") === undefined ? undefined : environment["SOCKS5_SERVER"]);
  const http = optionValue(parsed, "H") ??
    (optionValue(parsed, "h") === undefined ? undefined : environment["HTTP_PROXY"]);
  const named = socks ?? http?.replace(/^http:\/\//, "").replace(/\/$/, "");
  if (named === undefined) {
    const wantsProxy = optionValue(parsed, "s", "h") !== undefined;
    if (wantsProxy) throw unreadable("the proxy, which the environment must name,");
    return { kind: "direct", to };
  }
  const at = named.lastIndexOf("@");
  const login = at < 0 ? {} : readLogin(named.slice(0, at));
  const kind = socks === undefined
    ? "http"
    : optionValue(parsed, "4") === undefined
    ? "socks5"
    : "socks4";
  const variables = kind === "http"
    ? ["HTTP_PROXY_PASSWORD", "CONNECT_PASSWORD"]
    : ["SOCKS5_PASSWORD", "SOCKS5_PASSWD", "CONNECT_PASSWORD"];
  const password = variables.map((name) => environment[name]).find((value) => value !== undefined);
  const address = parseEndpoint(named.slice(at + 1), kind === "http" ? 80 : SOCKS_PORT);
  const known = at < 0 || password === undefined ? {} : { password };
  return { kind: "proxy", proxy: { kind, ...address, ...known, ...login }, to };
}

function readCorkscrew(args: readonly string[]): Route {
  const [hostname, port, toHost, toPort, loginFile] = args;
  const proxy = { kind: "http", ...endpoint(hostname, port) } as const;
  const to = endpoint(toHost, toPort);
  return { kind: "proxy", proxy: loginFile === undefined ? proxy : { ...proxy, loginFile }, to };
}

const STREAMS: readonly string[] = ["-", "stdio", "std", "fd:0", "stdin!!stdout"];

function readSocat(args: readonly string[]): Route | undefined {
  const { words } = parseOptions(args, { withValue: "bTtlLW" });
  const [first = "", second = ""] = words;
  const isFirst = STREAMS.includes(first.toLowerCase());
  if (words.length !== 2 || (!isFirst && !STREAMS.includes(second.toLowerCase()))) return undefined;
  const [address = "", ...options] = (isFirst ? second : first).split(",");
  const [type = "", ...parts] = splitAddress(address);
  const option = (name: string): string | undefined =>
    options.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  switch (type.toLowerCase().replace(/-connect$/, "")) {
    case "tcp":
    case "tcp4":
    case "tcp6":
      return { kind: "direct", to: endpoint(parts[0], parts[1]) };
    case "proxy": {
      const login = readLogin(option("proxyauth") ?? option("proxy-authorization"));
      const at = endpoint(parts[0], option("proxyport") ?? "8080");
      return { kind: "proxy", proxy: { kind: "http", ...at, ...login }, to: pair(parts, 1) };
    }
    case "socks":
    case "socks4":
    case "socks4a": {
      const at = endpoint(parts[0], option("socksport") ?? String(SOCKS_PORT));
      const user = option("socksuser");
      const login = user === undefined ? {} : { username: user };
      return { kind: "proxy", proxy: { kind: "socks4", ...at, ...login }, to: pair(parts, 1) };
    }
    case "socks5": {
      const hasPort = parts.length > 3;
      const port = hasPort ? parts[1] : option("socksport") ?? String(SOCKS_PORT);
      const proxy = { kind: "socks5", ...endpoint(parts[0], port) } as const;
      return { kind: "proxy", proxy, to: pair(parts, hasPort ? 2 : 1) };
    }
    default:
      return undefined;
  }
}

function pair(parts: readonly string[], at: number): ReturnType<typeof endpoint> {
  return endpoint(parts[at], parts[at + 1]);
}

/** At colons outside of brackets. */
function splitAddress(text: string): readonly string[] {
  return text.match(/\[[^[\]]*\]|[^:[\]]+/g) ?? [];
}

function readProxytunnel(args: readonly string[]): Route | undefined {
  const parsed = parseOptions(args, {
    withValue: "pdrPRNUt",
    long: ["proxy", "dest", "proxyauth", "user", "pass"],
  });
  // -E and -X wrap the connection in TLS, -r names a second proxy.
  if (optionValue(parsed, "E", "X", "e", "r", "encrypt", "encrypt-proxy") !== undefined) {
    return undefined;
  }
  const to = parseEndpoint(optionValue(parsed, "d", "dest") ?? "");
  const at = parseEndpoint(optionValue(parsed, "p", "proxy") ?? "", 8080);
  const login = readLogin(optionValue(parsed, "P", "proxyauth"));
  return { kind: "proxy", proxy: { kind: "http", ...at, ...login }, to };
}
