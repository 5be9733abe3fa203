import { Buffer } from "node:buffer";
import { isIPv6, type Socket } from "node:net";
import type { Endpoint, Proxy } from "../../config/resolved_host.ts";
import { quoteRemote } from "../remote_text.ts";
import { ExactReader } from "./exact_reader.ts";
import { ProxyRefusal } from "./proxy_refusal.ts";

/** Of an answer's status line and fields. */
const HEAD_BYTES = 16 * 1024;

/**
 * Asks an HTTP proxy for a tunnel (CONNECT, RFC 9110 §9.3.6), with a Basic login where it has one.
 *
 * @throws {ProxyRefusal} When it says no, or {ProxyClosedError}.
 */
export async function connectHttp(socket: Socket, proxy: Proxy, to: Endpoint): Promise<void> {
  const authority = `${isIPv6(to.hostname) ? `[${to.hostname}]` : to.hostname}:${to.port}`;
  if (/[\s\p{Cc}]/u.test(authority)) throw new ProxyRefusal("the name cannot be sent", "target");
  const login = proxy.username === undefined ? [] : [
    `Proxy-Authorization: Basic ${
      Buffer.from(`${proxy.username}:${proxy.password ?? ""}`).toString("base64")
    }`,
  ];
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...login, "", ""];
  socket.write(lines.join("\r\n"));
  const head = await new ExactReader(socket).takeHead(HEAD_BYTES);
  const [, status, reason = ""] = /^HTTP\/\d\.\d (\d{3}) ?([^\r\n]*)/.exec(head) ?? [];
  if (status === undefined) throw new ProxyRefusal("it does not speak HTTP", "protocol");
  if (/^2/.test(status)) return;
  const said = reason === "" ? status : `${status} ${quoteRemote(reason)}`;
  // tinyproxy says 401 where RFC 9110 has 407.
  if (status === "407" || status === "401") {
    throw new ProxyRefusal(`it wants a login (${said})`, "login");
  }
  throw new ProxyRefusal(`it says ${said}`, status === "403" ? "rules" : "target");
}
