/** A browser without a screen: it keeps cookies by origin and follows redirects. */
export class PlainBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** The page that a chain of redirects ends at, and its text. */
  async open(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    let at = new URL(url);
    let response = await this.#send(at, init);
    for (let hops = 0; hops < 10 && response.headers.has("location"); hops++) {
      await response.body?.cancel();
      at = new URL(response.headers.get("location")!, at);
      response = await this.#send(at, {});
    }
    return { status: response.status, text: await response.text() };
  }

  /** Sends a form as a page of an origin does. */
  async submit(
    url: string,
    { origin, fields }: {
      readonly origin: string | undefined;
      readonly fields: Readonly<Record<string, string>>;
    },
  ): Promise<{ status: number; text: string }> {
    return await this.open(url, {
      method: "POST",
      headers: origin === undefined ? {} : { origin },
      body: new URLSearchParams(fields),
    });
  }

  async #send(url: URL, init: RequestInit): Promise<Response> {
    const jar = this.#cookies.get(url.origin) ?? new Map<string, string>();
    this.#cookies.set(url.origin, jar);
    const headers = new Headers(init.headers);
    headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value === "") jar.delete(name!);
      else jar.set(name!, value!);
    }
    return response;
  }
}
