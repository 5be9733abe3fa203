import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { curveOf, jwkOfBlob, keyTypeOf, unsigned } from "./key_blob.ts";
import { SigningKey } from "./signature.ts";
import { parseOpenSshKey } from "../ssh2/ssh2_client.ts";
import { FieldReader } from "../fields.ts";

/** The content of an identity file. */
export type KeyFile =
  | { readonly kind: "private"; readonly key: SigningKey }
  /** Encrypted; `blob` is the public half where the file tells it. */
  | { readonly kind: "locked"; readonly blob: Buffer | undefined; readonly unlock: Unlock }
  /** Only the public half: an agent may have the other. */
  | { readonly kind: "public"; readonly blob: Buffer }
  | { readonly kind: "unusable"; readonly reason: string };

/** Decrypts; undefined when the passphrase is wrong. */
export type Unlock = (passphrase: string) => SigningKey | undefined;

/** Parses OpenSSH's own format, PEM, PKCS#8, PuTTY's PPK 2 and public key lines. */
export function parseKeyFile(text: string): KeyFile {
  try {
    if (publicLine.test(text)) return { kind: "public", blob: parsePublicLine(text) };
    if (text.includes("BEGIN OPENSSH PRIVATE KEY")) return parseOpenSsh(text);
    if (text.includes("PuTTY-User-Key-File")) return parsePutty(text);
    if (/BEGIN (?:[A-Z]{1,20} ){0,2}PRIVATE KEY/.test(text)) return parsePem(text);
    return { kind: "unusable", reason: "it is no key file" };
  } catch (error) {
    return { kind: "unusable", reason: (error as Error).message };
  }
}

/** The blob of a line of an authorized_keys(5)-like file without options. */
export function parsePublicLine(text: string): Buffer {
  const [, type, encoded] = publicLine.exec(text) ?? [];
  const blob = Buffer.from(encoded ?? "", "base64");
  if (keyTypeOf(blob) !== type) throw new Error("the public key is malformed");
  return blob;
}

const publicLine =
  /^\s*((?:ssh|ecdsa|sk-ssh|sk-ecdsa|webauthn)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;

const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END";

/** The text between the two lines; "" where one is missing. */
function bodyOf(text: string): string {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  const end = text.indexOf(END, begin);
  return begin < BEGIN.length || end < 0 ? "" : text.slice(begin, end);
}

/** PROTOCOL.key of OpenSSH: the public half stands in clear before the encrypted part. */
function parseOpenSsh(text: string): KeyFile {
  const fields = new FieldReader(Buffer.from(bodyOf(text), "base64"));
  fields.raw("openssh-key-v1\0".length);
  const cipher = fields.string();
  fields.bytes();
  fields.bytes();
  fields.uint32();
  const blob = Buffer.from(fields.bytes());
  if (keyTypeOf(blob).startsWith("sk-")) return { kind: "public", blob };
  if (cipher === "none") return { kind: "private", key: decodeOpenSsh(text, blob) };
  return {
    kind: "locked",
    blob,
    unlock: (phrase) => unlockWith(() => decodeOpenSsh(text, blob, phrase)),
  };
}

function decodeOpenSsh(text: string, blob: Buffer, passphrase?: string): SigningKey {
  const pem = parseOpenSshKey(text, passphrase);
  return new SigningKey(
    curveOf(keyTypeOf(blob)) === undefined ? createPrivateKey(pem) : ecKey(pem, blob),
  );
}

/**
 * ssh2 leaves the scalar as the mpint it was, and Deno refuses a SEC1 key whose scalar has not
 * exactly the curve's length; about half of all keys are so. A JWK takes it in the right length.
 */
function ecKey(pem: string, blob: Buffer): KeyObject {
  const curve = curveOf(keyTypeOf(blob))!;
  const scalar = unsigned(scalarOf(Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64")));
  const padded = Buffer.concat([Buffer.alloc(curve.bytes - scalar.length), scalar]);
  const key = { ...jwkOfBlob(blob), d: padded.toString("base64url") };
  return createPrivateKey({ key, format: "jwk" });
}

/** The privateKey field of SEC1's ECPrivateKey: SEQUENCE { INTEGER 1, OCTET STRING, … }. */
function scalarOf(der: Buffer): Buffer {
  const sequenceHead = der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f);
  const start = sequenceHead + 3;
  return der.subarray(start + 2, start + 2 + der[start + 1]!);
}

function parsePem(text: string): KeyFile {
  const encrypted = /ENCRYPTED/.test(text);
  if (!encrypted) return { kind: "private", key: new SigningKey(createPrivateKey(text)) };
  const decrypt = (passphrase: string): SigningKey =>
    new SigningKey(createPrivateKey({ key: text, format: "pem", passphrase }));
  return { kind: "locked", blob: undefined, unlock: (phrase) => unlockWith(() => decrypt(phrase)) };
}

function parsePutty(text: string): KeyFile {
  const decode = (phrase?: string): SigningKey =>
    new SigningKey(createPrivateKey(parseOpenSshKey(text, phrase)));
  if (/^Encryption: none/m.test(text)) return { kind: "private", key: decode() };
  return { kind: "locked", blob: undefined, unlock: (phrase) => unlockWith(() => decode(phrase)) };
}

function unlockWith(decrypt: () => SigningKey): SigningKey | undefined {
  try {
    return decrypt();
  } catch {
    // Every library has its own words for a wrong passphrase, and none has a code for it.
    return undefined;
  }
}
