/** The parts of a request that decide whether it is looked at; names of headers in lower case. */
export interface RequestFacts {
  readonly remoteAddress: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Why a request is not looked at. */
export interface Refusal {
  readonly status: 403 | 421;
  readonly reason: string;
}

/** Any port: a forwarded one may have another number. */
const HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Refuses what no page of this server sends from this machine: another Host (DNS rebinding), another
 * Origin (a page of another server), a cross-site fetch, and a remote address.
 *
 * `mustHaveOrigin`: browsers send an Origin with each WebSocket and each POST.
 */
export function refusalOf(
  { remoteAddress, headers }: RequestFacts,
  { mustHaveOrigin }: { readonly mustHaveOrigin: boolean },
): Refusal | undefined {
  if (!LOOPBACK.test(remoteAddress ?? "")) return { status: 403, reason: "remote address" };
  const { host, origin } = headers;
  if (typeof host !== "string" || !HOST.test(host)) return { status: 421, reason: "host" };
  if (origin === undefined ? mustHaveOrigin : origin !== `http://${host}`) {
    return { status: 403, reason: "origin" };
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return { status: 403, reason: "cross-site" };
  }
  return undefined;
}

/** Headers of every response, with a nonce for the page's own script and styles. */
export function securityHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'self' 'nonce-${nonce}'`,
      `style-src 'self' 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src data:",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // Under no-referrer a browser sends "Origin: null" with a form's POST.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
  };
}
