import { Socket, type TcpNetConnectOpts } from "node:net";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { ConfigError } from "../errors.ts";

/**
 * One TCP connection, ready to carry SSH, with Nagle's algorithm off. It is paused, so that a peer
 * which hangs up or resets before anyone listens is found by whoever resumes it.
 *
 * The name is left to the socket: a sandbox that may reach a name need not reach its address. All
 * addresses of the name are tried in turn.
 *
 * @throws The system's own error, or the reason of `signal`, which destroys the socket at once.
 */
export async function openSocket(resolved: ResolvedHost, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  await checkBindPermission(resolved);
  return await new Promise((resolve, reject) => {
    const socket = new Socket().pause();
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const settle = (error?: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("error", settle);
      if (error !== undefined) return reject(error);
      socket.setNoDelay();
      socket.setKeepAlive(resolved.tcpKeepAlive);
      resolve(socket);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", settle);
    socket.connect(target(resolved), () => settle());
  });
}

// The default of 250 ms per address would give up on a far host before it can answer.
const perAddressMs = 10_000;

function target(resolved: ResolvedHost): TcpNetConnectOpts {
  return {
    host: resolved.hostname,
    port: resolved.port,
    ...family(resolved),
    ...(resolved.bindAddress === undefined ? {} : { localAddress: resolved.bindAddress }),
    autoSelectFamilyAttemptTimeout: resolved.connectTimeoutMs || perAddressMs,
  };
}

function family(resolved: ResolvedHost): { readonly family?: 4 | 6 } {
  if (resolved.addressFamily === "any") return {};
  return { family: resolved.addressFamily === "inet" ? 4 : 6 };
}

/** Deno throws out of reach of any handler when it may not bind, so ask beforehand. */
async function checkBindPermission({ bindAddress }: ResolvedHost): Promise<void> {
  if (bindAddress === undefined) return;
  const host = bindAddress.includes(":") ? `[${bindAddress}]:0` : `${bindAddress}:0`;
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  throw new ConfigError(
    `BindAddress ${bindAddress} is outside what this program may use`,
    `Start it with --allow-net=${host} as well, or drop BindAddress`,
  );
}
