import assert from "node:assert/strict";
import { WORKING_DIRECTIVES } from "../../src/config/ssh_config/keywords.ts";
import { describeDifferences, formatResolved } from "../../src/config/printed_settings.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { ConfigError } from "../../src/errors.ts";
import { memorySources, userConfig } from "./memory_sources.ts";

const CA_SIGNATURES = [
  "ssh-ed25519",
  ...["nistp256", "nistp384", "nistp521"].map((curve) => `ecdsa-sha2-${curve}`),
  ...["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"],
  ...["rsa-sha2-512", "rsa-sha2-256"],
];

/** Without members that are not set. */
function defined<T extends object>(members: T): Partial<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

async function resolve(
  config: string,
  environment: Record<string, string> = {},
): Promise<ResolvedHost> {
  const sources = userConfig(config, { environment: { USER: "deploy", ...environment } });
  return await resolveHost({ host: "web" }, sources);
}

function message(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, pattern);
    return true;
  };
}

Deno.test("resolveHost() fills in OpenSSH's defaults without any file", async () => {
  const resolved = await resolveHost({ host: "web1" }, memorySources({}));
  const { settings: _, identityFiles, ...rest } = resolved;
  assert.deepEqual(defined(rest), {
    host: "web1",
    hostname: "web1",
    port: 22,
    user: "deploy",
    addressFamily: "any",
    connectTimeoutMs: 0,
    connectionAttempts: 1,
    tcpKeepAlive: true,
    serverAliveIntervalMs: 15_000,
    serverAliveCountMax: 3,
    strictHostKeyChecking: "ask",
    userKnownHostsFiles: ["/home/deploy/.ssh/known_hosts", "/home/deploy/.ssh/known_hosts2"],
    globalKnownHostsFiles: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
    checkHostIp: false,
    requiredRsaBits: 1024,
    caSignatureAlgorithms: CA_SIGNATURES,
    preferredAuthentications: ["publickey", "keyboard-interactive", "password"],
    identitiesOnly: false,
    certificateFiles: [],
    asksPerson: true,
    environment: {},
    proxyJump: [],
    hidden: [],
    warnings: [],
    unavailable: [],
  });
  assert.equal(identityFiles[0]?.path, "/home/deploy/.ssh/id_rsa");
  assert.ok(identityFiles.every(({ named }) => !named));
});

const keepalives: readonly (readonly [lines: string, intervalMs: number, printed: string])[] = [
  ["", 15_000, "0"],
  ["ServerAliveInterval 0", 0, "0"],
  ["ServerAliveInterval 60", 60_000, "60"],
  ["BatchMode yes\nServerAliveInterval 0", 0, "0"],
];

for (const [lines, intervalMs, printed] of keepalives) {
  Deno.test(`resolveHost() with ${JSON.stringify(lines)} asks a silent host after ${intervalMs} ms`, async () => {
    const resolved = await resolveHost(
      { host: "web1" },
      userConfig(lines, { environment: { USER: "deploy" } }),
    );
    assert.equal(resolved.serverAliveIntervalMs, intervalMs);
    assert.match(formatResolved(resolved), new RegExp(`^serveraliveinterval ${printed}$`, "m"));
    const differs = `${intervalMs / 1000}` !== printed;
    assert.equal(describeDifferences(resolved) !== "", differs);
  });
}

Deno.test("resolveHost() puts a configuration in our own form", async () => {
  const resolved = await resolve(`
    AddressFamily inet6
    BindAddress 10.0.0.2
    ConnectTimeout 1m30s
    ConnectionAttempts 4
    TCPKeepAlive no
    ServerAliveInterval 15
    ServerAliveCountMax 5
    HostKeyAlias Alias
    StrictHostKeyChecking off
    UserKnownHostsFile ~/known /etc/known_%h
    GlobalKnownHostsFile none
    CheckHostIP yes
    HostKeyAlgorithms ssh-ed25519
    Ciphers ^aes256-ctr
    Compression yes
    PreferredAuthentications gssapi-with-mic,password,publickey
    PubkeyAuthentication no
    IdentitiesOnly yes
    IdentityFile ~/.ssh/id_%n
    IdentityFile none
    CertificateFile ~/cert.pub
    IdentityAgent ~/agent
    NumberOfPasswordPrompts 1
    SetEnv A="1 2" B=
    RequestTTY force
    RemoteCommand echo %h
  `);
  const { settings: _, warnings, unavailable, ...rest } = resolved;
  assert.deepEqual(defined(rest), {
    host: "web",
    hostname: "web",
    port: 22,
    user: "deploy",
    addressFamily: "inet6",
    bindAddress: "10.0.0.2",
    connectTimeoutMs: 90_000,
    connectionAttempts: 4,
    tcpKeepAlive: false,
    serverAliveIntervalMs: 15_000,
    serverAliveCountMax: 5,
    hostKeyAlias: "alias",
    strictHostKeyChecking: "no",
    userKnownHostsFiles: ["/home/deploy/known", "/etc/known_web"],
    globalKnownHostsFiles: [],
    checkHostIp: true,
    requiredRsaBits: 1024,
    caSignatureAlgorithms: CA_SIGNATURES,
    hostKeyAlgorithms: ["ssh-ed25519"],
    ciphers: [
      "aes256-ctr",
      "chacha20-poly1305@openssh.com",
      "aes128-ctr",
      "aes192-ctr",
      "aes128-gcm@openssh.com",
      "aes256-gcm@openssh.com",
    ],
    preferredAuthentications: ["password"],
    identitiesOnly: true,
    identityFiles: [{ path: "/home/deploy/.ssh/id_web", named: true }],
    certificateFiles: ["/home/deploy/cert.pub"],
    identityAgent: "/home/deploy/agent",
    asksPerson: true,
    environment: { A: "1 2", B: "" },
    proxyJump: [],
    hidden: [],
  });
  assert.deepEqual(warnings.map((line) => line.split(" ")[1]), ["compression", "remotecommand"]);
  assert.match(unavailable[0]?.text ?? "", /config:17: .* names gssapi-with-mic, which is not/);
});

