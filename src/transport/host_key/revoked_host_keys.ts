import type { Buffer } from "node:buffer";
import { LIST_LIMIT_BYTES, readBoundedFile } from "../../config/bounded_file.ts";
import { HostKeyError } from "../../errors.ts";
import { type Certificate, isCertificateType, parseCertificate } from "../keys/certificate.ts";
import { isWholeKey, keyTypeOf } from "../keys/key_blob.ts";
import { parsePublicLine } from "../keys/key_file.ts";
import { KeyRevocationList, KRL_MAGIC } from "./key_revocation_list.ts";

/** The keys that RevokedHostKeys of ssh_config(5) names. */
export interface RevokedHostKeys {
  /** Where the key or certificate is revoked, such as "FILE:3"; undefined where it is not. */
  placeOf(key: Buffer, certificate: Certificate | undefined): string | undefined;
}

/**
 * Reads the file of RevokedHostKeys: public keys, one a line, or a list of `ssh-keygen -k`.
 *
 * @throws {HostKeyError} When any part of it cannot be read: a revoked key could be in that part.
 */
export async function readRevokedHostKeys(host: string, file: string): Promise<RevokedHostKeys> {
  const bytes = await readBoundedFile(file, LIST_LIMIT_BYTES).catch((cause) => {
    throw uncheckedError(host, { file, why: "cannot be read", cause });
  });
  try {
    return bytes.toString("latin1", 0, KRL_MAGIC.length) === KRL_MAGIC
      ? fromList(new KeyRevocationList(bytes), file)
      : fromLines(bytes.toString(), file);
  } catch (cause) {
    throw uncheckedError(host, { file, why: `is damaged: ${(cause as Error).message}`, cause });
  }
}

function fromList(list: KeyRevocationList, file: string): RevokedHostKeys {
  return {
    placeOf: (key, certificate) => {
      const isRevoked = list.revokesKey(key) ||
        (certificate !== undefined && list.revokesCertificate(certificate));
      return isRevoked ? file : undefined;
    },
  };
}

/** @throws {Error} At a line that is neither a public key nor a comment, as ssh refuses it. */
function fromLines(text: string, file: string): RevokedHostKeys {
  const places = new Map<string, string>();
  for (const [index, line] of text.split("\n").entries()) {
    const start = line.trimStart();
    if (start === "" && !line.includes("\r") || start.startsWith("#")) continue;
    const place = `${file}:${index + 1}`;
    for (const key of keysOf(line, index + 1)) places.set(key.toString("base64"), place);
  }
  return {
    placeOf: (key, certificate) =>
      [key, certificate?.blob, certificate?.authority]
        .map((blob) => blob === undefined ? undefined : places.get(blob.toString("base64")))
        .find((place) => place !== undefined),
  };
}

/** A certificate on a line revokes the key in it, too. */
function keysOf(line: string, number: number): readonly Buffer[] {
  try {
    const blob = parsePublicLine(line);
    if (isCertificateType(keyTypeOf(blob))) return [blob, parseCertificate(blob).keyBlob];
    if (isWholeKey(blob)) return [blob];
  } catch {
    // Reported below with the line's number, and without its words.
  }
  throw new Error(`line ${number} is not a public key`);
}

function uncheckedError(
  host: string,
  { file, why, cause }: { readonly file: string; readonly why: string; readonly cause: unknown },
): HostKeyError {
  return new HostKeyError(
    `The host key of "${host}" cannot be checked: RevokedHostKeys ${file} ${why}`,
    "Correct the file (one public key on each line, or a list of ssh-keygen -k), or set " +
      '"RevokedHostKeys none"',
    { cause },
  );
}
