import assert from "node:assert/strict";
import { resolveHost } from "../../../src/config/resolver.ts";
import { ConfigError } from "../../../src/errors.ts";
import { userConfig } from "../memory_sources.ts";

Deno.test("Match exec is skipped with a warning that names the line", async () => {
  const config = 'Port 1\nMatch exec "test -f x"\nUser skipped\nMatch !exec true\nUser skipped\n';
  const resolved = await resolveHost({ host: "web" }, userConfig(config));
  assert.equal(resolved.user, "deploy");
  assert.equal(resolved.warnings.length, 2);
  assert.match(resolved.warnings[0] ?? "", /^\/home\/deploy\/\.ssh\/config:2: Match exec /);
  assert.match(resolved.warnings[1] ?? "", /config:4: /);
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

Deno.test("Match localnetwork compares the machine's addresses", async () => {
  const config =
    "Match localnetwork 10.0.0.0/8,fd00::/8\nPort 1\nMatch localnetwork 192.168.0.0/16\nPort 2\n";
  const at = async (...localAddresses: readonly string[]): Promise<number> =>
    (await resolveHost({ host: "web" }, userConfig(config, { localAddresses }))).port;
  assert.equal(await at("127.0.0.1", "10.1.2.3"), 1);
  assert.equal(await at("fd00::5"), 1);
  assert.equal(await at("192.168.7.7"), 2);
  assert.equal(await at("127.0.0.1"), 22);
});

Deno.test("Match localnetwork is skipped with a warning inside the sandbox", async () => {
  const config = "Match localnetwork 10.0.0.0/8\nPort 1\n";
  const resolved = await resolveHost({ host: "web" }, userConfig(config));
  assert.equal(resolved.port, 22);
  assert.match(resolved.warnings[0] ?? "", /config:1: Match localnetwork /);
});

Deno.test("Match localnetwork with a bad block is refused by its line", async () => {
  await assert.rejects(
    resolveHost({ host: "web" }, userConfig("Match localnetwork 10.0.0.1/8\nPort 1\n")),
    (error) => error instanceof ConfigError && /config:1: match: /.test(error.message),
  );
});
