import { acceptLongPackets, releaseCiphers } from "./ciphers.ts";
import { gatherIdentification } from "./identification.ts";
import { allowIgnoreInRekey } from "./key_exchange_hook.ts";
import { reusePackets } from "./reused_packets.ts";
import { takeOverGlobalRequests } from "./protocol_access.ts";
import type { Ssh2Client } from "./ssh2_client.ts";

/** One fault of ssh2 that this folder works around. */
export interface Repair {
  /** File of this folder that holds it. */
  readonly file: string;
  readonly symptom: string;
  /** The change of ssh2 that would make the repair unnecessary. */
  readonly until: string;
  /** Repairs the library's classes, once a process. */
  readonly everywhere?: () => void;
  /** Repairs one client, after connect() and before its stream is read. */
  readonly each?: (client: Ssh2Client) => void;
}

/** The version of ssh2 that all of {@link REPAIRS} was written for and tried on. */
export const REPAIRED_VERSION = "1.17.0";

/** Every repair of ssh2, in the order in which they apply. */
export const REPAIRS: readonly Repair[] = [
  {
    file: "stream_ciphers.ts",
    symptom: "each ChaCha20 packet leaves 0.9 KB of native memory behind",
    until: "it calls final() on the ciphers it makes for a packet",
  },
  {
    file: "ciphers.ts",
    symptom: "packets over 35,000 bytes, which OpenSSH sends, end the connection",
    until: "its limit of a packet is a setting",
    everywhere: acceptLongPackets,
  },
  {
    file: "ciphers.ts",
    symptom: "each connection and rekeying leaves two AES ciphers behind",
    until: "free() ends the cipher in the form without native parts",
    everywhere: releaseCiphers,
  },
  {
    file: "coalesced_writes.ts",
    symptom: "three segments a packet, and packets that spoil each other inside a tunnel",
    until: "it writes a packet as one piece",
  },
  {
    file: "reused_packets.ts",
    symptom: "each packet of bulk data is new memory, which takes longer than its encryption",
    until: "it encrypts in place, or in a buffer that is used again",
    each: reusePackets,
  },
  {
    file: "identification.ts",
    symptom: "an identification that arrives in three pieces loses its middle",
    until: "its parser of the header keeps every piece",
    each: gatherIdentification,
  },
  {
    file: "key_exchange_hook.ts",
    symptom: "SSH_MSG_IGNORE while keys are exchanged anew ends the connection",
    until: "strict key exchange forbids it in the first exchange alone",
    each: allowIgnoreInRekey,
  },
  {
    file: "protocol_access.ts",
    symptom: "an announced host key of a type it does not know ends the connection",
    until: "it ignores hostkeys-00@openssh.com that nobody listens to",
    each: takeOverGlobalRequests,
  },
  {
    file: "certified_key_exchange.ts",
    symptom: "host certificates cannot be negotiated",
    until: "it supports the *-cert-v01@openssh.com host key algorithms",
  },
  {
    file: "session_request.ts",
    symptom: "opening a session costs a round trip for each of its requests",
    until: "it sends the requests of a channel without waiting for each reply",
  },
  {
    file: "client_watch.ts",
    symptom: "a killed server closes without an error, a stream through a dead host never",
    until: "close always comes, and carries the reason",
  },
];

for (const { everywhere } of REPAIRS) everywhere?.();

/** Applies the repairs that each client needs, right after its connect(). */
export function repairClient(client: Ssh2Client): void {
  for (const { each } of REPAIRS) each?.(client);
}
