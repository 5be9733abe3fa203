import assert from "node:assert/strict";
import { resolveHost } from "../../src/config/resolver.ts";
import { systemSources } from "../../src/config/sources.ts";

const home = await Deno.makeTempDir();
await Deno.mkdir(`${home}/.ssh/conf.d`, { recursive: true });
await Deno.writeTextFile(`${home}/.ssh/config`, "Include conf.d/*\nHost web\nUser file\n");
await Deno.writeTextFile(`${home}/.ssh/conf.d/a`, "Host web\nIdentityFile ~/key\n");
await Deno.writeTextFile(`${home}/other`, "User other\n");
globalThis.addEventListener("unload", () => Deno.removeSync(home, { recursive: true }));

const sandbox = {
  read: true,
  env: true,
  net: true,
  write: false,
  run: false,
  sys: false,
  ffi: false,
};

Deno.test({
  name: "systemSources() gives resolveHost() all it needs inside the sandbox",
  permissions: sandbox,
  fn: async () => {
    const resolved = await resolveHost({ host: "web" }, systemSources({ HOME: home, USER: "me" }));
    assert.equal(resolved.user, "file");
    assert.equal(resolved.identityFiles[0]?.path, `${home}/key`);
  },
});

Deno.test({
  name: "systemSources() finds the local host name and user for tokens inside the sandbox",
  permissions: sandbox,
  fn: async () => {
    const sources = systemSources({ HOME: home, MCP_SSH_CONFIG: `${home}/tokens` });
    const files = { ...sources.files };
    files.readText = (path) =>
      path === `${home}/tokens`
        ? Promise.resolve("UserKnownHostsFile /%u/%i/%l\n")
        : sources.files.readText(path);
    const { userKnownHostsFiles } = await resolveHost({ host: "web" }, { ...sources, files });
    assert.match(userKnownHostsFiles[0] ?? "", /^\/[^/]+\/\d+\/[^/]+$/);
  },
});

Deno.test("systemSources() reads the file that MCP_SSH_CONFIG names in place of all others", async () => {
  for (const path of [`${home}/other`, "~/other"]) {
    const sources = systemSources({ HOME: home, USER: "me", MCP_SSH_CONFIG: path });
    assert.equal((await resolveHost({ host: "web" }, sources)).user, "other");
  }
});

Deno.test("ConfigFiles.readText() tells a missing file from a directory", async () => {
  const { files } = systemSources({ HOME: home });
  assert.equal(await files.readText(`${home}/missing`), undefined);
  assert.equal(await files.readText(`${home}/other/below`), undefined);
  assert.equal(await files.readText(home), "");
  assert.equal(await files.listNames(`${home}/other`), undefined);
});

Deno.test("ConfigSources.lookUp() resolves localhost and knows what does not resolve", async () => {
  const sources = systemSources({ HOME: home });
  assert.deepEqual(await sources.lookUp("localhost", "any"), { canonicalName: undefined });
  assert.equal(await sources.lookUp("no such host.invalid", "any"), undefined);
});
