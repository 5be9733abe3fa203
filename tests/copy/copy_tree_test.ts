import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import type { CopySource, SourceFacts } from "../../src/copy/copy_ends.ts";
import { copyTree, newReport } from "../../src/copy/copy_tree.ts";
import { CopyCheck } from "../../src/copy/copy_check.ts";
import { remoteDestination, remoteSource } from "../../src/copy/remote_ends.ts";
import { openStation } from "../sftp/station.ts";

const DIRECTORY: SourceFacts = { kind: "directory", sizeBytes: 0, mode: 0o755, modifyTime: 1 };
const LINK: SourceFacts = { kind: "symlink", sizeBytes: 0 };
const FILE: SourceFacts = { kind: "file", sizeBytes: 4, mode: 0o644, modifyTime: 1 };

interface Lie {
  readonly second: SourceFacts;
  readonly x?: string;
}

type Listed = readonly [name: string, facts: SourceFacts];

async function* listed(
  ...entries: readonly Listed[]
): AsyncGenerator<{ name: string; facts: SourceFacts }> {
  for (const [name, facts] of entries) yield await Promise.resolve({ name, facts });
}

async function* endless(
  facts: SourceFacts,
): AsyncGenerator<{ name: string; facts: SourceFacts }> {
  for (let n = 0;; n++) yield await Promise.resolve({ name: `${n}${"x".repeat(200)}`, facts });
}

/** A source whose host lists a link out of the destination, and then something by the name `x`. */
function lyingSource(out: string, { second, x = "x" }: Lie): CopySource {
  return {
    pace: { chunkBytes: 1024, depth: 1, files: 8 },
    stat: () => Promise.resolve(DIRECTORY),
    list: (path) => path === "/src" ? listed(["x", LINK], [x, second]) : listed(["victim", FILE]),
    readlink: () => Promise.resolve(out),
    open: () =>
      Promise.resolve({
        facts: () => Promise.resolve(FILE),
        read: (_, into) => Promise.resolve(into.fill(0x68)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

for (const sftp of ["on", "off"] as const) {
  Deno.test(`copyTree() stays in its destination whatever the source lists, sftp ${sftp}`, async () => {
    await using station = await openStation({ sftp });
    const vault = await station.directory("vault");
    const victim = `${vault}/victim`;
    await Deno.writeTextFile(victim, "as it was");
    const lies: readonly (readonly [name: string, out: string, lie: Lie])[] = [
      ["one", vault, { second: DIRECTORY }],
      ["two", victim, { second: FILE }],
      ["three", vault, { second: FILE, x: "../vault/victim" }],
      ["four", vault, { second: DIRECTORY, x: "../vault" }],
      ["five", vault, { second: FILE, x: ".." }],
    ];
    for (const [name, out, lie] of lies) {
      const { files, connection, elevation } = station;
      const end = { clock: systemClock, files, connection, elevation };
      const { signal } = new AbortController();
      await using destination = await remoteDestination(end);
      await using check = new CopyCheck({ end, reader: () => remoteSource(end), signal });
      const copying = copyTree({
        source: lyingSource(out, lie),
        destination,
        from: "/src",
        to: `${station.account.home}/${name}`,
        recursive: true,
        isWithinHost: false,
        signal,
        check,
        report: newReport(),
      });
      await copying.catch(() => {});
      assert.equal(await Deno.readTextFile(victim), "as it was", name);
      assert.deepEqual([...Deno.readDirSync(vault)].map((entry) => entry.name), ["victim"]);
    }
  });
}

Deno.test("copyTree() sees its own copy in the source wherever a directory lists it", async () => {
  await using station = await openStation({ sftp: "on" });
  const { files, connection, elevation } = station;
  const end = { clock: systemClock, files, connection, elevation };
  const { signal } = new AbortController();
  const to = `${station.account.home}/copy`;
  let lists = 0;
  // What the copy has made comes first, and what tells that it is the copy comes last.
  const source: CopySource = {
    ...lyingSource("", { second: DIRECTORY }),
    list: (path) => {
      if (++lists > 20) throw new Error("It goes deeper for ever");
      const made = [...Deno.readDirSync(to)].map(({ name }): Listed => [name, DIRECTORY]);
      return path === "/src" ? listed(["deep", DIRECTORY], ...made) : listed(["deep", DIRECTORY]);
    },
  };
  await using destination = await remoteDestination(end);
  await using check = new CopyCheck({ end, reader: () => remoteSource(end), signal });
  await assert.rejects(
    copyTree({
      ...{ source, destination, from: "/src", to, recursive: true, isWithinHost: false },
      ...{ signal, check, report: newReport() },
    }),
    /into itself/,
  );
});

Deno.test("copyTree() ends where a host lists directories or links without end", async () => {
  await using station = await openStation({ sftp: "on" });
  const { files, connection, elevation } = station;
  const end = { clock: systemClock, files, connection, elevation };
  const { signal } = new AbortController();
  for (const facts of [DIRECTORY, LINK]) {
    await using destination = await remoteDestination(end);
    await using check = new CopyCheck({ end, reader: () => remoteSource(end), signal });
    const source = {
      ...lyingSource("x".repeat(3_000), { second: FILE }),
      list: () => endless(facts),
    };
    const to = `${station.account.home}/${facts.kind}`;
    await assert.rejects(
      copyTree({
        ...{ source, destination, from: "/src", to, recursive: true, isWithinHost: false },
        ...{ signal, check, report: newReport() },
      }),
      /more directories and links than one copy can keep/,
    );
  }
});
