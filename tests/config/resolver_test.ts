import assert from "node:assert/strict";
import { resolveHost } from "../../src/config/resolver.ts";
import { memorySources, userConfig } from "./memory_sources.ts";

Deno.test("resolveHost() fills in OpenSSH's defaults without any file", async () => {
  const resolved = await resolveHost({ host: "web1" }, memorySources({}));
  assert.equal(resolved.host, "web1");
  assert.equal(resolved.hostname, "web1");
  assert.equal(resolved.port, 22);
  assert.equal(resolved.user, "deploy");
  assert.deepEqual(resolved.proxyJump, []);
  assert.equal(resolved.identityFiles[0]?.path, "/home/deploy/.ssh/id_rsa");
  assert.ok(!resolved.identityFiles[0]?.named);
  assert.equal(resolved.ciphers, undefined);
  assert.equal(resolved.refusal, undefined);
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
  const hidden = await resolveHost({ host: "web1", username: "call", port: 2202 }, {
    ...sources,
    environment,
  });
  assert.deepEqual([hidden.hostname, hidden.user, hidden.port], ["ovrd.example", "ovrd", 2203]);
  assert.equal(hidden.host, "web1");
});
