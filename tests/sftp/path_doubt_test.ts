import assert from "node:assert/strict";
import { FileError } from "../../src/errors.ts";
import { doubtAbout } from "../../src/sftp/path_doubt.ts";
import type { FileAttributes, Sftp } from "../../src/transport/transport.ts";

const ROOTS: FileAttributes = { uid: 0, gid: 0, mode: 0o40755 } as FileAttributes;
const HERS: FileAttributes = { uid: 1000, gid: 1000, mode: 0o40755 } as FileAttributes;

/** Judges /srv/hers/d/f, where hers and d belong to somebody else; returns the paths that are opened. */
async function judged(
  open: () => FileAttributes,
): Promise<{ readonly opened: readonly string[]; readonly isDoubted: boolean }> {
  const opened: string[] = [];
  const sftp = {
    lstat: (path: string) => {
      if (path.endsWith("/f")) return Promise.reject(new FileError("no f", "look", "ENOENT"));
      return Promise.resolve(path.includes("/hers") ? HERS : ROOTS);
    },
    realpath: () => Promise.resolve("/root"),
    open: (path: string) => {
      opened.push(path);
      return Promise.resolve().then(open).then(() => ({ path }));
    },
    fstat: () => Promise.resolve(open()),
    close: () => Promise.resolve(),
    remove: (path: string) => Promise.resolve(void opened.push(`-${path}`)),
  } as unknown as Sftp;
  const doubt = await doubtAbout(sftp, "/srv/hers/d/f", { mode: "replace" });
  return { opened, isDoubted: doubt !== undefined };
}

function failing(code: string): () => never {
  return () => {
    throw new FileError("not made", "look", code);
  };
}

Deno.test("doubtAbout() makes nothing in a directory that another user can change", async () => {
  const { opened, isDoubted } = await judged(() => ROOTS);
  assert.ok(isDoubted);
  assert.equal(opened.length, 2);
  for (const path of opened) assert.match(path, /^-?\.mcp-ssh-[0-9a-f]+$/);
  assert.equal(opened[1], `-${opened[0]}`);
});

Deno.test("doubtAbout() takes the user for root unless the host shows otherwise", async () => {
  assert.ok(!(await judged(() => HERS)).isDoubted);
  assert.ok(!(await judged(failing("EACCES"))).isDoubted);
  assert.ok((await judged(failing("EROFS"))).isDoubted);
});
