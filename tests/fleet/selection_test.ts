import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { expandNodeSet, foldNodeSet } from "../../src/fleet/node_set.ts";
import { type HostNames, selectHosts } from "../../src/fleet/selection.ts";
import { mustRun } from "../support/command.ts";
import { Random } from "../support/random.ts";

const EXPRESSIONS = 2_000;

/** Expands and folds each expression of a JSON list with the library that nodeset(1) is made of. */
const JUDGE = `
import json, sys
from ClusterShell.NodeSet import NodeSet, RESOLVER_NOGROUP
sets = [NodeSet(text, resolver=RESOLVER_NOGROUP) for text in json.load(sys.stdin)]
json.dump([[list(nodes), str(nodes)] for nodes in sets], sys.stdout)
`;

type Judged = readonly [names: readonly string[], folded: string];

async function judge(expressions: readonly string[]): Promise<readonly Judged[]> {
  const stdin = JSON.stringify(expressions);
  return JSON.parse(await mustRun(["/usr/bin/python3", "-c", JUDGE], { stdin })) as Judged[];
}

const NAMES: HostNames = {
  aliases: ["web1", "web2", "app-a", "app-b", "db"],
  group: (name) =>
    Promise.resolve(
      {
        web: ["web[1-2]"],
        all: ["@web", "db", "@all"],
        rack1: ["a"],
        rack2: ["b", "@nowhere"],
        "": [],
      }[name],
    ),
  groupNames: () => Promise.resolve(["all", "web"]),
};

function range(random: Random): string {
  const width = random.pick([0, 0, 2, 3]);
  const limit = width === 2 ? 99 : 130;
  const parts = Array.from({ length: 1 + random.below(3) }, () => {
    const from = random.below(limit);
    const to = Math.min(limit, from + random.below(12));
    const [first, last] = [from, to].map((n) => String(n).padStart(width, "0"));
    const step = random.onceIn(4) ? `/${1 + random.below(4)}` : "";
    return random.onceIn(3) ? first! : `${first}-${last}${step}`;
  });
  return `[${parts.join(",")}]`;
}

function term(random: Random): string {
  const name = random.pick(["n", "web", "db-", "r1n", "a.b"]);
  switch (random.below(6)) {
    case 0:
      return name + random.below(120);
    case 1:
      return name + String(random.below(20)).padStart(2, "0");
    case 2:
      return `${name}${range(random)}.example`;
    case 3:
      return `${name}[1-${2 + random.below(3)}]x${range(random)}`;
    default:
      return name + range(random);
  }
}

function hasOneNumber(names: readonly string[]): boolean {
  const numbers = names.map((name) => name.match(/\d+/g) ?? []);
  const widths = new Set(numbers.map(([number]) => number?.length));
  return numbers.every(({ length }) => length === 1) &&
    (widths.size <= 1 || !numbers.some(([number]) => /^0\d/.test(number!)));
}

function expression(random: Random): string {
  const terms = Array.from({ length: 1 + random.below(4) }, () => term(random));
  return terms.reduce((text, next) => text + random.pick([",", ",", ",", "!", "&", "^"]) + next);
}

Deno.test("selectHosts() and foldNodeSet() agree with ClusterShell on 2,000 expressions", async () => {
  const random = new Random(18);
  const expressions = Array.from({ length: EXPRESSIONS }, () => expression(random));
  const judged = await judge(expressions);
  const folded: string[] = [];
  const wanted: string[][] = [];
  for (const [index, text] of expressions.entries()) {
    const [names, theirs] = judged[index]!;
    const chosen = names.length === 0
      ? await assert.rejects(selectHosts(text, NAMES), InputError)
      : await selectHosts(text, NAMES);
    assert.deepEqual([...chosen ?? []].sort(), [...names].sort(), text);
    folded.push(foldNodeSet(names));
    wanted.push([...names].sort());
    // Of names with and without leading zeros ClusterShell itself writes "99,100" for "99-100".
    if (hasOneNumber(names)) assert.equal(folded[index], theirs, text);
  }
  const again = await judge(folded);
  assert.deepEqual(again.map(([names]) => [...names].sort()), wanted);
});

