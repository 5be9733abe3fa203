import assert from "node:assert/strict";
import { FileError } from "../../src/errors.ts";
import { command, mustRun } from "../support/command.ts";
import { openRootStation, openStation, type Station, type StationOptions } from "./station.ts";

const sudoers = { account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" } };

const methods: readonly (readonly [title: string, options: StationOptions])[] = [
  ["over SFTP", {}],
  ["by shell", { sftp: "off" }],
  ["by sudo", { ...sudoers, elevation: { kind: "sudo" } }],
];

type Case = readonly [path: string, code: string, words: RegExp];

const unreadable: readonly Case[] = [
  ["dir", "EISDIR", /it is a directory/],
  ["missing", "ENOENT", /no such file/],
  ["nodir/x", "ENOENT", /no such file|directory .*nodir does not exist/],
  ["file/x", "ENOTDIR", /not a directory/],
  ["fifo", "EINVAL", /it is a fifo/],
  ["device", "EINVAL", /it is a character device/],
  ["dangling", "ENOENT", /a symbolic link to .*nowhere, which does not exist/],
  ["loop1", "ELOOP", /loop/],
];

const unwritable: readonly Case[] = [
  ["dir", "EISDIR", /it is a directory/],
  ["nodir/x", "ENOENT", /directory .*nodir does not exist/],
  ["file/x", "ENOTDIR", /not a directory/],
  ["fifo", "EINVAL", /it is a fifo/],
  ["device", "EINVAL", /it is a character device/],
  ["loop1", "ELOOP", /loop/],
  [`${"n".repeat(300)}`, "ENAMETOOLONG", /too long/],
];

async function furnish(directory: string): Promise<void> {
  await mustRun(["mkfifo", `${directory}/fifo`]);
  await mustRun(["mknod", `${directory}/device`, "c", "1", "3"]);
  await mustRun(["chmod", "666", `${directory}/device`, `${directory}/fifo`]);
  await Deno.mkdir(`${directory}/dir`);
  await Deno.writeTextFile(`${directory}/file`, "old");
  await mustRun(["chmod", "666", `${directory}/file`]);
  await Deno.symlink("nowhere", `${directory}/dangling`);
  await Deno.symlink("loop2", `${directory}/loop1`);
  await Deno.symlink("loop1", `${directory}/loop2`);
}

for (const [title, options] of methods) {
  Deno.test(`RemoteFiles.read() says what a path is that cannot be read, ${title}`, async () => {
    await using station = await openStation(options);
    const directory = await station.directory("d", ownerOf(options));
    await furnish(directory);
    for (const [path, code, words] of unreadable) {
      const error = await failure(station.read(`${directory}/${path}`));
      assert.deepEqual([path, error.code], [path, code], error.message);
      assert.match(error.message, words);
      assert.match(error.message, /^Cannot read /);
    }
  });

  Deno.test(`RemoteFiles.write() says what a path is that cannot be written, ${title}`, async () => {
    await using station = await openStation(options);
    const directory = await station.directory("d", ownerOf(options));
    await furnish(directory);
    const before = listing(directory);
    for (const [path, code, words] of unwritable) {
      const error = await failure(station.write(`${directory}/${path}`, "new"));
      assert.deepEqual([path, error.code], [path, code], error.message);
      assert.match(error.message, words);
    }
    assert.deepEqual(listing(directory), before);
  });

  Deno.test(`RemoteFiles.write() makes the file that a dangling link names, ${title}`, async () => {
    await using station = await openStation(options);
    const directory = await station.directory("d", ownerOf(options));
    await furnish(directory);
    await station.write(`${directory}/dangling`, "new");
    assert.equal(Deno.readTextFileSync(`${directory}/nowhere`), "new");
    assert.equal(Deno.readLinkSync(`${directory}/dangling`), "nowhere");
  });

  Deno.test(`RemoteFiles.write() leaves all as it was on a full disk, ${title}`, async () => {
    await using station = await openStation(options);
    await using mount = await mountTmpfs(station, "size=256k");
    const path = `${mount.path}/f`;
    await station.write(path, "old");
    const full = new Uint8Array(400_000);
    for (const mode of ["replace", "append"] as const) {
      const error = await failure(station.write(path, full, { mode }));
      assert.equal(error.code, "ENOSPC", error.message);
      assert.match(error.message, /no space left on device/);
      assert.equal(Deno.readTextFileSync(path), "old");
      assert.deepEqual(listing(mount.path), ["f"]);
    }
    const made = station.write(`${mount.path}/a/b/f`, full, { makesDirectories: true });
    assert.equal((await failure(made)).code, "ENOSPC");
    assert.deepEqual(listing(mount.path), ["f"]);
  });

  Deno.test(`RemoteFiles.write() leaves all as it was where nothing may change, ${title}`, async () => {
    await using station = await openStation(options);
    await using mount = await mountTmpfs(station, "size=256k");
    await station.write(`${mount.path}/f`, "old");
    await mustRun(["mount", "-o", "remount,ro", mount.path]);
    const error = await failure(station.write(`${mount.path}/f`, "new"));
    assert.equal(error.code, "EROFS", error.message);
    assert.equal(Deno.readTextFileSync(`${mount.path}/f`), "old");
    assert.deepEqual(listing(mount.path), ["f"]);
  });

  Deno.test(`RemoteFiles.write() cannot change an immutable file, ${title}`, async () => {
    await using station = await openStation(options);
    const directory = await station.directory("d", ownerOf(options));
    const path = `${directory}/f`;
    await station.write(path, "old");
    await mustRun(["chattr", "+i", path]);
    try {
      const error = await failure(station.write(path, "new"));
      assert.equal(error.code, "EPERM", error.message);
      assert.equal(Deno.readTextFileSync(path), "old");
      assert.deepEqual(listing(directory), ["f"]);
    } finally {
      await mustRun(["chattr", "-i", path]);
    }
  });
}

Deno.test("RemoteFiles.read() and write() say that permission is denied, and nothing changed", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const directory = await station.directory("d", "root");
    await Deno.writeTextFile(`${directory}/f`, "old");
    const attempts = [
      (): Promise<unknown> => station.read(`${directory}/f`),
      (): Promise<unknown> => station.write(`${directory}/f`, "new"),
    ];
    for (const attempt of attempts) {
      const error = await failure(attempt());
      assert.equal(error.code, "EACCES", error.message);
      assert.match(error.message, /permission denied/);
      assert.match(error.advice, /use_sudo/);
    }
    assert.deepEqual(listing(directory), ["f"]);
    assert.equal(Deno.readTextFileSync(`${directory}/f`), "old");
  }
});

