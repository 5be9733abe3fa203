import assert from "node:assert/strict";
import { resolveHost } from "../../src/config/resolver.ts";
import { ConfigError } from "../../src/errors.ts";
import { memorySources, userConfig } from "./memory_sources.ts";

function message(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, pattern);
    return true;
  };
}

Deno.test("resolveHost() names the file and line of a fault in an included file", async () => {
  const sources = memorySources({
    "/home/deploy/.ssh/config": "Include conf.d/*\n",
    "/home/deploy/.ssh/conf.d/a": "User a\n\nPort 99999\n",
  });
  await assert.rejects(
    resolveHost({ host: "web" }, sources),
    message(/^\/home\/deploy\/\.ssh\/conf\.d\/a:3: port: its word is not a port/),
  );
});

Deno.test("resolveHost() quotes no word of an included file, whatever it is", async () => {
  const lines = [
    "s3cret",
    "s3cret:$6$s3cret:19000:0:99999:7:::",
    "s3cret word",
    "Port s3cret",
    "Port 1 s3cret",
    "Port 's3cret",
    "StrictHostKeyChecking s3cret",
    "ConnectTimeout s3cret",
    "Ciphers s3cret",
    "ProxyJump s3cret:s3cret",
    "CanonicalDomains s3cret/",
    "CanonicalizePermittedCNAMEs s3cret",
    "IdentityAgent $s3cret-",
    "IdentityAgent ${s3cret}",
    "SendEnv s3cret=",
    "SetEnv s3cret",
    "Match s3cret",
    "Match s3cret s3cret",
    "Match localnetwork s3cret",
    "Host ''s3cret '' s3cret",
  ];
  for (const line of lines) {
    const sources = memorySources({
      "/home/deploy/.ssh/config": "Include /etc/shadow\n",
      "/etc/shadow": `${line}\n`,
    });
    const error = await resolveHost({ host: "web" }, sources).then(
      ({ refusal, warnings }) => [refusal?.message, refusal?.advice, ...warnings].join(" "),
      (error) => `${error} ${error.advice}`,
    );
    assert.doesNotMatch(error, /s3cret/, line);
    assert.match(
      `${error}${line.startsWith("Host") ? "/etc/shadow:1" : ""}`,
      /\/etc\/shadow:1/,
      line,
    );
  }
});

Deno.test("resolveHost() reads the system's file behind the user's", async () => {
  const sources = memorySources({
    "/home/deploy/.ssh/config": "User mine\n",
    "/etc/ssh/ssh_config": "Include ssh_config.d/*.conf\nUser theirs\nPort 2\n",
    "/etc/ssh/ssh_config.d/a.conf": "Port 1\n",
  });
  const resolved = await resolveHost({ host: "web" }, sources);
  assert.deepEqual([resolved.user, resolved.port], ["mine", 1]);
});

Deno.test("resolveHost() refuses ~ in an Include of the system's file", async () => {
  const sources = memorySources({ "/etc/ssh/ssh_config": "Include ~/x\n" });
  await assert.rejects(resolveHost({ host: "web" }, sources), message(/ssh_config:1: include: /));
});

Deno.test("resolveHost() requires the file that stands in for both, and reads no other", async () => {
  const files = { "/etc/ssh/ssh_config": "Port 1\n", "/only": "User only\n" };
  const resolved = await resolveHost(
    { host: "web" },
    memorySources(files, { onlyConfigPath: "/only" }),
  );
  assert.deepEqual([resolved.user, resolved.port], ["only", 22]);
  const none = await resolveHost({ host: "web" }, memorySources(files, { onlyConfigPath: "none" }));
  assert.equal(none.port, 22);
  const missing = memorySources(files, { onlyConfigPath: "/missing" });
  await assert.rejects(resolveHost({ host: "web" }, missing), message(/\/missing/));
});

const modes: readonly (readonly [number, number, "read" | "refused"])[] = [
  [0o600, 1000, "read"],
  [0o644, 50, "read"],
  [0o664, 1000, "read"],
  [0o664, 50, "refused"],
  [0o646, 1000, "refused"],
];

for (const [mode, gid, expected] of modes) {
  Deno.test(`resolveHost() with a file of mode ${mode.toString(8)} and group ${gid}: ${expected}`, async () => {
    const sources = userConfig("Port 1\n");
    const statusOf = () => Promise.resolve({ uid: 1000, gid, mode });
    const resolving = resolveHost({ host: "web" }, {
      ...sources,
      files: { ...sources.files, statusOf },
    });
    if (expected === "read") assert.equal((await resolving).port, 1);
    else await assert.rejects(resolving, message(/is writable by other users/));
  });
}

Deno.test("resolveHost() takes the local user from passwd(5) where no variable names it", async () => {
  const sources = memorySources({ "/etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\n" }, {
    environment: {},
  });
  assert.equal((await resolveHost({ host: "web" }, sources)).user, "ann");
});

Deno.test("resolveHost() throws ConfigError where nothing names a user", async () => {
  const sources = memorySources({}, { environment: {} });
  await assert.rejects(resolveHost({ host: "web" }, sources), message(/who the local user is/));
  assert.equal((await resolveHost({ host: "web", username: "x" }, sources)).user, "x");
});
