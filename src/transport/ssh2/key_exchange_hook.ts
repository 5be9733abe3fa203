import type { Ssh2KeyExchange, Ssh2Protocol } from "./ssh2_client.ts";

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
