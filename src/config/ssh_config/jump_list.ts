import { parseDomain, parsePort } from "./values.ts";

/** A hop of ProxyJump as written. */
export interface JumpSpec {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Reads ProxyJump's list in order of travel: [user@]host[:port] or ssh://[user@]host[:port],
 * comma-separated. Undefined where one of them cannot be read.
 */
export function parseJumpList(text: string): readonly JumpSpec[] | undefined {
  const specs: JumpSpec[] = [];
  for (const item of usedPart(text).split(",")) {
    const spec = item.startsWith("ssh://") ? parseSshUri(item) : parseUserHostPort(item);
    if (spec === undefined) return undefined;
    specs.push(spec);
  }
  return specs;
}

/** ProxyJump's value with its last hop in OpenSSH's own spelling; undefined for "none". */
export function printJump(text: string): string | undefined {
  if (text.toLowerCase() === "none") return undefined;
  const jumps = parseJumpList(text) ?? [];
  const last = jumps.at(-1);
  if (last === undefined) return undefined;
  const numeric = last.host.includes(":") || /^[0-9.]*$/.test(last.host);
  const host = numeric ? `[${last.host}]` : last.host;
  const own = `${last.user === undefined ? "" : `${last.user}@`}${host}` +
    (last.port === undefined ? "" : `:${last.port}`);
  const before = jumpsBefore(text);
  return before === "" ? own : `${before},${own}`;
}

/** ProxyJump's value without its last hop. */
export function jumpsBefore(text: string): string {
  const list = usedPart(text);
  return list.includes(",") ? list.slice(0, list.lastIndexOf(",")) : "";
}

/** ssh ends the value at a comment and at the first blank that is not its first character. */
function usedPart(text: string): string {
  return text.split("#", 1)[0]?.replace(/^(.[^\s]*).*$/s, "$1") ?? "";
}

/** [user@]host[:port], the host in brackets where it holds colons. */
function parseUserHostPort(text: string): JumpSpec | undefined {
  const at = text.lastIndexOf("@");
  if (at === 0) return undefined;
  const parts = splitHostPort(text.slice(at + 1));
  if (parts === undefined || parts.delimiter === "/") return undefined;
  return withPort({ user: at < 0 ? undefined : text.slice(0, at), host: parts.host }, parts.rest);
}

function parseSshUri(text: string): JumpSpec | undefined {
  const authority = text.slice("ssh://".length);
  const at = authority.indexOf("@");
  const user = at < 0 ? undefined : decodeUri(authority.slice(0, at).split(";", 1)[0] ?? "");
  if (user === "" || (at >= 0 && user === undefined)) return undefined;
  const parts = splitHostPort(authority.slice(at + 1));
  if (parts === undefined || parseDomain(parts.host) === undefined) return undefined;
  if (parts.delimiter === "/") {
    return parts.rest === "" ? withPort({ user, ...parts }, "") : undefined;
  }
  const [port = "", ...path] = parts.rest.split("/");
  if (path.join("/") !== "") return undefined;
  if (path.length > 0 && port === "") return undefined;
  return withPort({ user, host: parts.host }, port);
}

function withPort(
  spec: { readonly user: string | undefined; readonly host: string },
  text: string,
): JumpSpec | undefined {
  const port = text === "" ? undefined : parsePort(text);
  if (text !== "" && port === undefined) return undefined;
  return { user: spec.user, host: spec.host, port };
}

function splitHostPort(
  text: string,
): { readonly host: string; readonly delimiter: string; readonly rest: string } | undefined {
  const parts = /^(\[[^\]]+\]|(?!\[)[^:/]*)(?:([:/])(.*))?$/s.exec(text);
  if (parts === null || parts[1] === "") return undefined;
  const [, name = "", delimiter = "", rest = ""] = parts;
  const host = name.replace(/^\[(.*)\]$/s, "$1");
  return { host, delimiter, rest };
}

function decodeUri(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    return decoded.includes("\0") ? undefined : decoded;
  } catch {
    return undefined;
  }
}
