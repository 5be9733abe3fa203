import assert from "node:assert/strict";
import { ParsedFiles } from "../../src/config/parsed_files.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { type ConfigFiles, systemSources } from "../../src/config/sources.ts";
import { ConfigFile } from "../../src/config/ssh_config/config_file.ts";

/** One file that is changed by hand, and a count of what was done with it. */
class Shelf {
  text: string | undefined = "one";
  version: string | undefined = "1";
  reads = 0;
  parses = 0;
  readonly files: ConfigFiles = {
    readText: () => {
      this.reads++;
      return Promise.resolve(this.text);
    },
    listNames: () => Promise.resolve(undefined),
    statusOf: () => Promise.resolve({ uid: 0, gid: 0, mode: 0o600, version: this.version }),
  };
  readonly #parsed = new ParsedFiles((text) => {
    this.parses++;
    return text.toUpperCase();
  });

  async read(): Promise<string | undefined> {
    return (await this.#parsed.read("/config", this.files))?.parsed;
  }
}

Deno.test("ParsedFiles.read() reads and parses once while the version is the same", async () => {
  const shelf = new Shelf();
  assert.deepEqual([await shelf.read(), await shelf.read()], ["ONE", "ONE"]);
  assert.deepEqual([shelf.reads, shelf.parses], [1, 1]);
  Object.assign(shelf, { text: "two", version: "2" });
  assert.deepEqual([await shelf.read(), await shelf.read()], ["TWO", "TWO"]);
  assert.deepEqual([shelf.reads, shelf.parses], [2, 2]);
});

Deno.test("ParsedFiles.read() reads a file without version each time, parses other text", async () => {
  const shelf = new Shelf();
  shelf.version = undefined;
  assert.deepEqual([await shelf.read(), await shelf.read()], ["ONE", "ONE"]);
  assert.deepEqual([shelf.reads, shelf.parses], [2, 1]);
  shelf.text = "two";
  assert.equal(await shelf.read(), "TWO");
  shelf.version = "3";
  assert.deepEqual([await shelf.read(), await shelf.read()], ["TWO", "TWO"]);
  assert.deepEqual([shelf.reads, shelf.parses], [4, 2]);
});

Deno.test("ParsedFiles.read() forgets a file that is gone", async () => {
  const shelf = new Shelf();
  await shelf.read();
  Object.assign(shelf, { text: undefined, version: undefined });
  assert.equal(await shelf.read(), undefined);
  Object.assign(shelf, { text: "one", version: "1" });
  assert.equal(await shelf.read(), "ONE");
  assert.equal(shelf.parses, 2);
});

Deno.test("systemSources() gives a new file no version, and an old one another once changed", async () => {
  const path = await Deno.makeTempFile();
  try {
    const { files } = systemSources({ HOME: "/nowhere" });
    assert.equal((await files.statusOf(path))?.version, undefined);
    const { files: old } = systemSources({});
    assert.notEqual((await old.statusOf(Deno.execPath()))?.version, undefined);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("resolveHost() sees each edit of a file, of equal size and at once", async () => {
  const path = await Deno.makeTempFile();
  try {
    const sources = systemSources({ HOME: "/nowhere", USER: "deploy", MCP_SSH_CONFIG: path });
    for (const digit of "0123456789") {
      await Deno.writeTextFile(path, `Host web\nHostName 192.0.2.${digit}\n`);
      assert.equal((await resolveHost({ host: "web" }, sources)).hostname, `192.0.2.${digit}`);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("ConfigFile.blocksFor() finds the blocks of one of 10,000 hosts by name", () => {
  const blocks = Array.from({ length: 10_000 }, (_, index) => `Host web${index}\n  User u\n`);
  const file = new ConfigFile(`Host *\n  Port 2222\n${blocks.join("")}Host w*7\n  Tag x\n`, "f");
  const heads = [...file.blocksFor("web7777")].map(({ head }) =>
    head.kind === "host" ? head.patterns[0] : head.kind
  );
  assert.deepEqual(heads, ["start", "*", "web7777", "w*7"]);
});
