import assert from "node:assert/strict";
import { listHostAliases, nearestAliases } from "../../src/config/host_aliases.ts";
import type { ConfigSources } from "../../src/config/sources.ts";
import { memorySources, userConfig } from "./memory_sources.ts";

Deno.test("listHostAliases() lists concrete names in order, Includes followed", async () => {
  const sources = memorySources({
    "/home/deploy/.ssh/config":
      'Host web1 web*\nInclude config.d/*\nHost "two words" !no db # note\nHost web1\nInclude ~/more\n',
    "/home/deploy/.ssh/config.d/a": "Host from-a\nHost ?\n",
    "/home/deploy/.ssh/config.d/b": "Match host x\nHOST=from-b\nInclude config.d/a\n",
    "/home/deploy/more": 'Host last\nHost\nHost "open\n',
    "/etc/ssh/ssh_config": "Host system\n",
  });
  assert.deepEqual(await names(sources), [
    "web1",
    "from-a",
    "from-b",
    "two words",
    "db",
    "last",
    "system",
  ]);
  const places = (await listHostAliases(sources)).map(({ place }) => place);
  assert.equal(places[0], "/home/deploy/.ssh/config:1");
  assert.equal(places[1], "/home/deploy/.ssh/config.d/a:1");
});

Deno.test("listHostAliases() reads the file that stands in for the user's", async () => {
  const sources = memorySources({ "/only": "Host only\n" }, { onlyConfigPath: "/only" });
  assert.deepEqual(await names(sources), ["only"]);
});

Deno.test("listHostAliases() is empty without a file", async () => {
  assert.deepEqual(await listHostAliases(memorySources({})), []);
});

Deno.test("listHostAliases() reports the tag that ssh would take", async () => {
  const config = "Host web1 db1\nTag front\nHost *1\nTag late\nHost web2\nUser x\n" +
    "Host ops\nInclude tagged\nHost * !plain\nTag rest\nHost plain\n";
  const sources = memorySources({
    "/home/deploy/.ssh/config": config,
    "/home/deploy/.ssh/tagged": "Host *\nTag inner\n",
  });
  assert.deepEqual(await tags(sources), {
    web1: "front",
    db1: "front",
    web2: "rest",
    ops: "inner",
    plain: undefined,
  });
});

Deno.test("listHostAliases() asks the resolver for tags that Match decides", async () => {
  const config = "Host web db\nUser deploy\nMatch originalhost w* user deploy\nTag front\n";
  assert.deepEqual(await tags(userConfig(config)), { web: "front", db: undefined });
});

Deno.test("nearestAliases() names what was meant, and nothing for a name that is known", () => {
  const aliases = ["web-prod", "web-lab", "database", "Backup"];
  assert.deepEqual(nearestAliases("web-prd", aliases), ["web-prod", "web-lab"]);
  assert.deepEqual(nearestAliases("backup1", aliases)[0], "Backup");
  assert.deepEqual(nearestAliases("zzzzzz", aliases), []);
  assert.deepEqual(nearestAliases("web-lab", aliases), []);
});

async function names(sources: ConfigSources): Promise<readonly string[]> {
  return (await listHostAliases(sources)).map(({ alias }) => alias);
}

async function tags(sources: ConfigSources): Promise<Record<string, string | undefined>> {
  const aliases = await listHostAliases(sources);
  return Object.fromEntries(aliases.map(({ alias, tag }) => [alias, tag]));
}