Deno.test("expandNodeSet() refuses what nodeset(1) refuses", () => {
  const wrong = [
    "n[1-3",
    "n1]",
    "n[]",
    "n[5-1]",
    "n[1-2/0]",
    "n[08-101]",
    "n[1-02]",
    "n[a-b]",
    "n[1-]",
  ];
  for (const text of wrong) assert.throws(() => expandNodeSet(text), InputError, text);
  assert.throws(() => expandNodeSet("n[1-100]x[1-100]"), /more than 5000 hosts/);
  assert.throws(() => expandNodeSet("n[1-999999999999]"), /more than 5000 hosts/);
});

Deno.test("expandNodeSet() and foldNodeSet() leave the brackets of an address alone", () => {
  const names = ["[::1]:22", "[::2]:22", "x12345678901234567", "x12345678901234568"];
  assert.deepEqual(names.flatMap(expandNodeSet), names);
  assert.deepEqual(foldNodeSet(names).split(","), names);
});

const SELECTED: readonly (readonly [selection: string, hosts: string])[] = [
  ["web[1-3],!web2", "web1 web3"],
  ["web[1-3] !web2 db", "web1 web3 db"],
  ["web[1-3]!web[1-2]", "web3"],
  [" web1 ,, db , ", "web1 db"],
  ["web*,db", "web1 web2 db"],
  ["app-?", "app-a app-b"],
  ["@web", "web1 web2"],
  ["@all", "web1 web2 db"],
  ["@all,!@web", "db"],
  ["db,db,web1", "db web1"],
  ["deploy@web[1-2]:2222", "deploy@web1:2222 deploy@web2:2222"],
  ["[::1]:22 [fe80::1%eth0]", "[::1]:22 [fe80::1%eth0]"],
  ["web[ 1 - 2 ]", "web1 web2"],
];

Deno.test("selectHosts() takes terms from left to right", async () => {
  for (const [selection, hosts] of SELECTED) {
    assert.equal((await selectHosts(selection, NAMES)).join(" "), hosts, selection);
  }
});

Deno.test("selectHosts() names every term that fits no host", async () => {
  await assert.rejects(selectHosts("web1,@gone,mail*,@rack[1-3]", NAMES), {
    message: "hosts: no host fits @gone, mail*, @nowhere, @rack3; nothing was run",
    advice: "Groups are all, web",
  });
  await assert.rejects(selectHosts("web1,!web1", NAMES), /selects no host/);
  await assert.rejects(selectHosts("  ", NAMES), /selects no host/);
  for (const text of ["!web1", "web1!", "web1,!", "web1!&web2", "web1^"]) {
    await assert.rejects(selectHosts(text, NAMES), /lacks a term/, text);
  }
});

/** Nested groups, each of which names the next one twice. */
const NESTED = {
  aliases: Array.from({ length: 2_000 }, (_, n) => `host-${n}`),
  group: (name: string): Promise<readonly string[] | undefined> => {
    const depth = Number(name.slice(1));
    if (!name.startsWith("g")) return Promise.resolve(undefined);
    return Promise.resolve(depth === 60 ? ["deep1", "@g0"] : [`@g${depth + 1}`, `@g${depth + 1}`]);
  },
  groupNames: () => Promise.resolve([]),
};

const ENDLESS: readonly (readonly [name: string, selection: string, answer: RegExp])[] = [
  ["brackets without an end", "[".repeat(65_536), /has no range/],
  ["nested brackets", "web[[1-2]-[3-4]]", /has no range/],
  ["a negative range", "web[-5-1]", /has no range/],
  ["a range with digits of another script", "web[१-३]", /has no range/],
  ["thousands of the largest range", "n[1-5000],".repeat(6_000), /more than 200000 names/],
  ["thousands of patterns", "*x?,".repeat(16_000), /more than 200000 names/],
  ["a name of 64 KiB, 5,000 times", `${"x".repeat(60_000)}[1-5000]`, /more than 1000 characters/],
  ["a product of ranges", "a[1-99][1-99][1-99]", /more than 5000 hosts/],
  ["a range of nearly a billion", "web[1-999999999]", /more than 5000 hosts/],
  ["everything taken away", "deep[1-9],!deep[1-9]", /selects no host/],
];

Deno.test("selectHosts() ends soon, whatever is written", async () => {
  for (const [name, selection, answer] of ENDLESS) {
    await assert.rejects(selectHosts(selection, NESTED), answer, name);
  }
  assert.deepEqual(await selectHosts("@g0", NESTED), ["deep1"]);
});
