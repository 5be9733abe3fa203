import assert from "node:assert/strict";
import { identityOf } from "../../../src/config/identity.ts";
import { operatorProxy } from "../../../src/config/proxy/operator_proxy.ts";
import { resolveHost } from "../../../src/config/resolver.ts";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { ConfigError } from "../../../src/errors.ts";
import { userConfig } from "../memory_sources.ts";

const table: readonly (readonly [setting: string, host: string, expected: string])[] = [
  ["socks5://p:1", "web", "socks5 p:1"],
  ["socks5h://p", "web", "socks5 p:1080"],
  ["socks4a://[fd00::1]:9", "web", "socks4 fd00::1:9"],
  ["http://u:p%40w@p", "web", "http u:p@w@p:3128"],
  ["http://p:80", "web", "http p:80"],
  ["*.corp=socks5://a db*,!db9=http://b:8080", "web", "none"],
  ["*.corp=socks5://a db*,!db9=http://b:8080", "x.CORP", "socks5 a:1080"],
  ["*.corp=socks5://a db*,!db9=http://b:8080", "db1", "http b:8080"],
  ["*.corp=socks5://a db*,!db9=http://b:8080", "db9", "none"],
  ["lab*=direct socks5://a", "lab1", "none"],
  ["lab*=direct socks5://a", "web", "socks5 a:1080"],
  ["  ", "web", "none"],
];

for (const [setting, host, expected] of table) {
  Deno.test(`operatorProxy() makes of ${JSON.stringify(setting)} for ${host}: ${expected}`, () => {
    const proxy = operatorProxy([host], { MCP_SSH_PROXY: setting });
    const login = proxy?.username === undefined ? "" : `${proxy.username}:${proxy.password}@`;
    const shown = proxy && `${proxy.kind} ${login}${proxy.hostname}:${proxy.port}`;
    assert.equal(shown ?? "none", expected);
  });
}

for (
  const setting of ["p:1080", "ftp://p", "https://u:hush@p", "socks5://", "x=y", "http://u:%zz@p"]
) {
  Deno.test(`operatorProxy() refuses ${setting} without showing it`, () => {
    assert.throws(() => operatorProxy(["web"], { MCP_SSH_PROXY: setting }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.doesNotMatch(error.message + error.advice, /hush|%zz/);
      return true;
    });
  });
}

Deno.test("MCP_SSH_PROXY carries what ssh_config reaches directly, the first hop included", async () => {
  const config = "Host web\nProxyJump gate\nHost own\nProxyCommand nc -x s5 %h %p\n";
  const proxied = (host: string): Promise<ResolvedHost> => resolve(config, host, "http://p:1");
  assert.equal((await proxied("plain")).proxy?.kind, "http");
  const web = await proxied("web");
  assert.equal(web.proxy, undefined);
  assert.equal(web.proxyJump[0]?.proxy?.kind, "http");
  assert.equal((await proxied("own")).proxy?.hostname, "s5");
});

Deno.test("identityOf() tells proxies, their logins and endpoints apart", async () => {
  const ways = [
    "User x",
    "ProxyCommand nc -x p:1 %h %p",
    "ProxyCommand nc -x p:2 %h %p",
    "ProxyCommand nc -X 4 -x p:1 %h %p",
    "ProxyCommand nc 10.0.0.1 22",
    "ProxyCommand nc 10.0.0.1 23",
    "ProxyCommand ncat --proxy p:1 --proxy-auth a:b %h %p",
    "ProxyCommand ncat --proxy p:1 --proxy-auth a:c %h %p",
    "ProxyCommand ssh -W %h:%p gate",
    "ProxyCommand ssh -W 10.0.0.1:22 gate",
    "ProxyCommand ssh -i key -W %h:%p gate",
  ];
  const hosts = await Promise.all(ways.map((way) => resolve(`Host web\n${way}\n`, "web")));
  const identities = new Set(hosts.map(identityOf));
  assert.equal(identities.size, ways.length);
  const carried = await resolve("Host web\nUser x\n", "web", "socks5://p:1");
  assert.ok(!identities.has(identityOf(carried)));
});

function resolve(config: string, host: string, setting = ""): Promise<ResolvedHost> {
  const environment = { USER: "deploy", HOME: "/home/deploy", MCP_SSH_PROXY: setting };
  return resolveHost({ host }, userConfig(config, { environment }));
}
