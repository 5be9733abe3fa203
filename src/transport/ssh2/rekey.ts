import { onKeyExchange } from "./key_exchange_hook.ts";
import type { Ssh2Protocol } from "./ssh2_client.ts";

/** SSH_MSG_IGNORE, SSH_MSG_UNIMPLEMENTED and SSH_MSG_DEBUG (RFC 4253 §11). */
const meaningless: readonly (number | undefined)[] = [2, 3, 4];

/**
 * Lets messages without meaning pass while keys are exchanged anew, which RFC 4253 §7.1 allows.
 *
 * Strict key exchange forbids them in the first exchange alone (OpenSSH's PROTOCOL §1.9); ssh2 does
 * so in all of them. sshd answers each input to a pty without echo with SSH_MSG_IGNORE, so that a
 * command typed at the wrong moment cost the connection.
 */
export function allowIgnoreInRekey(protocol: Ssh2Protocol): void {
  // ssh2 has just given the packets of this exchange to its own handler.
  onKeyExchange(protocol, (_exchange, before) => {
    if (before !== undefined) passOver(protocol._decipher);
  });
}

function passOver(decipher: Ssh2Protocol["_decipher"]): void {
  const take = decipher._onPayload;
  decipher._onPayload = (payload) => meaningless.includes(payload[0]) ? undefined : take(payload);
}
