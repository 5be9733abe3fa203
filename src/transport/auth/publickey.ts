import type { Buffer } from "node:buffer";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { signatureAlgorithms } from "../offered_algorithms.ts";
import { certificateTypeOf, plainTypeOf } from "../keys/certificate.ts";
import type { Candidate, SignerAndBlob } from "./identities.ts";
import { isShortRsa, keyTypeOf } from "../keys/key_blob.ts";
import type { AuthReply, UserAuth } from "./userauth.ts";
import { encodeFields, type Field } from "../fields.ts";

/** The result of offering one key: the server's word, or the reason that nothing was sent. */
export type OfferOutcome =
  | { readonly kind: "answered"; readonly reply: AuthReply }
  | { readonly kind: "passed-over"; readonly reason: string };

/**
 * Offers one key and, when the server would take it, signs (RFC 4252 §7).
 *
 * A key that is decrypted already is signed with at once; for others the server is asked first,
 * so that nothing is decrypted and no agent asked for nothing.
 */
export async function offerKey(
  auth: UserAuth,
  resolved: ResolvedHost,
  candidate: Candidate,
): Promise<OfferOutcome> {
  const { blob } = candidate;
  if (blob !== undefined) {
    if (isShortRsa(certifiedKeyOf(candidate, blob), resolved.requiredRsaBits)) {
      return tooShort(resolved);
    }
    const algorithm = pickAlgorithm(blob, resolved, auth.serverSignatureAlgorithms);
    if (algorithm === undefined) return noAlgorithm(blob);
    if (candidate.ready === "when-wanted") {
      const reply = await auth.request("publickey", body(auth, algorithm, { blob, signed: false }));
      if (reply.kind !== "key-acceptable") return { kind: "answered", reply };
    }
  }
  const unlocked = await candidate.signer();
  if (typeof unlocked === "string") return { kind: "passed-over", reason: unlocked };
  return await sign(auth, resolved, { ...unlocked, blob: blob ?? unlocked.blob });
}

async function sign(
  auth: UserAuth,
  resolved: ResolvedHost,
  { signer, blob }: SignerAndBlob,
): Promise<OfferOutcome> {
  if (isShortRsa(blob, resolved.requiredRsaBits)) return tooShort(resolved);
  const algorithm = pickAlgorithm(blob, resolved, auth.serverSignatureAlgorithms);
  if (algorithm === undefined) return noAlgorithm(blob);
  const request = body(auth, algorithm, { blob, signed: true });
  const data = encodeFields(auth.sessionId, { raw: request });
  try {
    // A certificate's signature bears the plain algorithm's name (PROTOCOL.certkeys).
    const name = plainTypeOf(algorithm);
    const signature = await auth.whileAsking(() => signer.sign(data, name));
    const signedRequest = encodeFields({ raw: request }, signature);
    return { kind: "answered", reply: await auth.request("publickey", signedRequest) };
  } catch (error) {
    if (auth.isOver) throw error;
    return { kind: "passed-over", reason: `unable to sign: ${(error as Error).message}` };
  }
}

function body(
  auth: UserAuth,
  algorithm: string,
  key: { readonly blob: Buffer; readonly signed: boolean },
): Buffer {
  const fields: readonly Field[] = [{ boolean: key.signed }, algorithm, key.blob];
  return auth.body("publickey", ...fields);
}

function certifiedKeyOf({ certificate }: Candidate, blob: Buffer): Buffer {
  return certificate?.keyBlob ?? blob;
}

function tooShort({ requiredRsaBits }: ResolvedHost): OfferOutcome {
  const reason = `an RSA key that is too short: RequiredRSASize is ${requiredRsaBits}`;
  return { kind: "passed-over", reason };
}

function noAlgorithm(blob: Buffer): OfferOutcome {
  const reason = `a ${keyTypeOf(blob)} key, whose signatures the server or ` +
    "PubkeyAcceptedAlgorithms does not allow";
  return { kind: "passed-over", reason };
}

/** The signature algorithm for a key or certificate, or none that both sides allow. */
function pickAlgorithm(
  blob: Buffer,
  resolved: ResolvedHost,
  serverAllows: readonly string[] | undefined,
): string | undefined {
  const type = keyTypeOf(blob);
  const plain = plainTypeOf(type);
  const wrap = plain === type ? (name: string) => name : certificateTypeOf;
  const accepted = resolved.pubkeyAcceptedAlgorithms ?? usual;
  if (plain !== "ssh-rsa") return accepted.includes(type) ? type : undefined;
  const names = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]
    .filter((name) => accepted.includes(wrap(name)));
  // Without a word from the server RFC 8332 §3.3 leaves it open; SHA-1 only where it is configured.
  if (serverAllows === undefined) return names.map(wrap).at(names.includes("ssh-rsa") ? -1 : 0);
  return names.filter((name) => serverAllows.includes(name)).map(wrap)[0];
}

/** Security keys sign in an agent. */
const securityKeys = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];
const plainTypes = [...signatureAlgorithms, ...securityKeys];
const usual: readonly string[] = [
  ...plainTypes,
  ...plainTypes.map((name) => certificateTypeOf(name.replace(/@openssh\.com$/, ""))),
];
