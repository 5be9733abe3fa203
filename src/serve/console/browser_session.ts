import type { Clock } from "../../clock.ts";
import type { SealedBoxes } from "../cluster/sealed.ts";

/** Names of the cookies: of a login that a browser has begun, and of one that it has. */
export type CookieName = "mcp_ssh_login" | "mcp_ssh_console";

const COOKIE_CHARS = 4_096;

/** The state that a browser keeps for this server: sealed, so that any replica can read it and nobody else. */
export class BrowserCookies {
  readonly #clock: Clock;
  readonly #boxes: SealedBoxes;
  readonly #flags: string;

  /** `isSecure`: the browser reaches this server by TLS. */
  constructor(clock: Clock, boxes: SealedBoxes, isSecure: boolean) {
    this.#clock = clock;
    this.#boxes = boxes;
    // Lax: the issuer's page sends the browser back here.
    this.#flags = `HttpOnly; SameSite=Lax; Path=/console${isSecure ? "; Secure" : ""}`;
  }

  /** The value of Set-Cookie; data that are good for so long. */
  async write(name: CookieName, data: unknown, seconds: number): Promise<string> {
    const until = this.#clock.date() + seconds * 1000;
    const box = await this.#boxes.seal({ until, data }, boundTo(name));
    const value = box.toBase64({ alphabet: "base64url", omitPadding: true });
    return `${name}=${value}; Max-Age=${seconds}; ${this.#flags}`;
  }

  /** The value of Set-Cookie that takes it away. */
  drop(name: CookieName): string {
    return `${name}=; Max-Age=0; ${this.#flags}`;
  }

  /** The data of a request's cookie; undefined where it has none that is good. */
  async read(name: CookieName, request: Request): Promise<unknown> {
    const cookies = (request.headers.get("cookie") ?? "").split(";").map((one) => one.trim());
    const text = cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
    const box = text.length > COOKIE_CHARS ? undefined : decoded(text);
    if (box === undefined) return undefined;
    const { until, data } = Object(await this.#boxes.open(box, boundTo(name))) as Record<
      string,
      unknown
    >;
    return typeof until === "number" && until > this.#clock.date() ? data : undefined;
  }
}

function boundTo(name: CookieName): string {
  return `cookie ${name}`;
}

function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
