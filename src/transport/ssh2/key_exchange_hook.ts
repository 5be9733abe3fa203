import type { Ssh2Client, Ssh2KeyExchange, Ssh2Protocol } from "./ssh2_client.ts";

/** SSH_MSG_IGNORE, SSH_MSG_UNIMPLEMENTED and SSH_MSG_DEBUG (RFC 4253 §11). */
const MEANINGLESS: readonly (number | undefined)[] = [2, 3, 4];

/**
 * Calls back with each key exchange that ssh2 begins, right after both sides' offers were compared,
 * and with the one before it; several may listen.
 */
export function onKeyExchange(
  protocol: Ssh2Protocol,
  listener: (exchange: Ssh2KeyExchange, before: Ssh2KeyExchange | undefined) => void,
): void {
  const others = Object.getOwnPropertyDescriptor(protocol, "_kex")?.set;
  let current: Ssh2KeyExchange | undefined = protocol._kex;
  Object.defineProperty(protocol, "_kex", {
    configurable: true,
    get: () => current,
    set: (exchange: Ssh2KeyExchange): void => {
      const before = current;
      current = exchange;
      others?.call(protocol, exchange);
      listener(exchange, before);
    },
  });
}

/**
 * Lets messages without meaning pass while keys are exchanged anew, which RFC 4253 §7.1 allows.
 *
 * Strict key exchange forbids them in the first exchange alone (OpenSSH's PROTOCOL §1.9); ssh2 does
 * so in all of them. sshd answers each input to a pty without echo with SSH_MSG_IGNORE, so that a
 * command typed at the wrong moment cost the connection.
 */
export function allowIgnoreInRekey({ _protocol: protocol }: Ssh2Client): void {
  // ssh2 has just given the packets of this exchange to its own handler.
  onKeyExchange(protocol, (_exchange, before) => {
    if (before !== undefined) passOver(protocol._decipher);
  });
}

function passOver(decipher: Ssh2Protocol["_decipher"]): void {
  const take = decipher._onPayload;
  decipher._onPayload = (payload) => MEANINGLESS.includes(payload[0]) ? undefined : take(payload);
}
