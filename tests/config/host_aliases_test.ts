import assert from "node:assert/strict";
import { listHostAliases } from "../../src/config/host_aliases.ts";
import { memorySources } from "./memory_sources.ts";

Deno.test("listHostAliases() lists concrete names in order, Includes followed", async () => {
  const sources = memorySources({
    "/home/deploy/.ssh/config":
      'Host web1 web*\nInclude config.d/*\nHost "two words" !no db # note\nHost web1\nInclude ~/more\n',
    "/home/deploy/.ssh/config.d/a": "Host from-a\nHost ?\n",
    "/home/deploy/.ssh/config.d/b": "Match host x\nHOST=from-b\nInclude config.d/a\n",
    "/home/deploy/more": 'Host last\nHost\nHost "open\n',
    "/etc/ssh/ssh_config": "Host system\n",
  });
  assert.deepEqual(await listHostAliases(sources), [
    "web1",
    "from-a",
    "from-b",
    "two words",
    "db",
    "last",
  ]);
});

Deno.test("listHostAliases() reads the file that stands in for the user's", async () => {
  const sources = memorySources({ "/only": "Host only\n" }, { onlyConfigPath: "/only" });
  assert.deepEqual(await listHostAliases(sources), ["only"]);
});

Deno.test("listHostAliases() is empty without a file", async () => {
  assert.deepEqual(await listHostAliases(memorySources({})), []);
});
