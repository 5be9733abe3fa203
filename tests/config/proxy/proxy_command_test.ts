import assert from "node:assert/strict";
import { resolveHost } from "../../../src/config/resolver.ts";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { memorySources } from "../memory_sources.ts";
import { PROXY_COMMANDS } from "./proxy_commands.ts";

const CONFIG = "/home/deploy/.ssh/config";

for (const [command, expected] of PROXY_COMMANDS) {
  Deno.test(`resolveHost() follows or refuses ProxyCommand ${command}`, async () => {
    const host = await resolve(command);
    assert.equal(host.refusal === undefined ? wayOf(host) : refusalOf(host), expected);
  });
}

Deno.test("at least 60 lines of ProxyCommand are in the table", () => {
  assert.ok(PROXY_COMMANDS.length >= 60, String(PROXY_COMMANDS.length));
});

Deno.test("the hop of a ProxyCommand has the options of its ssh", async () => {
  const command = "ssh -i ~/.ssh/jump -o StrictHostKeyChecking=yes -oIdentitiesOnly=yes " +
    "-4 -l ops -W %h:%p gate";
  const host = await resolve(command, "Host gate\nUser other\nIdentityFile ~/.ssh/own\n");
  const [hop] = host.proxyJump;
  assert.equal(hop?.user, "ops");
  assert.deepEqual(hop?.identityFiles.map(({ path }) => path), [
    "/home/deploy/.ssh/jump",
    "/home/deploy/.ssh/own",
  ]);
  assert.equal(hop?.strictHostKeyChecking, "yes");
  assert.ok(hop?.identitiesOnly);
  assert.equal(hop?.addressFamily, "inet");
});

Deno.test("the hop of a ProxyCommand goes through its own jump host", async () => {
  const host = await resolve("ssh -W %h:%p inner", "Host inner\nProxyJump outer\n");
  assert.deepEqual(host.proxyJump.map(({ host }) => host), ["outer", "inner"]);
});

Deno.test("a ProxyCommand with -F reads that file for the hop", async () => {
  const sources = memorySources({
    [CONFIG]: "Host web\nProxyCommand ssh -F ~/other -W %h:%p gate\nHost gate\nPort 1\n",
    "/home/deploy/other": "Host gate\nPort 2200\n",
  });
  const host = await resolveHost({ host: "web" }, sources);
  assert.equal(host.proxyJump[0]?.port, 2200);
});

Deno.test("a ProxyCommand of every host that leads to itself is refused", async () => {
  const sources = memorySources({ [CONFIG]: "Host *\nProxyCommand ssh -W %h:%p gate\n" });
  const host = await resolveHost({ host: "web" }, sources);
  assert.match(host.refusal?.message ?? "", /leads back to itself/);
});

Deno.test("a ProxyCommand is printed as written, without the proxy's password", async () => {
  const host = await resolve("ncat --proxy p:8080 --proxy-auth u:s3cretpw %h %p");
  assert.equal(host.proxy?.password, "s3cretpw");
  assert.ok(host.hidden.some(({ value }) => value === "s3cretpw"));
  const printed = host.settings.find(({ keyword }) => keyword === "proxycommand");
  assert.match(printed?.value ?? "", /^ncat --proxy/);
  assert.match(printed?.origin ?? "", /config:5$/);
});

function resolve(command: string, more = ""): Promise<ResolvedHost> {
  const text = `Host web\nHostName web.example\nPort 2222\nUser deploy\nProxyCommand ${command}\n`;
  const environment = {
    USER: "deploy",
    HOME: "/home/deploy",
    GATE: "gate.example",
    CONNECT_PASSWORD: "hidden",
    SOCKS5_SERVER: "s5:1081",
  };
  return resolveHost({ host: "web" }, memorySources({ [CONFIG]: text + more }, { environment }));
}

/** "jump[ > jump] to host:port", "socks5 user@proxy:port to host:port" or "direct to host:port". */
function wayOf(host: ResolvedHost): string {
  const { hostname, port } = host.endpoint ?? host;
  const to = `to ${hostname}:${port}`;
  const { proxy } = host;
  if (proxy !== undefined) {
    const login = proxy.username === undefined ? "" : `${proxy.username}:${proxy.password ?? ""}@`;
    const file = proxy.loginFile === undefined ? "" : ` file ${proxy.loginFile}`;
    return `${proxy.kind} ${login}${proxy.hostname}:${proxy.port}${file} ${to}`;
  }
  const hops = host.proxyJump.map((hop) => `${hop.user}@${hop.hostname}:${hop.port}`);
  return hops.length === 0 ? `direct ${to}` : `jump ${hops.join(" > ")} ${to}`;
}

function refusalOf({ refusal }: ResolvedHost): string {
  assert.ok(refusal instanceof UnsupportedError);
  assert.match(refusal.message, /^Cannot connect to "web": ProxyCommand \(.*config:5\) needs /);
  assert.match(refusal.advice, /forward a local port.*"HostName 127\.0\.0\.1".*"HostKeyAlias web"/);
  const program = /needs (.*), and the sandbox starts no program(: .*)?$/.exec(refusal.message);
  return `needs ${program?.[1]}${program?.[2] ?? ""}`;
}
