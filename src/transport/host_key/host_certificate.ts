import { matchPattern } from "../../config/ssh_config/pattern.ts";
import type { Certificate } from "../keys/certificate.ts";
import { isSignedBy } from "../keys/signature_check.ts";

/** What a host certificate is judged by. */
export interface CertificateCheck {
  /** HostKeyAlias, or the name that is connected to, without port. */
  readonly name: string;
  /** Keys of the @cert-authority lines that cover the host. */
  readonly authorities: readonly Uint8Array[];
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * What is wrong with a host certificate, as ssh(1) checks it; undefined when it vouches for its
 * key (PROTOCOL.certkeys of OpenSSH).
 */
export function certificateFault(
  certificate: Certificate,
  { name, authorities, nowMs }: CertificateCheck,
): string | undefined {
  const now = BigInt(Math.floor(nowMs / 1000));
  const { principals } = certificate;
  if (!authorities.some((key) => certificate.authority.equals(key))) {
    return "no @cert-authority line that covers the host has its authority's key";
  }
  if (!isSignedBy(certificate.authority, certificate.signed, certificate.signature)) {
    return "its authority's signature is wrong, or made with SHA-1";
  }
  if (certificate.kind !== "host") return "it is not for a host";
  if (now < certificate.validAfter) return "it is not valid yet";
  if (now >= certificate.validBefore) return "it has expired";
  if (certificate.criticalOptions.length > 0) return "it has critical options";
  if (principals.length > 0 && !principals.some((one) => matchPattern(name, one))) {
    return "it is for other names";
  }
  return undefined;
}
