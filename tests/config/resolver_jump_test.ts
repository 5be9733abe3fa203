import assert from "node:assert/strict";
import { resolveHost } from "../../src/config/resolver.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { ConfigError, UnsupportedError } from "../../src/errors.ts";
import { userConfig } from "./memory_sources.ts";

async function resolve(config: string, host = "web"): Promise<ResolvedHost> {
  return await resolveHost({ host }, userConfig(config));
}

function travel(resolved: ResolvedHost): readonly string[] {
  return resolved.proxyJump.map(({ user, hostname, port }) => `${user}@${hostname}:${port}`);
}

const table: readonly (readonly [string, string, readonly string[]])[] = [
  ["one hop", "Host web\nProxyJump a", ["deploy@a:22"]],
  [
    "a hop with settings of its own",
    "Host web\nProxyJump a\nHost a\nHostName a.example\nUser hop\nPort 2200",
    ["hop@a.example:2200"],
  ],
  [
    "user and port in the list",
    "Host web\nProxyJump u@a:2201\nHost a\nHostName a.example\nUser hop\nPort 2200",
    ["u@a.example:2201"],
  ],
  ["a URI", "Host web\nProxyJump ssh://u@a:2201", ["u@a:2201"]],
  ["an address", "Host web\nProxyJump [::1]:2201", ["deploy@::1:2201"]],
  ["a chain", "Host web\nProxyJump a,b,c", ["deploy@a:22", "deploy@b:22", "deploy@c:22"]],
  [
    "a hop that jumps itself",
    "Host web\nProxyJump b\nHost b\nProxyJump a",
    ["deploy@a:22", "deploy@b:22"],
  ],
  [
    "the first of a chain that jumps itself, the others' own jumps being overruled",
    "Host web\nProxyJump a,b\nHost a\nProxyJump z\nHost b\nProxyJump y",
    ["deploy@z:22", "deploy@a:22", "deploy@b:22"],
  ],
  ["none", "Host web\nProxyJump none\nHost *\nProxyJump a", []],
  [
    "the user of the target, which is not the hop's",
    "Host web\nUser target\nProxyJump a",
    ["deploy@a:22"],
  ],
];

for (const [title, config, expected] of table) {
  Deno.test(`resolveHost() travels by ${title}`, async () => {
    const resolved = await resolve(config);
    assert.deepEqual(travel(resolved), expected);
    assert.equal(resolved.refusal, undefined);
  });
}

Deno.test("resolveHost() gives each hop the hops before it", async () => {
  const { proxyJump } = await resolve("Host web\nProxyJump a,b,c");
  assert.deepEqual(proxyJump.map((hop) => hop.proxyJump.map(({ host }) => host)), [
    [],
    ["a"],
    ["a", "b"],
  ]);
});

Deno.test("resolveHost() rejects a jump host that is the host itself, as ssh does", async () => {
  await assert.rejects(
    resolve("Host web\nHostName a.example\nProxyJump a.example"),
    (error) => error instanceof ConfigError && /leads back to itself/.test(error.message),
  );
});

const loops: readonly (readonly [string, string])[] = [
  ["Host *", "Host *\nProxyJump bastion"],
  ["two hosts", "Host web\nProxyJump a\nHost a\nProxyJump web"],
  ["three hosts", "Host web\nProxyJump a\nHost a\nProxyJump b\nHost b\nProxyJump a"],
  [
    "a list that grows",
    "Host web\nProxyJump a,b\nHost a\nProxyJump b,c\nHost b\nProxyJump c,a\nHost c\nProxyJump a",
  ],
  ["17 hops", `Host web\nProxyJump ${Array.from({ length: 17 }, (_, i) => `h${i}`)}`],
];

for (const [title, config] of loops) {
  Deno.test(`resolveHost() refuses to connect through a loop or too many hops: ${title}`, async () => {
    const { refusal } = await resolve(config);
    assert.ok(refusal instanceof ConfigError);
    assert.match(refusal.message, /^Jump host "/);
  });
}

Deno.test("resolveHost() prints a host whose hop is faulty and refuses only to connect", async () => {
  const resolved = await resolve("Host web\nProxyJump a\nHost a\nHostName %q");
  assert.match(resolved.refusal?.message ?? "", /^Jump host "a": .*config:4: hostname: /);
  assert.ok(resolved.settings.some(({ keyword }) => keyword === "proxyjump"));
});

Deno.test("resolveHost() refuses to connect through a hop with ProxyCommand", async () => {
  const { refusal } = await resolve("Host web\nProxyJump a\nHost a\nProxyCommand own-tool %h %p");
  assert.ok(refusal instanceof UnsupportedError);
  assert.match(refusal.message, /"a"/);
});

Deno.test("resolveHost() refuses to connect through a hop whose settings are undecided", async () => {
  const { refusal } = await resolve("Host web\nProxyJump a\nMatch host a exec x\nHostName b\n");
  assert.ok(refusal instanceof UnsupportedError);
  assert.match(refusal.message, /settings of "a": Match exec .*config:3\), .* hostname \(.*:4\)/);
});

Deno.test("resolveHost() hides what the operator put for a hop", async () => {
  const environment = { USER: "deploy", OVRD_a_HOST: "10.9.8.7", OVRD_a_PASS: "hunter2" };
  const config = "Host web\nProxyJump a\nHost a\nForwardAgent yes";
  const resolved = await resolveHost({ host: "web" }, userConfig(config, { environment }));
  assert.equal(resolved.proxyJump[0]?.hostname, "10.9.8.7");
  assert.equal(resolved.proxyJump[0]?.password, "hunter2");
  assert.equal(resolved.password, undefined);
  assert.deepEqual(resolved.hidden.map(({ value }) => value), ["10.9.8.7", "hunter2"]);
  assert.equal(resolved.warnings.length, 1);
});
