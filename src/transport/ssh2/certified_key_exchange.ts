import type { Buffer } from "node:buffer";
import { certificateTypeOf, plainTypeOf } from "../keys/certificate.ts";
import { onKeyExchange } from "./key_exchange_hook.ts";
import type { Ssh2Client, Ssh2KeyExchange } from "./ssh2_client.ts";

/**
 * Brings ssh2 to offer host certificate algorithms and to finish a key exchange with one.
 *
 * ssh2 would refuse the names in its settings, and the signature, which bears the plain
 * algorithm's name. To be called after connect() and before the server's identification is read.
 */
export function offerCertificates(client: Ssh2Client, algorithms: readonly string[]): void {
  const protocol = client._protocol;
  const { lists } = protocol._offer;
  const cs = directionOf(lists.cs);
  const sc = directionOf(lists.sc);
  protocol._offer = new protocol._offer.constructor({
    kex: lists.kex.array,
    serverHostKey: [...algorithms, ...lists.serverHostKey.array],
    cs,
    sc,
  });
  onKeyExchange(protocol, acceptCertificate);
}

type Lists = Ssh2Client["_protocol"]["_offer"]["lists"]["cs"];

function directionOf(lists: Lists): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(lists).map(([kind, { array }]) => [kind, array]));
}

/** ssh2 compares the negotiated name with the key's type, which is "ssh-rsa-cert-…" for all RSA. */
function acceptCertificate(exchange: Ssh2KeyExchange): void {
  const { negotiated } = exchange;
  const algorithm = plainTypeOf(negotiated.serverHostKey);
  if (algorithm === negotiated.serverHostKey) return;
  exchange.signatureAlgorithm = algorithm;
  const keyType = algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
  negotiated.serverHostKey = certificateTypeOf(keyType);
}

/**
 * Lets ssh2 check the exchange's signature with the certified key; to be called when the
 * certificate was parsed, before the key is accepted.
 */
export function useCertifiedKey(client: Ssh2Client, keyBlob: Buffer): void {
  const exchange = client._protocol._kex;
  if (exchange.signatureAlgorithm === undefined) return;
  exchange.negotiated.serverHostKey = exchange.signatureAlgorithm;
  const getPublicKey = exchange.getPublicKey.bind(exchange);
  // finish() asks for our public key after it hashed the certificate and before it verifies.
  exchange.getPublicKey = () => {
    exchange._hostKey = keyBlob;
    return getPublicKey();
  };
}
