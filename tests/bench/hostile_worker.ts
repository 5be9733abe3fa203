/// <reference lib="deno.worker" />
import { type HostileServer, startHostileServer } from "../hostile/hostile_server.ts";
import { ATTACKS, SFTP_ATTACKS } from "../hostile/hostilities.ts";

/** A request to the worker about one of the attacks, by its number. */
export interface HostileRequest {
  readonly kind: "start" | "cut";
  readonly attack: number;
}

const servers = new Map<number, HostileServer>();

self.onmessage = async ({ data: { kind, attack } }: MessageEvent<HostileRequest>) => {
  if (kind === "cut") return servers.get(attack)?.cut();
  const server = await startHostileServer([...ATTACKS, ...SFTP_ATTACKS][attack]!.hostility);
  servers.set(attack, server);
  self.postMessage(server.port);
};
