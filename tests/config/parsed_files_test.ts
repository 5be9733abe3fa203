import assert from "node:assert/strict";
import { ParsedFiles } from "../../src/config/parsed_files.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { type ConfigFiles, systemSources } from "../../src/config/sources.ts";
import { timeOf } from "./timing.ts";

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
    const { files: passwd } = systemSources({});
    assert.notEqual((await passwd.statusOf("/etc/passwd"))?.version, undefined);
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

Deno.test("resolveHost() of one of 10,000 aliases takes at most 5 ms", async () => {
  const path = await Deno.makeTempFile();
  try {
    const blocks = Array.from({ length: 10_000 }, (_, index) => manyKeywords(index));
    await Deno.writeTextFile(path, `Host *\n  ServerAliveInterval 30\n${blocks.join("")}`);
    const sources = systemSources({ HOME: "/nowhere", USER: "deploy", MCP_SSH_CONFIG: path });
    const { parsed, files } = new PreparedFiles(sources.files);
    const settled = { ...sources, files };
    await resolveHost({ host: "web9999" }, settled);
    const resolve = async (): Promise<void> => {
      assert.equal((await resolveHost({ host: "web7777" }, settled)).port, 7_777);
    };
    assert.ok(await timeOf(resolve, { limitMs: 5 }) <= 5);
    assert.ok(parsed.has(path));
  } finally {
    await Deno.remove(path);
  }
});

function manyKeywords(index: number): string {
  return `Host web${index}\n  HostName 10.0.0.1\n  User u${index}\n  Port ${index || 22}\n`;
}

/** Files that count as old however new they are. */
class PreparedFiles {
  readonly parsed = new Set<string>();
  readonly files: ConfigFiles;

  constructor(real: ConfigFiles) {
    this.files = {
      ...real,
      statusOf: async (path) => {
        this.parsed.add(path);
        const status = await real.statusOf(path);
        return status && { ...status, version: "old" };
      },
    };
  }
}
