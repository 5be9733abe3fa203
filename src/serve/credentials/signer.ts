import { importJWK, type JWK, SignJWT } from "jose";
import { AuthenticationError } from "../../errors.ts";
import type { SignerSettings } from "../settings.ts";

/** A public key that is to be certified, and for whom. */
export interface SignRequest {
  /** RFC 4253 §6.6, in base64. */
  readonly publicKey: string;
  /** Stands in sshd's log. */
  readonly keyId: string;
  readonly principal: string;
}

/** Makes a certificate of a public key: its blob in base64 (PROTOCOL.certkeys of OpenSSH). */
export type Sign = (request: SignRequest) => Promise<string>;

const LIMIT_MS = 4_000;
const ANSWER_CHARS = 64 * 1024;
const SHOWN_CHARS = 300;
/** Extensions that a shell and forwarded ports need. */
const EXTENSIONS = { "permit-pty": "", "permit-port-forwarding": "" };

/** The authority that the settings name. */
export function signerOf(settings: SignerSettings): Sign {
  return settings.kind === "vault"
    ? (request) => signByVault(request, settings)
    : (request) => signByStepCa(request, settings);
}

/** `POST /v1/MOUNT/sign/ROLE` of Vault and OpenBao. */
async function signByVault(request: SignRequest, settings: SignerSettings): Promise<string> {
  const { data } = await post(settings.url, {
    public_key: `ssh-ed25519 ${request.publicKey}`,
    valid_principals: request.principal,
    key_id: request.keyId,
    ttl: `${settings.ttlS}s`,
    cert_type: "user",
    extensions: EXTENSIONS,
  }, { "x-vault-token": await tokenOf(settings) });
  const [, blob] = String(Object(data).signed_key).trim().split(/\s+/);
  if (blob === undefined) throw refusal(settings.url, "without a certificate");
  return blob;
}

/** `POST /1.0/ssh/sign` of step-ca, with a one-time token of a JWK provisioner. */
async function signByStepCa(request: SignRequest, settings: SignerSettings): Promise<string> {
  const url = new URL("/1.0/ssh/sign", settings.url);
  const { publicKey, keyId, principal } = request;
  const asked = {
    certType: "user",
    keyID: keyId,
    principals: [principal],
    validBefore: `${settings.ttlS}s`,
  };
  const jwk = JSON.parse(await tokenOf(settings)) as JWK;
  const alg = jwk.alg ?? "ES256";
  const ott = await new SignJWT({ step: { ssh: asked } })
    .setProtectedHeader({ alg, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
    .setIssuer(settings.provisioner)
    .setAudience(url.href)
    .setSubject(keyId)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setNotBefore("0s")
    .setExpirationTime("5m")
    .sign(await importJWK(jwk, alg));
  const { crt } = await post(url, { ...asked, publicKey, ott }, {});
  if (typeof crt !== "string") throw refusal(settings.url, "without a certificate");
  return crt;
}

async function post(
  url: URL,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: "POST",
    redirect: "error",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch((error) => {
    throw refusal(url, `not: ${error instanceof Error ? error.message : String(error)}`);
  });
  const text = (await response.text()).slice(0, ANSWER_CHARS);
  if (!response.ok) {
    throw refusal(url, `${response.status}: ${text.replace(/\s+/g, " ").slice(0, SHOWN_CHARS)}`);
  }
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw refusal(url, "in no JSON");
  }
}

async function tokenOf({ token }: SignerSettings): Promise<string> {
  return typeof token === "string" ? token : (await Deno.readTextFile(token.file)).trim();
}

function refusal(url: URL, seen: string): AuthenticationError {
  return new AuthenticationError(
    `no certificate: the signer ${url.host} answers ${seen}`,
    "Ask whoever runs this server; MCP_SSH_SIGNER names the signer",
  );
}
