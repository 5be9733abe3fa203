import assert from "node:assert/strict";
import { resolveHost } from "../../src/config/resolver.ts";
import type { ConfigSources, ResolvedName } from "../../src/config/sources.ts";
import { ConnectError } from "../../src/errors.ts";
import { userConfig } from "./memory_sources.ts";

const names: Readonly<Record<string, ResolvedName>> = {
  "web.b.example.": {},
  "web.b.example": {},
  "alias.b.example.": { canonicalName: "real.c.example" },
  "alias": { canonicalName: "real.c.example" },
};

function sources(config: string): ConfigSources {
  return userConfig(config, { lookUp: (name) => Promise.resolve(names[name]) });
}

async function hostname(config: string, host = "web"): Promise<string> {
  return (await resolveHost({ host }, sources(config))).hostname;
}

const table: readonly (readonly [string, string, string, string])[] = [
  ["does nothing unasked", "web", "CanonicalDomains a.example b.example", "web"],
  [
    "tries the domains in order",
    "web",
    "CanonicalizeHostname yes\nCanonicalDomains a.example b.example",
    "web.b.example",
  ],
  [
    "stops at none",
    "web",
    "CanonicalizeHostname yes\nCanonicalDomains none",
    "web",
  ],
  [
    "falls back to the name as it is",
    "db",
    "CanonicalizeHostname yes\nCanonicalDomains a.example",
    "db",
  ],
  [
    "leaves names with enough dots",
    "web.b",
    "CanonicalizeHostname yes\nCanonicalDomains example\nCanonicalizeMaxDots 0",
    "web.b",
  ],
  [
    "looks an anchored name up as it is",
    "web.b.example.",
    "CanonicalizeHostname yes",
    "web.b.example",
  ],
  [
    "leaves names behind a jump host",
    "web",
    "ProxyJump j\nCanonicalizeHostname yes\nCanonicalDomains b.example",
    "web",
  ],
  [
    "completes names behind a jump host when told always",
    "web",
    "ProxyJump j\nCanonicalizeHostname always\nCanonicalDomains b.example",
    "web.b.example",
  ],
  [
    "follows a permitted CNAME",
    "alias",
    "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizePermittedCNAMEs *.b.example:*.c.example",
    "real.c.example",
  ],
  [
    "does not follow another CNAME",
    "alias",
    "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizePermittedCNAMEs *.x:*.c.example",
    "alias.b.example",
  ],
];

for (const [title, host, config, expected] of table) {
  Deno.test(`resolveHost() with CanonicalizeHostname ${title}`, async () => {
    assert.equal(await hostname(config, host), expected);
  });
}

Deno.test("resolveHost() reads the files again with the canonical name", async () => {
  const config = "CanonicalizeHostname yes\nCanonicalDomains b.example\n" +
    "Host web.b.example\nUser found\nMatch canonical\nPort 2222\n";
  const resolved = await resolveHost({ host: "web" }, sources(config));
  assert.deepEqual([resolved.user, resolved.port], ["found", 2222]);
});

Deno.test("resolveHost() throws ConnectError without CanonicalizeFallbackLocal", async () => {
  const config =
    "CanonicalizeHostname yes\nCanonicalDomains a.example\nCanonicalizeFallbackLocal no";
  await assert.rejects(hostname(config, "db"), ConnectError);
});
