import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { KnownHostsFiles } from "../../../src/transport/host_key/known_hosts_files.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPKBL4KzT6v7q3f1r1m1y5M7b7Ww0Xn3d3nH1cVt7uXK";

function hashedLine(name: string): string {
  const salt = crypto.getRandomValues(new Uint8Array(20));
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${salt.toBase64()}|${hash} ${KEY}`;
}

async function withFile(use: (file: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(join(directory, "known_hosts"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("KnownHostsFiles.about() finds all lines about a name, in order, among thousands", async () => {
  await withFile(async (file) => {
    const lines = Array.from({ length: 5_000 }, (_, n) => hashedLine(`h${n % 2_500}`));
    lines[700] = `h1*,!h17 ${KEY}`;
    await Deno.writeTextFile(file, lines.join("\n"));
    const files = new KnownHostsFiles();
    const linesOf = async (...names: readonly string[]): Promise<readonly number[]> =>
      (await files.about(names, file)).map(({ line }) => line);
    assert.deepEqual(await linesOf("h16"), [17, 701, 2_517]);
    assert.deepEqual(await linesOf("h17"), [18, 2_518]);
    assert.deepEqual(await linesOf("h2"), [3, 2_503]);
    assert.deepEqual(await linesOf("h2", "h3"), [3, 4, 2_503, 2_504]);
    assert.deepEqual(await linesOf("h2"), [3, 2_503]);
    assert.deepEqual(await linesOf("h2500"), []);
  });
});

Deno.test("KnownHostsFiles.about() sees each change of a file, of whatever length and date", async () => {
  await withFile(async (file) => {
    const files = new KnownHostsFiles();
    const count = async (name: string): Promise<number> => (await files.about([name], file)).length;
    await Deno.writeTextFile(file, `web1 ${KEY}\n`);
    const { mtime } = await Deno.stat(file);
    assert.equal(await count("web1"), 1);
    await Deno.writeTextFile(file, `web2 ${KEY}\n`);
    await Deno.utime(file, mtime!, mtime!);
    assert.deepEqual([await count("web1"), await count("web2")], [0, 1]);
    await Deno.remove(file);
    await assert.rejects(count("web2"), Deno.errors.NotFound);
  });
});

Deno.test("KnownHostsFiles.about() reads a file that is too large to be kept", async () => {
  await withFile(async (file) => {
    const files = new KnownHostsFiles();
    const padding = `# ${"x".repeat(17 * 1024 * 1024)}\n`;
    for (const name of ["web1", "web2"]) {
      await Deno.writeTextFile(file, `${padding}${name} ${KEY}\n`);
      assert.equal((await files.about([name], file)).length, 1);
    }
  });
});