Deno.test("resolveHost() lets OVRD_ win over the call and the call over the file", async () => {
  const sources = userConfig("Host web1\n  HostName file.example\n  User file\n  Port 2201\n");
  const fromFile = await resolveHost({ host: "web1" }, sources);
  assert.deepEqual([fromFile.hostname, fromFile.user, fromFile.port], [
    "file.example",
    "file",
    2201,
  ]);
  const called = await resolveHost({ host: "web1", username: "call", port: 2202 }, sources);
  assert.deepEqual([called.hostname, called.user, called.port], ["file.example", "call", 2202]);
  const environment = {
    USER: "deploy",
    OVRD_web1_HOST: "ovrd.example",
    OVRD_web1_USER: "ovrd",
    OVRD_web1_PORT: "2203",
  };
  const hidden = await resolveHost({ host: "call@web1:2202" }, { ...sources, environment });
  assert.deepEqual([hidden.hostname, hidden.user, hidden.port], ["ovrd.example", "ovrd", 2203]);
  assert.equal(hidden.host, "web1");
});

Deno.test("resolveHost() takes %-signs of OVRD_ literally", async () => {
  const resolved = await resolve("", { OVRD_web_HOST: "fe80::1%eth0" });
  assert.equal(resolved.hostname, "fe80::1%eth0");
});

Deno.test("resolveHost() applies the alias's own block to an overridden host", async () => {
  const config = "Host web\nIdentityFile /keys/web\nHost real.example\nUser other";
  const resolved = await resolve(config, { OVRD_web_HOST: "real.example" });
  assert.equal(resolved.identityFiles[0]?.path, "/keys/web");
  assert.equal(resolved.user, "deploy");
});

Deno.test("resolveHost() tries key_filename before the identities of the file", async () => {
  const sources = userConfig("IdentityFile /keys/a\nIdentityFile ~/b%%\n");
  const resolved = await resolveHost({ host: "web", keyFilename: "~/50%h" }, sources);
  assert.deepEqual(resolved.identityFiles.map(({ path }) => path), [
    "/home/deploy/50%h",
    "/keys/a",
    "/home/deploy/b%",
  ]);
  const alone = await resolveHost({ host: "web", keyFilename: "/keys/c" }, userConfig(""));
  assert.deepEqual(alone.identityFiles, [{ path: "/keys/c", named: true }]);
});

Deno.test("resolveHost() hides the key of OVRD_ as written and as expanded", async () => {
  const resolved = await resolve("", { OVRD_web_KEY: "~/secret", OVRD_web_PASS: "pw" });
  assert.equal(resolved.identityFiles[0]?.path, "/home/deploy/secret");
  assert.deepEqual(resolved.hidden.map(({ value }) => value), [
    "/home/deploy/secret",
    "~/secret",
    "pw",
  ]);
});

const agents: readonly (readonly [string, string | undefined])[] = [
  ["", "/run/agent"],
  ["IdentityAgent none", undefined],
  ["IdentityAgent SSH_AUTH_SOCK", "/run/agent"],
  ["IdentityAgent $OTHER", "/run/other"],
  ["IdentityAgent ${OTHER}/x", "/run/other/x"],
  ["IdentityAgent $MISSING", undefined],
  ["IdentityAgent %d/a", "/home/deploy/a"],
];

for (const [config, expected] of agents) {
  Deno.test(`resolveHost() with "${config}" asks the agent at ${expected}`, async () => {
    const resolved = await resolve(config, { SSH_AUTH_SOCK: "/run/agent", OTHER: "/run/other" });
    assert.equal(resolved.identityAgent, expected);
  });
}

