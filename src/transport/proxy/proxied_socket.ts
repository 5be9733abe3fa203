import type { Socket } from "node:net";
import { abortable, type Clock } from "../../clock.ts";
import { readBoundedText } from "../../config/bounded_file.ts";
import type { Endpoint, Proxy, ResolvedHost } from "../../config/resolved_host.ts";
import { ConnectError, type SshError } from "../../errors.ts";
import { dial } from "../dial.ts";
import { connectHttp } from "./http_connect.ts";
import { ProxyRefusal } from "./proxy_refusal.ts";
import { connectSocks4, connectSocks5 } from "./socks.ts";

/** Where ssh_config has no ConnectTimeout. */
const LIMIT_MS = 30_000;
const LOGIN_FILE_BYTES = 4 * 1024;

const NAMES: Readonly<Record<Proxy["kind"], string>> = {
  socks5: "SOCKS5",
  socks4: "SOCKS4",
  http: "HTTP",
};

const CONNECTORS = { socks5: connectSocks5, socks4: connectSocks4, http: connectHttp };

/**
 * Opens a TCP connection to `to` through a proxy. The socket is paused, and nothing that the far
 * end sent is lost.
 *
 * @throws {ConnectError} That names the proxy.
 */
export async function dialThroughProxy(
  resolved: ResolvedHost,
  { proxy, to }: { readonly proxy: Proxy; readonly to: Endpoint },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Socket> {
  const { hostname, port } = proxy;
  const toProxy = { ...resolved, host: `${NAMES[proxy.kind]} proxy`, hostname, port };
  const socket = await dial(toProxy, { clock, signal }).catch((error) => {
    signal.throwIfAborted();
    throw proxyError(resolved, proxy, error);
  });
  const late = new AbortController();
  using _limit = clock.after(resolved.connectTimeoutMs || LIMIT_MS, () => late.abort());
  // Until somebody else listens: an error that nobody hears would end the program.
  const ignore = (): void => {};
  socket.on("error", ignore);
  try {
    const asking = ask(socket, proxy, to);
    asking.catch(ignore);
    await abortable(asking, AbortSignal.any([signal, late.signal]));
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw proxyError(resolved, proxy, late.signal.aborted ? new ProxySilence() : error);
  }
}

/** It took the connection and did not answer in time. */
class ProxySilence extends Error {}

async function ask(socket: Socket, proxy: Proxy, to: Endpoint): Promise<void> {
  const { loginFile } = proxy;
  const login = loginFile === undefined ? {} : await readLoginFile(loginFile);
  await CONNECTORS[proxy.kind](socket, { ...proxy, ...login }, to);
}

async function readLoginFile(path: string): Promise<Pick<Proxy, "username" | "password">> {
  const text = await readBoundedText(path, LOGIN_FILE_BYTES).catch(() => {
    throw new ProxyRefusal("the file with its login cannot be read", "login");
  });
  const [line = ""] = text.split("\n");
  const [username = "", ...password] = line.trim().split(":");
  return { username, password: password.join(":") };
}

function proxyError(resolved: ResolvedHost, proxy: Proxy, error: unknown): SshError {
  const name = `its ${NAMES[proxy.kind]} proxy (${proxy.hostname} port ${proxy.port})`;
  const [seen, advice] = factOf(error, proxy);
  const message = `Cannot reach "${resolved.host}" through ${name}: ${seen}`;
  return new ConnectError(message, advice, { cause: error });
}

const PROXY_ADVICE = "Check the proxy in ProxyCommand of ssh_config or in MCP_SSH_PROXY";

function factOf(error: unknown, proxy: Proxy): readonly [seen: string, advice: string] {
  if (error instanceof ProxyRefusal) return [error.message, adviceFor(error, proxy)];
  if (error instanceof ProxySilence) {
    return ["it took the connection and did not answer", PROXY_ADVICE];
  }
  if (error instanceof ConnectError) {
    return [error.message, PROXY_ADVICE];
  }
  return ["it closed the connection", PROXY_ADVICE];
}

function adviceFor({ about }: ProxyRefusal, { kind }: Proxy): string {
  switch (about) {
    case "login":
      return `Set user and password of the proxy, as in MCP_SSH_PROXY=${kind}://user:password@host:port`;
    case "rules":
      return "Ask who runs the proxy to allow the host and its port";
    case "target":
      return "Check the host's name and port, as they are seen from the proxy";
    case "protocol":
      return PROXY_ADVICE;
  }
}