Deno.test("RemoteFiles.write() refuses a chmod that is refused, before it changes anything", async () => {
  await using station = await openStation({ sftp: "off" });
  const directory = await station.directory("d");
  await Deno.writeTextFile(`${directory}/log`, "old");
  await Deno.chmod(`${directory}/log`, 0o666);
  const error = await failure(
    station.write(`${directory}/log`, "new", { mode: "append", permissions: 0o600 }),
  );
  assert.equal(error.code, "EPERM", error.message);
  assert.equal(Deno.readTextFileSync(`${directory}/log`), "old");
});

Deno.test("RemoteFiles.write() never moves its file into a directory that took the place", async () => {
  for (const [, options] of methods) {
    await using station = await openStation(options);
    const directory = await station.directory("d", ownerOf(options));
    const path = `${directory}/f`;
    let isOver = false;
    const swap = (async () => {
      while (!isOver) {
        await Deno.mkdir(path).catch(() => {});
        await Deno.remove(path).catch(() => {});
      }
    })();
    for (let round = 0; round < 10; round++) {
      await station.write(path, "new").catch((error) =>
        assert.equal(error.code, "EISDIR", error.message)
      );
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
    isOver = true;
    await swap;
    await Deno.remove(path, { recursive: true }).catch(() => {});
    assert.deepEqual(listing(directory), []);
  }
});

Deno.test("RemoteFiles.read() gives up on a file of the kernel that never ends", async () => {
  const elevation = { kind: "sudo" } as const;
  await using sudo = await openStation({ ...sudoers, elevation, sftp: "off" });
  await using root = await openRootStation();
  const attempts = [sudo, root].map((station) => failure(station.read("/proc/kmsg")));
  for (const error of await Promise.all(attempts)) {
    assert.match(error.message, /no end of file and no data/);
  }
  const again = await root.read("/proc/version");
  assert.ok(again.bytes.length > 0);
});

async function failure(attempt: Promise<unknown>): Promise<FileError> {
  const error = await attempt.then(() => undefined, (error) => error);
  assert.ok(error instanceof FileError, `${error?.stack ?? "no error"}`);
  return error;
}

function ownerOf(options: StationOptions): "account" | "root" {
  return options.elevation === undefined ? "account" : "root";
}

interface Mount extends AsyncDisposable {
  readonly path: string;
}

async function mountTmpfs(station: Station, options: string): Promise<Mount> {
  const path = await station.directory("m");
  const owner = `uid=${station.account.uid},gid=${station.account.gid}`;
  await mustRun(["mount", "-t", "tmpfs", "-o", `${options},mode=755,${owner}`, "tmpfs", path]);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await command(["umount", "--lazy", path]);
    },
  };
}

function listing(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}
