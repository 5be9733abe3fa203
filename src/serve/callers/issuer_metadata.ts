/** Whether a token is good cannot be found out now. */
export class IssuerUnreachableError extends Error {}

/** How long the issuer may take for an answer. */
export const FETCH_MS = 3_000;
const DOCUMENT_BYTES = 1024 * 1024;

/** The metadata that an issuer publishes (RFC 8414 §2), as it came. */
export type IssuerMetadata = Readonly<Record<string, unknown>>;

/**
 * Fetches an issuer's metadata (RFC 8414 §3.1 and OpenID Connect Discovery §4).
 *
 * @throws {IssuerUnreachableError}
 */
export async function fetchIssuerMetadata(issuer: URL): Promise<IssuerMetadata> {
  const path = issuer.pathname.replace(/\/$/, "");
  const places = [
    `/.well-known/oauth-authorization-server${path}`,
    `${path}/.well-known/openid-configuration`,
    `/.well-known/openid-configuration${path}`,
  ];
  let seen: unknown;
  for (const place of places) {
    try {
      return await metadataAt(new URL(place, issuer), issuer);
    } catch (error) {
      seen = error;
    }
  }
  throw new IssuerUnreachableError(`Metadata of ${issuer.href} cannot be fetched: ${seen}`);
}

/** As written, with and without the slash that a URL has and an issuer's name often has not. */
export function issuerTexts({ href }: URL): string[] {
  return href.endsWith("/") ? [href, href.slice(0, -1)] : [href];
}

async function metadataAt(place: URL, issuer: URL): Promise<IssuerMetadata> {
  const response = await fetch(place, {
    signal: AbortSignal.timeout(FETCH_MS),
    headers: { accept: "application/json" },
  });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`${place.href} answers ${response.status}`);
  const document = Object(JSON.parse(text)) as IssuerMetadata;
  const name = String(document["issuer"]);
  if (!issuerTexts(issuer).includes(name)) {
    throw new Error(`${place.href} is of another issuer: ${name.slice(0, 200)}`);
  }
  return document;
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES) throw new Error(`${response.url} is too long`);
    parts.push(chunk);
  }
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
}
