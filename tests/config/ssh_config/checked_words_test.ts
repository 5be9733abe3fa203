import assert from "node:assert/strict";
import { resolveHost } from "../../../src/config/resolver.ts";
import { SshError } from "../../../src/errors.ts";
import { userConfig } from "../memory_sources.ts";

/** As the installed ssh -G accepts or refuses them. */
const table: readonly (readonly [line: string, verdict: "accepted" | "refused"])[] = [
  ["IPQoS bogus", "refused"],
  ["IPQoS ef 0x10", "accepted"],
  ["IPQoS 0400", "refused"],
  ["LocalForward garbage", "refused"],
  ["LocalForward 8080 h:80", "accepted"],
  ["LocalForward 127.0.0.1:80 h:80", "accepted"],
  ["LocalForward [::1]:80 [::2]:80", "accepted"],
  ["LocalForward 8080 h", "refused"],
  ["LocalForward 0 h:80", "refused"],
  ["LocalForward *:80 h/80", "accepted"],
  ["LocalForward /tmp/s /tmp/t", "accepted"],
  ["LocalForward 8080 h:80 x", "refused"],
  ["RekeyLimit bogus", "refused"],
  ["RekeyLimit 1G 1h", "accepted"],
  ["RekeyLimit 1.5G", "accepted"],
  ["RekeyLimit 5", "refused"],
  ["RekeyLimit default none", "accepted"],
  ["DynamicForward 1080", "accepted"],
  ["DynamicForward x", "refused"],
  ["RemoteForward 0", "accepted"],
  ["RemoteForward 8080 h:80", "accepted"],
];

for (const [line, verdict] of table) {
  Deno.test(`resolveHost() has ${line} ${verdict}, as ssh has`, async () => {
    const seen = await resolveHost({ host: "web" }, userConfig(`${line}\n`)).then(
      () => "accepted",
      (error) => error instanceof SshError ? "refused" : "failed",
    );
    assert.equal(seen, verdict);
  });
}

Deno.test("keywords of other builds of ssh are noted, and silent where IgnoreUnknown has them", async () => {
  const config = "Host web\nUseKeychain yes\nHPNDisabled no\nHost db\nIgnoreUnknown UseKey*\n" +
    "UseKeychain yes\nHost *\nUser deploy\n";
  const web = await resolveHost({ host: "web" }, userConfig(config));
  assert.equal(web.user, "deploy");
  assert.match(web.warnings.join("\n"), /config:2: usekeychain has no effect here; load the key/);
  const db = await resolveHost({ host: "db" }, userConfig(config));
  assert.deepEqual([db.user, db.warnings], ["deploy", []]);
});

Deno.test("a byte order mark at the beginning of ssh_config is passed over", async () => {
  const web = await resolveHost({ host: "web" }, userConfig("\ufeffHost web\nPort 2222\n"));
  assert.equal(web.port, 2222);
});
