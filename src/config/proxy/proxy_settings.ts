import { SshError } from "../../errors.ts";
import { hideSecret, sortHidden } from "../overrides.ts";
import type { Endpoint, Proxy, ResolvedHost } from "../resolved_host.ts";
import { type Environment, expandTilde, expandTokens } from "../ssh_config/expand.ts";
import type { Settings } from "../ssh_config/settings.ts";
import { operatorProxy } from "./operator_proxy.ts";
import { refuseProgram } from "./program_advice.ts";
import { readProxyCommand } from "./proxy_command.ts";
import type { SshHop } from "./route.ts";

/** The settings of ssh_config and the operator about the way to a host. */
export interface ProxySettings {
  readonly host: ResolvedHost;
  /** The jump host that a ProxyCommand goes through, still to be resolved. */
  readonly hop?: SshHop;
  /** "file:line" of the ProxyCommand. */
  readonly place: string;
}

/** With what the way is read. */
export interface ProxyContext {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly home: string;
  readonly homes: ReadonlyMap<string, string>;
}

/**
 * Adds to a host the proxy or the endpoint of its ProxyCommand, or the proxy of MCP_SSH_PROXY; a
 * command that needs a program becomes its refusal.
 */
export function withProxySettings(host: ResolvedHost, context: ProxyContext): ProxySettings {
  const { settings } = context;
  const place = settings.place("proxycommand") ?? "";
  const command = settings.value("proxycommand");
  try {
    if (command !== undefined) return readCommand(host, command, { ...context, place });
    if (settings.value("proxyjump") !== undefined) return { host, place };
    const proxy = operatorProxy([host.host, host.hostname], context.environment);
    return { host: proxy === undefined ? host : withProxy(host, proxy), place };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { host: { ...host, refusal: host.refusal ?? error }, place };
  }
}

function readCommand(
  host: ResolvedHost,
  command: string,
  { environment, home, homes, place }: ProxyContext & { readonly place: string },
): ProxySettings {
  const tokens = {
    h: host.hostname,
    k: host.hostKeyAlias ?? host.host,
    n: host.host,
    p: String(host.port),
    r: host.user,
  };
  const expand = (text: string): string => expandTokens(text, tokens);
  const route = readProxyCommand(command, { environment, expand });
  switch (route.kind) {
    case "program":
      return { host: refused(host, refuseProgram(route, { host: host.host, place })), place };
    case "direct":
      return { host: withEndpoint(host, route.to), place };
    case "jump":
      return { host: withEndpoint(host, route.to), hop: route.hop, place };
    case "proxy": {
      const { loginFile, ...proxy } = route.proxy;
      const file = loginFile === undefined
        ? {}
        : { loginFile: expandTilde(loginFile, { home, homes }) };
      return { host: withProxy(withEndpoint(host, route.to), { ...proxy, ...file }), place };
    }
  }
}

function refused(host: ResolvedHost, refusal: SshError): ResolvedHost {
  return { ...host, refusal: host.refusal ?? refusal };
}

function withProxy(host: ResolvedHost, proxy: Proxy): ResolvedHost {
  return { ...host, proxy, hidden: sortHidden([...host.hidden, hideSecret(proxy.password)]) };
}

/** Only where it is another than the host's own. */
function withEndpoint(host: ResolvedHost, endpoint: Endpoint): ResolvedHost {
  const isOwn = endpoint.hostname === host.hostname && endpoint.port === host.port;
  return isOwn ? host : { ...host, endpoint };
}
