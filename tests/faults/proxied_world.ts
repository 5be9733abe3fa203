import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";

/** A host behind a proxy that can break the way to it, and the program under test. */
export interface ProxiedWorld extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly proxy: TcpProxy;
  readonly server: ServerUnderTest;
}

/** A silent host is given up after 2 s, and one that does not answer a connection after one. */
export const IMPATIENT: readonly string[] = [
  "ServerAliveInterval 1",
  "ServerAliveCountMax 2",
  "ConnectTimeout 1",
];

/** Starts an sshd, a proxy before it, and the server, which knows the proxy by the default alias. */
export async function startProxiedWorld(options: SshdOptions = {}): Promise<ProxiedWorld> {
  await using stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd({ clientConfig: IMPATIENT, ...options }));
  const proxy = stack.use(await TcpProxy.start(sshd.port));
  await leadThrough(proxy, sshd);
  const server = stack.use(await startServer({ env: sshd.environment() }));
  const moved = stack.move();
  return { sshd, proxy, server, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** Lets the alias of an sshd lead to the proxy, under the host key of the sshd. */
async function leadThrough(proxy: TcpProxy, sshd: Sshd): Promise<void> {
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  const lines = `Port ${proxy.port}\n  HostKeyAlias [127.0.0.1]:${sshd.port}`;
  await Deno.writeTextFile(sshd.sshConfigPath, config.replace(`Port ${sshd.port}`, lines));
}