Deno.test("resolveHost() sends what SendEnv matches, but nothing of OVRD_", async () => {
  const resolved = await resolve("SendEnv *_A LANG\nSetEnv LANG=de X=1", {
    LC_A: "a",
    LC_B: "b",
    LANG: "en",
    OVRD_web_PASS_A: "secret",
  });
  assert.deepEqual(resolved.environment, { LC_A: "a", LANG: "de", X: "1" });
});

Deno.test("resolveHost() prints an identity it cannot expand and refuses only to connect", async () => {
  const resolved = await resolve("User x\nIdentityFile ${MISSING}/id");
  assert.match(
    resolved.refusal?.message ?? "",
    /config:2: identityfile: a variable in \$\{…\} is not set/,
  );
  assert.match(formatResolved(resolved), /^identityfile \$\{MISSING\}\/id$/m);
});

Deno.test("resolveHost() refuses to connect where RefuseConnection says so", async () => {
  const resolved = await resolve('RefuseConnection "use web2"');
  assert.match(resolved.refusal?.message ?? "", /use web2/);
});

Deno.test("resolveHost() reports directives that somebody may miss, the first line of each", async () => {
  const { warnings, unavailable } = await resolve(
    "ForwardAgent yes\nKnownHostsCommand /k\nVerifyHostKeyDNS no\nHost *\nVerifyHostKeyDNS yes\n" +
      "ForwardAgent yes\n",
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /config:1: forwardagent has no effect here; /);
  assert.deepEqual(unavailable.map(({ keyword, stage }) => [keyword, stage]), [
    ["knownhostscommand", "host-key"],
  ]);
  assert.match(unavailable[0]?.text ?? "", /config:2: knownhostscommand has no effect here; add /);
});

Deno.test("resolveHost() asks nobody in BatchMode, and offers no password at 0 prompts", async () => {
  const batch = await resolve("BatchMode yes\n");
  assert.deepEqual([batch.asksPerson, batch.strictHostKeyChecking], [false, "yes"]);
  const lenient = await resolve("BatchMode yes\nStrictHostKeyChecking accept-new\n");
  assert.equal(lenient.strictHostKeyChecking, "accept-new");
  const { preferredAuthentications } = await resolve("NumberOfPasswordPrompts 0\n");
  assert.deepEqual(preferredAuthentications, ["publickey"]);
});

Deno.test("resolveHost() expands the file of RevokedHostKeys, and none is without", async () => {
  const { revokedHostKeysFile } = await resolve("RevokedHostKeys /keys/%h\n");
  assert.match(revokedHostKeysFile ?? "", /^\/keys\/[\w.]+$/);
  assert.equal((await resolve("RevokedHostKeys none\n")).revokedHostKeysFile, undefined);
  assert.equal((await resolve("")).revokedHostKeysFile, undefined);
});

Deno.test("formatResolved() shows no overridden value", async () => {
  const environment = {
    OVRD_web_HOST: "10.9.8.7",
    OVRD_web_USER: "hidden-user",
    OVRD_web_PORT: "45678",
    OVRD_web_KEY: "/keys/hidden",
    OVRD_web_PASS: "hunter2",
  };
  const resolved = await resolve(
    "HostKeyAlias %h\nUserKnownHostsFile /k/%h/%r/%p\nPort 1\n",
    environment,
  );
  const printed = formatResolved(resolved);
  assert.doesNotMatch(printed, /10\.9\.8\.7|hidden-user|45678|keys\/hidden|hunter2/);
  assert.match(printed, /^hostname web$/m);
  assert.match(printed, /^user web$/m);
  assert.match(printed, /^userknownhostsfile \/k\/web\/web\/web$/m);
});

Deno.test("resolveHost() shows no overridden value in its errors", async () => {
  const environment = { OVRD_web_HOST: "10.9.8.7", OVRD_web_KEY: "~nobody/hidden" };
  const looping = resolve("ProxyJump 10.9.8.7", environment);
  await assert.rejects(looping, message(/^(?!.*10\.9\.8\.7).*"web"/));
  const { refusal } = await resolve("", environment);
  assert.doesNotMatch(refusal?.message ?? "~nobody", /~nobody/);
});

Deno.test("formatResolved() prints only keywords that work, and two that are always printed", async () => {
  const printed = formatResolved(await resolve("ProxyJump a"));
  const shown = ["compression", "requesttty"];
  const known = new Set(["host", ...WORKING_DIRECTIVES, ...shown]);
  const keywords = printed.trimEnd().split("\n").map((line) => line.split(" ")[0]?.toLowerCase());
  assert.deepEqual(keywords.filter((keyword) => !known.has(keyword ?? "")), []);
});
