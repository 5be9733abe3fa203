import assert from "node:assert/strict";
import { ConfigError } from "../../src/errors.ts";
import { NamedSecrets } from "../../src/guard/named_secrets.ts";

Deno.test("NamedSecrets knows values and files by name", async () => {
  const file = await Deno.makeTempFile();
  const secrets = new NamedSecrets({
    HOME: "/root",
    MCP_SSH_SECRET_COMPANY_KEY: "a value ",
    MCP_SSH_SECRET_DB_FILE: file,
    MCP_SSH_SECRET_FILE: "named FILE",
    MCP_SSH_SECRET_EMPTY: "",
    MCP_SSH_SECRET_LONG: "x".repeat(64 * 1024 + 1),
  });
  assert.deepEqual(secrets.names, ["COMPANY_KEY", "DB", "EMPTY", "FILE", "LONG"]);
  assert.equal(await secrets.read("COMPANY_KEY"), "a value ");
  assert.equal(await secrets.read("FILE"), "named FILE");
  const unusable: readonly (readonly [string | Uint8Array<ArrayBuffer>, RegExp])[] = [
    ["", /DB is empty/],
    ["a\0b", /DB holds a NUL/],
    [new Uint8Array([0xc3, 0x28]), /DB is not UTF-8/],
    ["x".repeat(64 * 1024 + 2), /DB cannot be read from its file/],
  ];
  for (const [content, error] of unusable) {
    if (typeof content === "string") await Deno.writeTextFile(file, content);
    else await Deno.writeFile(file, content);
    await assert.rejects(secrets.read("DB"), error);
  }
  await Deno.writeTextFile(file, "first\n\n");
  assert.equal(await secrets.read("DB"), "first\n");
  await Deno.remove(file);
  const gone = await secrets.read("DB").catch((error: Error) => error.message);
  assert.match(String(gone), /DB cannot be read from its file \(NotFound\)/);
  await assert.rejects(secrets.read("EMPTY"), /EMPTY is empty/);
  await assert.rejects(secrets.read("LONG"), /LONG is too long/);
});

const REFUSED = [
  ..."PATH IFS ENV PS1 PS4 PROMPT_COMMAND LD_PRELOAD BASH_ENV BASHOPTS ZDOTDIR HOME".split(" "),
  ..."LC_ALL GIT_SSH_COMMAND SUDO_ASKPASS SSH_ASKPASS HISTFILE MCP_SSH_POLICY".split(" "),
  ...["db", "1DB", "DB-1", "_DB", "Ä", "__proto__"],
];

Deno.test("NamedSecrets refuses names that would change how shells work, or are none", () => {
  for (const name of REFUSED) {
    assert.throws(() => new NamedSecrets({ [`MCP_SSH_SECRET_${name}`]: "x" }), ConfigError, name);
    assert.throws(
      () => new NamedSecrets({ [`MCP_SSH_SECRET_${name}_FILE`]: "x" }),
      ConfigError,
      name,
    );
  }
  for (
    const name of ["PGPASSWORD", "GITHUB_TOKEN", "GIT_TOKEN", "COMPANY", "AWS_SECRET_ACCESS_KEY"]
  ) {
    assert.deepEqual(new NamedSecrets({ [`MCP_SSH_SECRET_${name}`]: "x" }).names, [name]);
  }
  const twice = { MCP_SSH_SECRET_DB: "x", MCP_SSH_SECRET_DB_FILE: "/x" };
  assert.throws(() => new NamedSecrets(twice), /both set/);
});
