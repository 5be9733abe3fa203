import assert from "node:assert/strict";
import { identityOf, sessionKeyOf, trustScope } from "../../src/config/identity.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import type { Target } from "../../src/config/target.ts";
import { target } from "../transport/targets.ts";
import { userConfig } from "./memory_sources.ts";

const base = target({ port: 22 });

/** Another value for each member that decides something, by what it decides. */
const trusted: readonly Partial<ResolvedHost>[] = [
  { host: "TestHost" },
  { hostname: "127.0.0.2" },
  { port: 23 },
  { addressFamily: "inet6" },
  { bindAddress: "127.0.0.9" },
  { proxyJump: [base] },
  { hostKeyAlias: "other" },
  { strictHostKeyChecking: "no" },
  { userKnownHostsFiles: ["/a"] },
  { userKnownHostsFiles: ["/a", "/b"] },
  { globalKnownHostsFiles: ["/a"] },
  { revokedHostKeysFile: "/a" },
  { checkHostIp: true },
  { requiredRsaBits: 4096 },
  { caSignatureAlgorithms: ["ssh-ed25519"] },
  { unavailable: [{ keyword: "knownhostscommand", stage: "host-key", text: "config:3" }] },
];
const untrusted: readonly Partial<ResolvedHost>[] = [
  { user: "somebody" },
  { hostKeyAlgorithms: ["ssh-ed25519"] },
  { kexAlgorithms: ["curve25519-sha256"] },
  { ciphers: ["aes128-ctr"] },
  { macs: ["hmac-sha2-256"] },
  { pubkeyAcceptedAlgorithms: ["ssh-ed25519"] },
  { preferredAuthentications: ["password"] },
  { identitiesOnly: false },
  { identityFiles: [{ path: "/a", named: true }] },
  { identityFiles: [{ path: "/a", named: false }] },
  { certificateFiles: ["/a"] },
  { identityAgent: "/a" },
  { password: "a" },
  { password: "b" },
  { sudoPassword: "a" },
  { enablePassword: "a" },
  { deviceType: "cisco_ios" },
];

Deno.test("identityOf() tells targets apart by each member that decides, and by hops alike", () => {
  const own = [{}, ...trusted, ...untrusted].map((over) => ({ ...base, ...over }));
  const behind = own.map((hop) => ({ ...base, hostname: "behind", proxyJump: [hop] }));
  const two = own.map((hop) => ({ ...base, hostname: "behind", proxyJump: [base, hop] }));
  const deep = behind.map((hop) => ({ ...base, hostname: "deep", proxyJump: [hop] }));
  const all = [...own, ...behind, ...two, ...deep];
  assert.equal(new Set(all.map(identityOf)).size, all.length);
});

Deno.test("identityOf() is equal for equal targets and whatever may change in between", () => {
  const others: readonly Partial<ResolvedHost>[] = [
    {},
    { connectTimeoutMs: 5 },
    { connectionAttempts: 3 },
    { serverAliveIntervalMs: 1 },
    { serverAliveCountMax: 9 },
    { tcpKeepAlive: false },
    { environment: { LANG: "C" } },
    { warnings: ["a"] },
  ];
  const all = others.map((over) => identityOf({ ...structuredClone(base), ...over }));
  assert.deepEqual(new Set(all), new Set([identityOf(base)]));
});

Deno.test("identityOf() shows nothing of a target", () => {
  const secret = { ...base, password: "s3cret", hostname: "hidden.example" };
  assert.match(identityOf(secret), /^[0-9a-f]{64}$/);
  assert.match(trustScope(secret), /^[0-9a-f]{64}$/);
});

Deno.test("trustScope() is one for all accounts of a name, and another for all else", () => {
  for (const over of untrusted) assert.equal(trustScope({ ...base, ...over }), trustScope(base));
  const scopes = [{}, ...trusted].map((over) => trustScope({ ...base, ...over }));
  assert.equal(new Set(scopes).size, scopes.length);
});

Deno.test("sessionKeyOf() tells names of sessions and targets apart", () => {
  const keys = [
    sessionKeyOf(base, "main"),
    sessionKeyOf(base, "b"),
    sessionKeyOf({ ...base, host: "b" }, "main"),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("identityOf() is equal for all forms of one target, and for no other name", async () => {
  const config = "Host web db\n  User deploy\n  Port 2222\n  HostName 10.9.9.9\n";
  const identity = async (one: Target): Promise<string> =>
    identityOf(await resolveHost(one, userConfig(config)));
  const web = await identity({ host: "web" });
  const same: readonly Target[] = [
    { host: "deploy@web" },
    { host: "web:2222" },
    { host: "ssh://deploy@web" },
    { host: "[web]:2222" },
    { host: "web", username: "deploy", port: 2222 },
  ];
  for (const one of same) assert.equal(await identity(one), web);
  const others: readonly Target[] = [
    { host: "db" },
    { host: "WEB" },
    { host: "root@web" },
    { host: "web:22" },
    { host: "deploy@10.9.9.9:2222" },
    { host: "web", password: "a" },
    { host: "web", keyFilename: "/a" },
  ];
  const found = await Promise.all(others.map(identity));
  assert.equal(new Set([web, ...found]).size, others.length + 1);
});
