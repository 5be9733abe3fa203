import { systemClock } from "../../src/clock.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import {
  type ConnectOptions,
  Connector,
  type ConnectorOptions,
} from "../../src/transport/connector.ts";
import type { Channel, Connection } from "../../src/transport/transport.ts";
import type { Sshd } from "../support/sshd.ts";

/** A target of 127.0.0.1 as the resolver would make it of an empty ssh_config. */
export function target(over: Partial<ResolvedHost> & { readonly port: number }): ResolvedHost {
  return {
    host: "testhost",
    hostname: "127.0.0.1",
    user: "nobody",
    addressFamily: "any",
    connectTimeoutMs: 0,
    connectionAttempts: 1,
    tcpKeepAlive: true,
    serverAliveIntervalMs: 15_000,
    serverAliveCountMax: 3,
    strictHostKeyChecking: "yes",
    userKnownHostsFiles: ["/nonexistent/known_hosts"],
    globalKnownHostsFiles: [],
    checkHostIp: false,
    requiredRsaBits: 1024,
    caSignatureAlgorithms: ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"],
    preferredAuthentications: ["publickey", "keyboard-interactive", "password"],
    identitiesOnly: true,
    identityFiles: [],
    certificateFiles: [],
    asksPerson: true,
    environment: {},
    proxyJump: [],
    hidden: [],
    warnings: [],
    unavailable: [],
    settings: [],
    ...over,
  };
}

/** The target that {@link Sshd} is, with its user, key and known_hosts. */
export function targetOf(sshd: Sshd, over: Partial<ResolvedHost> = {}): ResolvedHost {
  return target({
    port: sshd.port,
    user: sshd.user,
    userKnownHostsFiles: [sshd.knownHostsPath],
    identityFiles: [{ path: sshd.keyPath, named: true }],
    ...over,
  });
}

/** Connects with the machine's clock and nothing kept from before. */
export function open(
  resolved: ResolvedHost,
  options: ConnectOptions & Partial<ConnectorOptions> = {},
): Promise<Connection> {
  return new Connector({ clock: systemClock, ...options }).connect(resolved, options);
}

/** All of a channel's output as text. */
export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** Output, error output and end of one command. */
export async function run(connection: Connection, command: string): Promise<{
  readonly output: string;
  readonly errors: string;
  readonly exit: Awaited<Channel["exit"]>;
}> {
  await using channel = await connection.exec(command);
  const [output, errors] = await Promise.all([
    textOf(channel.output),
    textOf(channel.errorOutput),
  ]);
  return { output, errors, exit: await channel.exit };
}

/** UTF-8 of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
