import { InputError } from "../errors.ts";

/** A target as a caller names it. */
export interface Target {
  /** Alias, name or address; `user@host`, `host:port`, `ssh://user@host:port`, `[v6]:port`. */
  readonly host: string;
  readonly username?: string | undefined;
  /** 1–65535. */
  readonly port?: number | undefined;
  readonly password?: string | undefined;
  /** Path of a private key; `~` stands for the home directory. */
  readonly keyFilename?: string | undefined;
}

/** A target with the forms of `host` taken apart; explicit parameters win over what it holds. */
export interface ParsedTarget {
  readonly alias: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly password: string | undefined;
  readonly keyFilename: string | undefined;
}

/**
 * Takes a target apart.
 *
 * @throws {InputError} That names the parameter which cannot be meant.
 */
export function parseTarget(target: Target): ParsedTarget {
  requireFilled(target);
  const { host, user, port } = parseHost(target.host);
  if (!isValidHost(host)) {
    throw new InputError(
      `host ${JSON.stringify(target.host)} cannot be a host`,
      "Pass an ssh_config alias, a name or an address; user@host, host:port, " +
        "ssh://user@host:port and [v6]:port are understood",
    );
  }
  const username = target.username ?? user;
  if (username !== undefined && !isValidUser(username)) {
    throw new InputError(
      `${target.username === undefined ? "host" : "username"}: ` +
        `${JSON.stringify(username)} holds characters that no user name has`,
      "Pass the login name on the host",
    );
  }
  return {
    alias: host,
    user: username,
    port: target.port ?? port,
    password: target.password,
    keyFilename: target.keyFilename,
  };
}

function requireFilled(target: Target): void {
  const texts = {
    host: target.host,
    username: target.username,
    password: target.password,
    key_filename: target.keyFilename,
  };
  for (const [key, text] of Object.entries(texts)) {
    if (text === "") throw new InputError(`${key} is empty`, `Pass ${key} or leave it out`);
    if (text?.includes("\0")) {
      throw new InputError(`${key} holds a NUL character`, `Pass ${key} without it`);
    }
  }
  if (target.port !== undefined && !isPort(target.port)) {
    throw new InputError(
      `port ${target.port} is not a whole number from 1 to 65535`,
      "Pass the port of sshd or leave it out",
    );
  }
}

interface HostParts {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

function parseHost(text: string): HostParts {
  const uri = /^ssh:\/\/([^/]*)\/?$/i.exec(text);
  const authority = uri?.[1] ?? text;
  const at = authority.lastIndexOf("@");
  const name = authority.slice(at + 1);
  const typed = at < 0 ? undefined : authority.slice(0, at);
  const user = uri === null || typed === undefined ? typed : decodeUser(typed, text);
  const parts = splitPort(name);
  if (user === "" || parts.host === "") throw unreadable(text);
  if (parts.port === undefined) return { host: parts.host, user, port: undefined };
  const port = /^\d{1,5}$/.test(parts.port) ? Number(parts.port) : 0;
  if (!isPort(port)) throw unreadable(text);
  return { host: parts.host, user, port };
}

function splitPort(name: string): { readonly host: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(name);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] };
  const [host = "", port, ...more] = name.split(":");
  // Two colons make it an IPv6 address without a port.
  return more.length > 0 ? { host: name, port: undefined } : { host, port };
}

function decodeUser(user: string, text: string): string {
  try {
    return decodeURIComponent(user.split(";", 1)[0] ?? "");
  } catch {
    throw unreadable(text);
  }
}

function unreadable(text: string): InputError {
  return new InputError(
    `host ${JSON.stringify(text)} cannot be read`,
    "Pass an alias, host, user@host, host:port, ssh://user@host:port or [v6]:port; " +
      "ports are 1 to 65535",
  );
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** A destination that ssh accepts: no option, no shell syntax, no invisible character. */
function isValidHost(host: string): boolean {
  return !host.startsWith("-") && !/['`"$\\;&<>|(){},\s\p{Cc}\p{Cf}\p{Cs}]/u.test(host);
}

function isValidUser(user: string): boolean {
  return !user.startsWith("-") && !/['`";&<>|(){}\p{Cc}\p{Cf}\p{Cs}]|\s-|\\$/u.test(user);
}
