import type { Clock } from "../clock.ts";

/** The name of the cookie. */
export const COOKIE = "mcp_ssh_console";
/** How long a browser stays logged in, in seconds. */
export const LOGIN_SECONDS = 30 * 24 * 3600;
const TRIES = 5;
const TRIES_MS = 60_000;

/** The credentials that a browser gets for the right key. */
export interface BrowserLogin {
  /** Sent by the browser with each request, whatever the port: cookies know none. */
  readonly cookie: string;
  /** Kept by the page, which no other port's page can read; needed beside the cookie. */
  readonly proof: string;
}

/** The answer to a key. */
export type KeyAnswer =
  | { readonly kind: "right"; readonly login: BrowserLogin }
  | { readonly kind: "wrong" }
  | { readonly kind: "too-many" };

/**
 * The browsers that may use the console: those in which the key was entered.
 *
 * A cookie is a time and a nonce with their HMAC under a key made of the console's; nothing is kept,
 * so a login outlives a restart and ends when the key is changed.
 */
export class BrowserLogins {
  readonly #key: string;
  readonly #clock: Clock;
  readonly #signingKey: Promise<CryptoKey>;
  #wrongAt: number[] = [];

  constructor(key: string, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
    const isExtractable = false;
    this.#signingKey = crypto.subtle.importKey(
      "raw",
      bytesOf(key),
      { name: "HMAC", hash: "SHA-256" },
      isExtractable,
      ["sign", "verify"],
    );
  }

  /** After five wrong keys in a minute none is looked at, right or wrong. */
  async enter(key: string): Promise<KeyAnswer> {
    const now = this.#clock.now();
    this.#wrongAt = this.#wrongAt.filter((at) => now - at < TRIES_MS);
    if (this.#wrongAt.length >= TRIES) return { kind: "too-many" };
    // Before the comparison, which lets other requests in between.
    this.#wrongAt.push(now);
    if (!await isSame(key, this.#key)) return { kind: "wrong" };
    this.#wrongAt = this.#wrongAt.filter((at) => at !== now);
    const value = `${Math.floor(this.#clock.date())}.${crypto.randomUUID()}`;
    const cookie = `${value}.${await this.#sign(`cookie ${value}`)}`;
    return { kind: "right", login: { cookie, proof: await this.#sign(`proof ${value}`) } };
  }

  /** Whether a Cookie header holds a login. */
  async isLoggedIn(header: string | undefined): Promise<boolean> {
    return await this.#valueOf(header) !== undefined;
  }

  /** Whether a Cookie header holds a login, and the page has the proof that belongs to it. */
  async isProven(header: string | undefined, proof: unknown): Promise<boolean> {
    const value = await this.#valueOf(header);
    return value !== undefined && typeof proof === "string" &&
      await this.#verify(`proof ${value}`, proof);
  }

  /** The signed value of a login that is not too old. */
  async #valueOf(header: string | undefined): Promise<string | undefined> {
    const cookies = (header ?? "").split(";").map((cookie) => cookie.trim());
    const cookie = cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const [time, nonce, signature, ...rest] = (cookie ?? "").split(".");
    if (signature === undefined || rest.length > 0) return undefined;
    const ageMs = this.#clock.date() - Number(time);
    if (!(ageMs >= -TRIES_MS && ageMs < LOGIN_SECONDS * 1000)) return undefined;
    const value = `${time}.${nonce}`;
    return await this.#verify(`cookie ${value}`, signature) ? value : undefined;
  }

  async #sign(text: string): Promise<string> {
    const signature = await crypto.subtle.sign("HMAC", await this.#signingKey, bytesOf(text));
    return new Uint8Array(signature).toHex();
  }

  async #verify(text: string, signature: string): Promise<boolean> {
    if (!/^[0-9a-f]{64}$/.test(signature)) return false;
    const bytes = Uint8Array.fromHex(signature);
    return await crypto.subtle.verify("HMAC", await this.#signingKey, bytes, bytesOf(text));
  }
}

/** In a time that tells nothing of where they differ. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map(async (text) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text)))
    ),
  );
  return a!.reduce((difference, byte, index) => difference | (byte ^ b![index]!), 0) === 0;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
