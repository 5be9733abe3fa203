import {
  type McpServer,
  type ReadResourceResult,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { makeVisible } from "../terminal/visible.ts";
import { SshError } from "../errors.ts";
import type { Services } from "./call.ts";
import { listedAliases, throwIfClosed } from "./listed_hosts.ts";

const HOSTS_URI = "ssh-config://hosts";
const COMPLETIONS = 100;

/** Offers the aliases of ssh_config as a resource, each host's settings, and completions. */
export function registerHostResources(server: McpServer, services: Services): void {
  const { hosts, concealer } = services;
  const contents = (uri: string, text: string, host?: string): ReadResourceResult => ({
    contents: [{ uri, mimeType: "text/plain", text: shown(text, host) }],
  });
  const shown = (text: string, host?: string): string =>
    makeVisible(concealer.conceal(text, host)).text;
  server.registerResource("hosts", HOSTS_URI, {
    title: "SSH hosts",
    description: "Host aliases of the user's ssh_config, one per line",
    mimeType: "text/plain",
  }, async () => contents(HOSTS_URI, (await listedAliases(services)).join("\n")));
  const template = new ResourceTemplate(`${HOSTS_URI}/{host}`, {
    list: undefined,
    complete: { host: (typed) => completions(services, typed) },
  });
  server.registerResource("host", template, {
    title: "Settings of an SSH host",
    description: "What ssh_config makes of one host, in the form of ssh -G",
    mimeType: "text/plain",
  }, async (uri, { host }) => {
    const alias = decoded(String(host));
    try {
      await throwIfClosed(alias, services);
      return contents(uri.href, await hosts.describe(alias), alias);
    } catch (error) {
      if (error instanceof SshError) {
        throw new Error(shown(`${error.message}; ${error.advice}`, alias));
      }
      throw error;
    }
  });
}

/** A URI carries what is not ASCII, and `%`, percent-encoded (RFC 3986 §2.1). */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Aliases that begin with what was typed, then those that contain it. */
async function completions(services: Services, typed: string): Promise<string[]> {
  const wanted = typed.toLowerCase();
  const all = (await listedAliases(services)).filter((alias) =>
    alias.toLowerCase().includes(wanted)
  );
  const begins = (alias: string): boolean => alias.toLowerCase().startsWith(wanted);
  const ordered = [...all.filter(begins), ...all.filter((alias) => !begins(alias))];
  return ordered.slice(0, COMPLETIONS);
}
