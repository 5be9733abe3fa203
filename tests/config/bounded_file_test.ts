import assert from "node:assert/strict";
import { join } from "node:path";
import { readBoundedText, UnfitFileError } from "../../src/config/bounded_file.ts";

Deno.test("readBoundedText() reads a file up to its limit, and nothing of /dev/null", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "file");
    await Deno.writeTextFile(path, "x".repeat(100_000));
    assert.equal((await readBoundedText(path, 100_000)).length, 100_000);
    await assert.rejects(readBoundedText(path, 99_999), UnfitFileError);
    await Deno.writeTextFile(path, "\ufeffHost a");
    assert.equal(await readBoundedText(path), "\ufeffHost a");
    await Deno.symlink("/dev/null", join(directory, "null"));
    assert.equal(await readBoundedText(join(directory, "null")), "");
    assert.equal(await readBoundedText("/dev/null"), "");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("readBoundedText() opens neither a FIFO nor a device nor a directory", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const fifo = join(directory, "fifo");
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    await assert.rejects(readBoundedText(fifo), UnfitFileError);
    await assert.rejects(readBoundedText("/dev/zero"), UnfitFileError);
    await assert.rejects(readBoundedText(directory), Deno.errors.IsADirectory);
    await assert.rejects(readBoundedText(join(directory, "absent")), { code: "ENOENT" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
