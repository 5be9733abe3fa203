import * as z from "zod";
import { parseTarget } from "../../config/target.ts";
import { UnsupportedError } from "../../errors.ts";
import { type Call, targetOf } from "../call.ts";
import { renderText } from "../command/render.ts";
import { type ForwardRow, forwardRow, shownDestination } from "../forward_rows.ts";
import { flag, targetShape } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

const { host, username, port, password, key_filename } = targetShape;

/** Forwards ports of this machine through a host; switched on by MCP_SSH_FORWARD. */
export const forwardPort: Tool = defineTool({
  name: "forward_port",
  title: "Forward a port",
  description: "Listens on 127.0.0.1 of this machine and goes on from the host: to destination, " +
    "or without one as a SOCKS5 proxy. Stays until close=true or until the host's connection is " +
    "closed; list_sessions lists it.",
  input: {
    host,
    username,
    port,
    password,
    key_filename,
    destination: z.string().min(1).describe("host:port as the host sees it").optional(),
    local_port: z.int().min(1).max(65_535).describe("else any that is free").optional(),
    close: flag("off").describe("closes local_port, or all of the host"),
  },
  annotations: COMMAND_ANNOTATIONS,
  run: async (args, call) => {
    const { forwardings } = call.services;
    if (forwardings === undefined) throw switchedOff();
    const open = await forwardings();
    if (args.close) {
      const { alias } = parseTarget({ host: args.host });
      const closed = await open.close(alias, args.local_port);
      return renderText(closed.map((facts) => `Closed ${wordsOf(forwardRow(facts))}`).join("\n"));
    }
    const { parseDestination } = await import("../../forward/destination.ts");
    const to = args.destination === undefined ? undefined : parseDestination(args.destination);
    const check = await checkOf(call);
    call.services.policy.check(args);
    if (to !== undefined) check(to);
    const registry = await call.services.registry();
    const shared = await registry.connection(targetOf(args), { signal: call.signal });
    call.audit({ user: shared.host.user, to: to === undefined ? "socks5" : shownDestination(to) });
    const facts = await open.open({
      host: shared.host.host,
      connection: shared.connection,
      listenPort: args.local_port ?? 0,
      to,
      check,
    });
    const note = shared.takeNote();
    const more = note === undefined ? "" : `\n${note}`;
    return renderText(`Forwarding ${wordsOf(forwardRow(facts))}${more}`);
  },
});

/** Destinations are bound by the policy of hosts; the host's own loopback is the host. */
async function checkOf(call: Call): Promise<(to: { readonly hostname: string }) => void> {
  const { isOwnLoopback } = await import("../../forward/destination.ts");
  return ({ hostname }) => {
    if (isOwnLoopback(hostname)) return;
    call.services.policy.check({ host: hostname.includes(":") ? `[${hostname}]` : hostname });
  };
}

function wordsOf({ listen, to, host: through }: ForwardRow): string {
  const where = to === "socks5" ? "to wherever SOCKS5 clients say" : `to ${to}`;
  return `${listen} ${where}, through ${through}`;
}

function switchedOff(): UnsupportedError {
  return new UnsupportedError(
    "This server forwards no ports",
    "Who starts it can set MCP_SSH_FORWARD=1",
  );
}
