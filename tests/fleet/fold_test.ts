import assert from "node:assert/strict";
import { applyPatch } from "diff";
import { foldOutputs, type HostOutput, type OutputGroup } from "../../src/fleet/fold.ts";
import { lineDiff } from "../../src/fleet/line_diff.ts";
import { type OwnNames, withNames, withoutNames } from "../../src/fleet/own_names.ts";
import { Random } from "../support/random.ts";

const pause = (): Promise<void> => Promise.resolve();

function output(host: string, text: string, state = "exit 0", address?: string): HostOutput {
  return { host, names: { host, address }, state, isWhole: true, text: () => text };
}

function shown(groups: readonly OutputGroup[]): readonly string[] {
  return groups.map(({ state, outputs, text }) =>
    `${outputs.map(({ host }) => host).join(",")} [${state}] ${text()}`
  );
}

/** What a host printed, made of its group alone. */
function unfolded(group: OutputGroup, { host, names }: HostOutput): string {
  const part = group.parts?.find(({ outputs }) => outputs.some((one) => one.host === host)) ??
    group;
  return part.hasNames ? withNames(part.text(), names) : part.text();
}

const LINES = [
  "%s is up\n",
  "load 0.5, 1.25\n",
  "/dev/sda1   20G    5G  97% /\n",
  "%s: %a port 22\n",
  "100%h of %a\n",
  "%s%s-%s x%s\n",
  "web web1 web10 web100\n",
  "\n",
  "no end",
  "éä 漢字 \u{1f600}\ud800\n",
];

function randomText(random: Random, { host, address }: OwnNames): string {
  const lines = Array.from({ length: random.below(5) }, () => random.pick(LINES));
  return lines.join("").replaceAll("%s", () => random.onceIn(9) ? "web10" : host)
    .replaceAll(/port 22|97%/g, (text) => random.onceIn(2) ? `${random.below(120)}` : text)
    .replaceAll("%a port", () => `${address ?? "none"} port`);
}

Deno.test("unfolding foldOutputs() gives back each host's exact output and state", async () => {
  const random = new Random(7);
  for (let round = 0; round < 300; round++) {
    const count = 1 + random.below(40);
    const all = Array.from({ length: count }, (_, n): HostOutput => {
      const host = random.pick(["web", "db-", "w"]) + n;
      const names = { host, address: random.onceIn(3) ? undefined : `10.0.0.${n}` };
      const text = randomText(random, names);
      const state = random.pick(["exit 0", "exit 0", "exit 1", "running"]);
      return { host, names, state, isWhole: !random.onceIn(20), text: () => text };
    });
    const groups = await foldOutputs(all, { pause });
    const found = groups.flatMap((group) => group.outputs.map((one) => ({ group, one })));
    assert.equal(found.length, all.length);
    for (const { group, one } of found) {
      assert.equal(unfolded(group, one), one.text(), JSON.stringify(one.host));
      assert.equal(group.state, one.state);
    }
  }
});

Deno.test("foldOutputs() folds by state and text, the largest group first", async () => {
  const groups = await foldOutputs([
    output("a1", "no\n", "exit 1"),
    output("b1", "yes\n"),
    output("b2", "yes\n"),
    output("b3", "no\n"),
  ], { pause });
  assert.deepEqual(shown(groups), ["b1,b2 [exit 0] yes\n", "a1 [exit 1] no\n", "b3 [exit 0] no\n"]);
});

Deno.test("foldOutputs() takes a host's own names for equal, where more hosts are equal then", async () => {
  const named = ["web1", "web10", "web2"].map((host, n) =>
    output(host, `${host}.example up\nat 10.0.0.${n}\n`, "exit 0", `10.0.0.${n}`)
  );
  const equal = ["web", "app", "db1"].map((host) => output(host, "web: ok\n"));
  const groups = await foldOutputs([...named, ...equal], { pause });
  assert.deepEqual(shown(groups), [
    "web1,web10,web2 [exit 0] %h.example up\nat %a\n",
    "web,app,db1 [exit 0] web: ok\n",
  ]);
});

Deno.test("foldOutputs() leaves a host by itself whose output is not whole", async () => {
  const cut = { ...output("b", "x\n"), isWhole: false };
  const groups = await foldOutputs([output("a", "x\n"), cut, output("c", "x\n")], { pause });
  assert.deepEqual(groups.map(({ outputs }) => outputs.length), [2, 1]);
});

Deno.test("foldOutputs() shows many outputs of one shape as one, and names the outlier", async () => {
  const all = Array.from({ length: 200 }, (_, n) => {
    const percent = n === 76 ? 97 : 30 + n % 9;
    const free = n === 11 ? 2 : 900 + n % 7;
    return output(`web${n + 1}`, `/dev/sda1 ${`${percent}`.padStart(4)}% /\nfree ${free}\n`);
  });
  const groups = await foldOutputs(all, { pause });
  assert.equal(groups.length, 1);
  assert.equal(
    groups[0]!.text(),
    "/dev/sda1   30…97(web77)% /\nfree 2(web12)…906\n",
  );
});

Deno.test("foldOutputs() takes the parts of an address or a version for numbers of their own", async () => {
  const all = Array.from(
    { length: 12 },
    (_, n) => output(`w${n}`, `10.0.${n}.7 kernel 6.${n}.0-${n} load 0.${n + 10}\n`),
  );
  const [group] = await foldOutputs(all, { pause });
  assert.equal(
    group!.text(),
    "10.0.0(w0)…11.7 kernel 6.0(w0)…11.0-0(w0)…11 load 0.10(w0)…0.21\n",
  );
});

Deno.test("foldOutputs() keeps apart few outputs of one shape, and the one that most hosts have", async () => {
  const few = await foldOutputs([1, 2, 3].map((n) => output(`w${n}`, `nginx 1.${n}\n`)), { pause });
  assert.equal(few.length, 3);
  const most = Array.from({ length: 20 }, (_, n) => output(`w${n}`, "nginx 1.18\n"));
  const rest = [1, 2, 3, 4].map((n) => output(`x${n}`, `nginx 1.${n}\n`));
  const groups = await foldOutputs([...most, ...rest], { pause });
  assert.deepEqual(groups.map(({ text }) => text()), ["nginx 1.18\n", "nginx 1.1(x1)…1.4\n"]);
});

Deno.test("withNames() undoes withoutNames(), which leaves texts with its own signs alone", () => {
  const names = { host: "web", address: "web.example.com" };
  const text = "web.example.com web webs %web web-1 sweb";
  assert.equal(withoutNames(text, names), "%a %h webs %%h %h-1 sweb");
  assert.equal(withNames(withoutNames(text, names)!, names), text);
  assert.equal(withoutNames("web at 50%a", names), undefined);
  assert.equal(withoutNames("none of it", names), undefined);
});

Deno.test("lineDiff() is a patch that makes the text of the usual one, or nothing", () => {
  const random = new Random(3);
  for (let round = 0; round < 300; round++) {
    const usual = Array.from({ length: random.below(40) }, (_, n) => `line ${n}\n`);
    const text = usual.flatMap((line) =>
      random.onceIn(8) ? [] : random.onceIn(8) ? [line, `new ${round}\n`] : [line]
    ).join("") + (random.onceIn(3) ? "no end" : "");
    const diff = lineDiff(usual.join(""), text);
    if (diff === undefined) {
      continue;
    }
    assert.ok(diff.length < text.length);
    const patch = `--- a\n+++ b\n${diff}`;
    assert.equal(applyPatch(usual.join(""), patch), text, diff);
  }
  assert.equal(lineDiff("a\n".repeat(401), "b\n".repeat(401)), undefined);
});
