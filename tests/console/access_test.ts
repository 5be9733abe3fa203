import assert from "node:assert/strict";
import { refusalOf } from "../../src/console/access.ts";

const HERE = "127.0.0.1";
type Row = readonly [
  what: string,
  headers: Readonly<Record<string, string>>,
  status: number | undefined,
  address?: string,
];

const ROWS: readonly Row[] = [
  ["the page itself", { host: "127.0.0.1:8722" }, undefined],
  ["by name", { host: "localhost:8722" }, undefined],
  ["over IPv6", { host: "[::1]:8722" }, undefined, "::1"],
  ["through a forwarded port", { host: "localhost:9000" }, undefined],
  ["its own fetch", { host: "localhost:1", origin: "http://localhost:1" }, undefined],
  ["DNS rebinding", { host: "evil.example:8722" }, 421],
  ["a name that begins alike", { host: "127.0.0.1.evil.example" }, 421],
  ["a name that ends alike", { host: "evil-localhost:8722" }, 421],
  ["userinfo", { host: "x@127.0.0.1:8722" }, 421],
  ["no Host", {}, 421],
  ["another port's page", { host: "localhost:1", origin: "http://localhost:2" }, 403],
  ["another name's page", { host: "localhost:1", origin: "http://127.0.0.1:1" }, 403],
  ["a page over TLS", { host: "localhost:1", origin: "https://localhost:1" }, 403],
  ["a sandboxed frame", { host: "localhost:1", origin: "null" }, 403],
  ["a cross-site navigation", { host: "localhost:1", "sec-fetch-site": "cross-site" }, 403],
  ["a same-site fetch", { host: "localhost:1", "sec-fetch-site": "same-site" }, 403],
  ["another machine", { host: "localhost:1" }, 403, "192.0.2.7"],
];

Deno.test("refusalOf() lets this machine's own page pass, and nothing else", () => {
  for (const [what, headers, status, remoteAddress = HERE] of ROWS) {
    const refusal = refusalOf({ remoteAddress, headers }, { mustHaveOrigin: false });
    assert.equal(refusal?.status, status, what);
  }
});

Deno.test("refusalOf() wants an Origin of a POST and of a WebSocket", () => {
  const headers = { host: "localhost:1" };
  assert.equal(
    refusalOf({ remoteAddress: HERE, headers }, { mustHaveOrigin: true })?.reason,
    "origin",
  );
});
