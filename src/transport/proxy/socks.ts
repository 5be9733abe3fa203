import { Buffer } from "node:buffer";
import { isIPv4, isIPv6, type Socket } from "node:net";
import type { Endpoint, Proxy } from "../../config/resolved_host.ts";
import { ExactReader } from "./exact_reader.ts";
import { ProxyRefusal } from "./proxy_refusal.ts";

// npm:socks 2.8 emits what follows the reply as a "data" event one turn later, when nobody listens
// yet: the identification string of a fast sshd is lost. Hence these few lines of our own.

const NO_LOGIN = 0;
const BY_PASSWORD = 2;
const NONE_FITS = 0xff;

const REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "its rules do not allow the connection",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "the time ran out",
  7: "it does not support the command",
  8: "it does not support the kind of address",
};

/**
 * Asks a SOCKS5 proxy (RFC 1928, RFC 1929) for a connection; names are left to it.
 *
 * @throws {ProxyRefusal} When it says no, or {ProxyClosedError}.
 */
export async function connectSocks5(socket: Socket, proxy: Proxy, to: Endpoint): Promise<void> {
  const reader = new ExactReader(socket);
  const methods = proxy.username === undefined ? [NO_LOGIN] : [NO_LOGIN, BY_PASSWORD];
  socket.write(Buffer.from([5, methods.length, ...methods]));
  const [version, method] = await reader.take(2);
  if (version !== 5) throw new ProxyRefusal("it does not speak SOCKS5", "protocol");
  if (method === BY_PASSWORD && proxy.username !== undefined) await logIn(socket, reader, proxy);
  else if (method === NONE_FITS || method !== NO_LOGIN) {
    const has = proxy.username === undefined ? "a login" : "another kind of login";
    throw new ProxyRefusal(`it wants ${has}`, "login");
  }
  const address = addressOf(to.hostname);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), address, portBytes(to.port)]));
  const [, reply = 1, , type] = await reader.take(4);
  if (reply !== 0) throw refusalOf(reply);
  await reader.take(lengthOf(type, type === 3 ? (await reader.take(1))[0] : 0) + 2);
}

async function logIn(socket: Socket, reader: ExactReader, proxy: Proxy): Promise<void> {
  const user = Buffer.from(proxy.username ?? "");
  const password = Buffer.from(proxy.password ?? "");
  if (user.length > 255 || password.length > 255) {
    throw new ProxyRefusal("user or password is longer than SOCKS5 allows", "login");
  }
  socket.write(Buffer.concat([
    Buffer.from([1, user.length]),
    user,
    Buffer.from([password.length]),
    password,
  ]));
  const [, status] = await reader.take(2);
  if (status !== 0) throw new ProxyRefusal("it refused user and password", "login");
}

function addressOf(hostname: string): Buffer {
  if (isIPv4(hostname)) return Buffer.from([1, ...v4Bytes(hostname)]);
  if (isIPv6(hostname)) return Buffer.concat([Buffer.from([4]), v6Bytes(hostname)]);
  const name = Buffer.from(hostname);
  if (name.length > 255) throw new ProxyRefusal("the name is longer than SOCKS5 allows", "target");
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

function refusalOf(reply: number): ProxyRefusal {
  return new ProxyRefusal(REPLIES[reply] ?? `reply ${reply}`, reply === 2 ? "rules" : "target");
}

function lengthOf(type: number | undefined, named: number | undefined): number {
  return type === 1 ? 4 : type === 4 ? 16 : named ?? 0;
}

/**
 * Asks a SOCKS4 proxy for a connection; a name is sent as SOCKS4a has it.
 *
 * @throws {ProxyRefusal} When it says no, or {ProxyClosedError}.
 */
export async function connectSocks4(socket: Socket, proxy: Proxy, to: Endpoint): Promise<void> {
  if (isIPv6(to.hostname)) {
    throw new ProxyRefusal("SOCKS4 has no IPv6 addresses; use a SOCKS5 proxy", "target");
  }
  const isAddress = isIPv4(to.hostname);
  const name = isAddress ? [] : [Buffer.from(`${to.hostname}\0`)];
  socket.write(Buffer.concat([
    Buffer.from([4, 1]),
    portBytes(to.port),
    Buffer.from(isAddress ? v4Bytes(to.hostname) : [0, 0, 0, 1]),
    Buffer.from(`${proxy.username ?? ""}\0`),
    ...name,
  ]));
  const [version, reply] = await new ExactReader(socket).take(8);
  if (version !== 0) throw new ProxyRefusal("it does not speak SOCKS4", "protocol");
  if (reply === 90) return;
  if (reply === 92 || reply === 93) throw new ProxyRefusal("it refused the user", "login");
  throw new ProxyRefusal("request rejected or failed", "target");
}

function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 255]);
}

function v4Bytes(address: string): readonly number[] {
  return address.split(".").map(Number);
}

function v6Bytes(address: string): Buffer {
  const [head = "", tail] = withoutQuad(address.split("%", 1)[0] ?? "").split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = new Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill(
    "0",
  );
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

/** ::ffff:1.2.3.4 with its last part in hexadecimal. */
function withoutQuad(address: string): string {
  const last = address.slice(address.lastIndexOf(":") + 1);
  if (!isIPv4(last)) return address;
  const [a = 0, b = 0, c = 0, d = 0] = v4Bytes(last);
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return address.slice(0, address.lastIndexOf(":") + 1) + hex;
}
