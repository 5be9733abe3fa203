import type { Certificate } from "../keys/certificate.ts";
import { isShortRsa, MINIMUM_RSA_BITS } from "../keys/key_blob.ts";
import { isSignedBy, signatureAlgorithmOf } from "../keys/signature_check.ts";

/** The facts that a host certificate is checked against. */
export interface CertificateCheck {
  /** HostKeyAlias, or the name that is connected to, without port. */
  readonly name: string;
  /** Keys of the @cert-authority lines that cover the host. */
  readonly authorities: readonly Uint8Array[];
  /** CASignatureAlgorithms: signatures of an authority that count. */
  readonly signatureAlgorithms: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * The fault of a host certificate, as ssh(1) checks it; undefined when it vouches for its
 * key (PROTOCOL.certkeys of OpenSSH).
 */
export function certificateFault(
  certificate: Certificate,
  { name, authorities, signatureAlgorithms, nowMs }: CertificateCheck,
): string | undefined {
  const now = BigInt(Math.floor(nowMs / 1000));
  const { principals } = certificate;
  if (!authorities.some((key) => certificate.authority.equals(key))) {
    return "no @cert-authority line that covers the host has its authority's key";
  }
  if (isShortRsa(certificate.authority, MINIMUM_RSA_BITS)) {
    return "its authority's key is too short";
  }
  if (!isSignedBy(certificate.authority, certificate.signed, certificate.signature)) {
    return "its authority's signature is wrong, or made with SHA-1";
  }
  const signedBy = signatureAlgorithmOf(certificate.signature);
  if (!signatureAlgorithms.includes(signedBy)) {
    return `CASignatureAlgorithms does not allow its authority's ${signedBy} signature`;
  }
  if (certificate.kind !== "host") return "it is not for a host";
  if (now < certificate.validAfter) return "it is not valid yet";
  if (now >= certificate.validBefore) return "it has expired";
  if (certificate.criticalOptions.length > 0) return "it has critical options";
  // A principal is a name, never a pattern (sshkey_cert_check_host of OpenSSH 9.2).
  if (principals.length > 0 && !principals.includes(name)) {
    return "it is for other names";
  }
  return undefined;
}
