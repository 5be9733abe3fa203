import assert from "node:assert/strict";
import type { ConfigSources } from "../../src/config/sources.ts";
import { HostGroups } from "../../src/fleet/groups.ts";

const INVENTORY = `
lonely.example
; a remark
[web]
web[01:03] ansible_user=deploy # a remark
app-[a:c].example

[db]
db[1:9:4]
odd ansible_host=192.0.2.7
known ansible_port=2222

[prod:children]
web
db
prod

[web:vars]
ansible_host=ignored
`;

function groups(
  files: Readonly<Record<string, string>>,
  tags: readonly (readonly [string, string])[] = [],
): HostGroups {
  const sources = {
    home: "/home/me",
    environment: { MCP_SSH_INVENTORY: "~/hosts.ini" },
    files: {
      readText: (path: string) => Promise.resolve(files[path]),
      listNames: (path: string) =>
        Promise.resolve(
          Object.keys(files).filter((name) => name.startsWith(`${path}/`))
            .map((name) => name.slice(path.length + 1)),
        ),
    },
  } as unknown as ConfigSources;
  return new HostGroups({ sources, tags: new Map(tags) });
}

Deno.test("HostGroups.group() asks Tag first, then the files of dsh, then the inventory", async () => {
  const files = {
    "/home/me/.dsh/group/web": "web[1-2]\nweb9 # a remark\n\n# none\n@more",
    "/etc/dsh/group/web": "other",
    "/etc/dsh/group/lab": "lab1\nlab2",
    "/home/me/hosts.ini": INVENTORY,
  };
  const all = groups(files, [["a", "db"], ["b", ""], ["c", "db"]]);
  assert.deepEqual(await all.group("db"), ["a", "c"]);
  assert.deepEqual(await all.group("web"), ["web[1-2]", "web9", "@more"]);
  assert.deepEqual(await all.group("lab"), ["lab1", "lab2"]);
  assert.deepEqual(await all.group("ungrouped"), ["lonely.example"]);
  assert.equal(await all.group("../group/lab"), undefined);
  assert.equal(await all.group(""), undefined);
  assert.deepEqual(await all.names(), ["all", "db", "lab", "prod", "ungrouped", "web"]);
});

Deno.test("HostGroups.group() reads an inventory's ranges, children and comments", async () => {
  const text = INVENTORY.replace("odd ansible_host=192.0.2.7\n", "");
  const all = groups({ "/home/me/hosts.ini": text }, [["known", ""]]);
  const web = ["web01", "web02", "web03", "app-a.example", "app-b.example", "app-c.example"];
  assert.deepEqual(await all.group("web"), web);
  assert.deepEqual(await all.group("db"), ["db1", "db5", "db9", "known"]);
  assert.deepEqual(await all.group("prod"), [...web, "db1", "db5", "db9", "known"]);
  assert.deepEqual((await all.group("all"))?.[0], "lonely.example");
});

Deno.test("HostGroups.group() refuses a host that Ansible reaches by a variable", async () => {
  const all = groups({ "/home/me/hosts.ini": INVENTORY }, [["known", ""]]);
  await assert.rejects(all.group("prod"), /reaches odd \(ansible_host\) by a variable/);
  assert.equal((await all.group("web"))?.length, 6);
});

Deno.test("HostGroups.group() reports an inventory that is not there", async () => {
  await assert.rejects(groups({}).group("web"), /Cannot read the inventory \/home\/me\/hosts.ini/);
});

Deno.test("HostGroups.group() reads any number of generations, and no inventory without end", async () => {
  const chain = Array.from({ length: 20_000 }, (_, n) => `[g${n}:children]\ng${n + 1}`);
  const deep = groups({ "/home/me/hosts.ini": [...chain, "[g20000]", "last"].join("\n") });
  assert.deepEqual(await deep.group("g0"), ["last"]);
  const wide = groups({ "/home/me/hosts.ini": "a[1:90000]\n".repeat(1_000) });
  await assert.rejects(wide.group("all"), /more than 100000 hosts/);
  const odd = groups({ "/home/me/hosts.ini": "x[3:1]\n[:children]\n]\n[web]\nok\n=\n" });
  assert.deepEqual(await odd.group("web"), ["ok", "="]);
  const bad = groups({ "/home/me/hosts.ini": "[web]\nok\n[db\nx\n" });
  await assert.rejects(bad.group("web"), /line 3 is no header of a group: "\[db"/);
});
