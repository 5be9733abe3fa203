import assert from "node:assert/strict";
import { resolveHost } from "../../../src/config/resolver.ts";
import { ConfigError, UnsupportedError } from "../../../src/errors.ts";
import { memorySources, userConfig } from "../memory_sources.ts";

const EXEC = 'Match exec "onvpn -q"';

/** Lines below `Match exec` as the second line, and the setting that stays open; none when settled. */
const undecided: readonly (readonly [block: string, lines: string, open: string])[] = [
  [EXEC, "HostName a", "hostname"],
  ["Match !exec x", "HostName a", "hostname"],
  ["Match exec x host web", "User a", "user"],
  ["Match localnetwork 10.0.0.0/8", "Port 1", "port"],
  ["Match !localnetwork 10.0.0.0/8", "Port 1", "port"],
  [EXEC, "ProxyJump a", "proxyjump"],
  [EXEC, "ProxyCommand a", "proxycommand"],
  [EXEC, "HostKeyAlias a", "hostkeyalias"],
  [EXEC, "StrictHostKeyChecking no", "stricthostkeychecking"],
  [EXEC, "UserKnownHostsFile a", "userknownhostsfile"],
  [EXEC, "RevokedHostKeys none", "revokedhostkeys"],
  [EXEC, "IdentityFile a", "identityfile"],
  [EXEC, "IdentityAgent a", "identityagent"],
  [EXEC, "Tag a", "tag"],
  [EXEC, "CanonicalizeHostname yes", "canonicalizehostname"],
  [EXEC, "RefuseConnection a", "refuseconnection"],
  [EXEC, "Compression yes\nSendEnv A\nUser a", "user"],
  [EXEC, "Include more", "user"],
  // The first value wins, whatever the program says.
  [`User b\n${EXEC}`, "User a", ""],
  ["Match exec x host db", "HostName a", ""],
  ["Match host db exec x", "HostName a", ""],
  [`${EXEC}\nHost db`, "HostName a", ""],
];

for (const [block, lines, open] of undecided) {
  const title = JSON.stringify(`${block}\n${lines}`);
  Deno.test(`resolveHost() with ${title} leaves ${open || "nothing"} open`, async () => {
    const config = `ConnectTimeout 1\n${block}\n${lines}\n`;
    const files = { "/home/deploy/.ssh/config": config, "/home/deploy/.ssh/more": "User a\n" };
    const { refusal } = await resolveHost({ host: "web" }, memorySources(files));
    if (open === "") return assert.equal(refusal, undefined);
    assert.ok(refusal instanceof UnsupportedError);
    assert.match(refusal.message, /"web": Match !?(exec runs|localnetwork cannot) .*config:2\), /);
    assert.match(refusal.message, new RegExp(`and it decides on ${open} \\(`));
    assert.match(refusal.advice, new RegExp(`^(Set|Move) ${open} (for|to) .*Host block`));
  });
}

Deno.test("Match exec is no obstacle where OVRD_ or the call settles it, else it is reported", async () => {
  const config = "Match exec x\nHostName a\nUser b\nPort 3\nCiphers aes256-ctr\n";
  const environment = { USER: "deploy", OVRD_web_HOST: "10.0.0.1", OVRD_web_USER: "c" };
  const sources = userConfig(config, { environment });
  const resolved = await resolveHost({ host: "web", port: 7 }, sources);
  assert.equal(resolved.refusal, undefined);
  assert.deepEqual([resolved.hostname, resolved.user, resolved.port], ["10.0.0.1", "c", 7]);
  assert.equal(resolved.warnings.length, 1);
  assert.match(
    resolved.warnings[0] ?? "",
    /config:5: ciphers is left out: Match exec .*config:1\)/,
  );
});

Deno.test("a setting that only makes checks stricter counts in an undecided block", async () => {
  const config = "Match exec x\nKnownHostsCommand /k\n";
  const { refusal, unavailable } = await resolveHost({ host: "web" }, userConfig(config));
  assert.equal(refusal, undefined);
  assert.deepEqual(unavailable.map(({ keyword }) => keyword), ["knownhostscommand"]);
});

Deno.test("Match exec warns of nothing where another criterion fails first", async () => {
  const resolved = await resolveHost({ host: "web" }, userConfig("Match host db exec x\nPort 1\n"));
  assert.deepEqual(resolved.warnings, []);
});

Deno.test("Match tagged compares the Tag so far", async () => {
  const config = "Host web\nTag blue\nMatch tagged blue\nPort 1\nMatch tagged red\nUser x\n";
  const resolved = await resolveHost({ host: "web" }, userConfig(config));
  assert.deepEqual([resolved.port, resolved.user], [1, "deploy"]);
});

Deno.test("Match localnetwork with a bad block is refused by its line", async () => {
  await assert.rejects(
    resolveHost({ host: "web" }, userConfig("Match localnetwork 10.0.0.1/8\nPort 1\n")),
    (error) => error instanceof ConfigError && /config:1: match: /.test(error.message),
  );
});
