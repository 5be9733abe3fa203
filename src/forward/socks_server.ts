import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { ExactReader, ProxyClosedError } from "../transport/proxy/exact_reader.ts";
import type { TunnelTarget } from "../transport/transport.ts";
import { plainHostname } from "./destination.ts";

/** How a SOCKS5 request ends (RFC 1928 §6). */
export type SocksReply = keyof typeof REPLIES;

const REPLIES = {
  granted: 0,
  failed: 1,
  forbidden: 2,
  refused: 5,
  "no such command": 7,
  "no such kind of address": 8,
} as const;

const VERSION = 5;
const WITHOUT_LOGIN = 0;
const NO_METHOD = 0xff;
const CONNECT = 1;
const ADDRESS_TYPES = { ipv4: 1, name: 3, ipv6: 4 } as const;

/**
 * Reads a request of SOCKS5 (RFC 1928) from a paused socket: CONNECT without a login. Names are
 * not looked up here.
 *
 * @throws {ProxyClosedError} For anything else, after the client was told.
 */
export async function readSocksRequest(socket: Socket): Promise<TunnelTarget> {
  const reader = new ExactReader(socket);
  const [version, methodCount = 0] = await reader.take(2);
  if (version !== VERSION || methodCount === 0) throw new ProxyClosedError();
  const methods = await reader.take(methodCount);
  const isOpen = methods.includes(WITHOUT_LOGIN);
  socket.write(Buffer.from([VERSION, isOpen ? WITHOUT_LOGIN : NO_METHOD]));
  if (!isOpen) throw new ProxyClosedError();
  const [requestVersion, command, , type] = await reader.take(4);
  if (requestVersion !== VERSION) throw new ProxyClosedError();
  const hostname = await readAddress(reader, type);
  const port = hostname === undefined ? 0 : (await reader.take(2)).readUInt16BE(0);
  if (command !== CONNECT) throw refused(socket, "no such command");
  if (hostname === undefined || port === 0) throw refused(socket, "no such kind of address");
  return { hostname, port };
}

/** Ends the dialogue; what follows is the connection's own. */
export function sendSocksReply(socket: Socket, reply: SocksReply): void {
  socket.write(Buffer.from([VERSION, REPLIES[reply], 0, ADDRESS_TYPES.ipv4, 0, 0, 0, 0, 0, 0]));
}

function refused(socket: Socket, reply: SocksReply): ProxyClosedError {
  sendSocksReply(socket, reply);
  return new ProxyClosedError();
}

async function readAddress(
  reader: ExactReader,
  type: number | undefined,
): Promise<string | undefined> {
  switch (type) {
    case ADDRESS_TYPES.ipv4:
      return [...await reader.take(4)].join(".");
    case ADDRESS_TYPES.ipv6:
      return (await reader.take(16)).toString("hex").replace(/.{4}(?!$)/g, "$&:");
    case ADDRESS_TYPES.name: {
      const [length = 0] = await reader.take(1);
      return length === 0
        ? undefined
        : plainHostname((await reader.take(length)).toString("latin1"));
    }
    default:
      return undefined;
  }
}
