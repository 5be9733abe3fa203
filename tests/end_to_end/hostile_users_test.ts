import assert from "node:assert/strict";
import { type Attack, type HostileScene, hostileScene } from "../support/hostile_user.ts";

import {
  type FileAccess,
  NO_SFTP,
  openAccess,
  openRoot,
  openSudo,
  type WriteArguments,
} from "./file_access.ts";

const SECRET = "s3cret content";
const ROUNDS = 4;
/** A reply that refuses to follow what somebody else could have made. */
const UNSAFE = /that other users can write|another user replaced|users can write the directory/;

interface Case {
  readonly title: string;
  /** Prepares one attempt, and names the path that is written. */
  readonly prepare: (scene: HostileScene) => Promise<string>;
  /** What mallory does meanwhile; without it, one attempt is enough. */
  readonly attack?: (scene: HostileScene) => Attack;
  readonly request?: WriteArguments;
  /** Whether the content may be in files of mallory's: her directory is named, after all. */
  readonly isHers?: boolean;
}

const cases: readonly Case[] = [
  {
    title: "the temporary file of a new file is replaced by a link",
    prepare: ({ hers }) => Promise.resolve(`${hers}/f`),
    attack: ({ hers, vault }) => ["created", hers, ".mcp-ssh-", `${vault}/victim`],
    isHers: true,
  },
  {
    title: "the temporary file of an existing file is replaced by a link",
    prepare: async (scene) => {
      await scene.file(`${scene.hers}/f`, 0o644);
      return `${scene.hers}/f`;
    },
    attack: ({ hers, vault }) => ["created", hers, ".mcp-ssh-", `${vault}/victim`],
    isHers: true,
  },
  {
    title: "the temporary file is replaced by a link in a directory of a group",
    prepare: ({ group }) => Promise.resolve(`${group}/f`),
    attack: ({ group, vault }) => ["created", group, ".mcp-ssh-", `${vault}/victim`],
    isHers: true,
  },
  {
    title: "a file is replaced by a link while it is appended to",
    prepare: async (scene) => {
      await scene.file(`${scene.hers}/f`, 0o644);
      return `${scene.hers}/f`;
    },
    attack: ({ hers, vault }) => ["created", hers, ".mcp-ssh-", `${vault}/victim`, "f"],
    request: { append: Boolean(1) },
    isHers: true,
  },
  {
    title: "a directory that is made is replaced by a link",
    prepare: ({ hers }) => Promise.resolve(`${hers}/a/b/f`),
    attack: ({ hers, vault }) => ["created", hers, "a", vault],
    request: { make_dirs: Boolean(1) },
    isHers: true,
  },
  {
    title: "a directory and a link change places",
    prepare: async (scene) => {
      await scene.directory(`${scene.hers}/d`);
      await scene.link(`${scene.hers}/l`, scene.vault);
      return `${scene.hers}/d/victim`;
    },
    attack: ({ hers }) => ["exchange", hers, "d", "l", "slowly"],
    isHers: true,
  },
  {
    title: "a link leads out of another user's directory",
    prepare: async (scene) => {
      await scene.link(`${scene.hers}/f`, `${scene.vault}/victim`);
      return `${scene.hers}/f`;
    },
  },
  {
    title: "a link to a directory leads out of another user's directory",
    prepare: async (scene) => {
      await scene.link(`${scene.hers}/d`, scene.vault);
      return `${scene.hers}/d/victim`;
    },
  },
  {
    title: "a file of another user has a second name",
    prepare: async (scene) => {
      await Deno.link(`${scene.vault}/victim`, `${scene.hers}/f`);
      return `${scene.hers}/f`;
    },
    request: { append: Boolean(1) },
  },
];

/** The traps that another user can lay in /tmp, for every user and every method. */
const sharedCases: readonly Case[] = [
  {
    title: "a link of another user's in a shared directory",
    prepare: async (scene) => {
      await scene.link(`${scene.shared}/f`, `${scene.vault}/victim`);
      return `${scene.shared}/f`;
    },
  },
  {
    title: "a link of another user's in a shared directory is appended through",
    prepare: async (scene) => {
      await scene.link(`${scene.shared}/f`, `${scene.vault}/victim`);
      return `${scene.shared}/f`;
    },
    request: { append: Boolean(1) },
  },
  {
    title: "a link of another user's to a directory",
    prepare: async (scene) => {
      await scene.link(`${scene.shared}/d`, scene.vault);
      return `${scene.shared}/d/victim`;
    },
  },
  {
    title: "directories are made through a link of another user's",
    prepare: async (scene) => {
      await scene.link(`${scene.shared}/d`, scene.vault);
      return `${scene.shared}/d/a/f`;
    },
    request: { make_dirs: Boolean(1) },
  },
  {
    title: "a dangling link of another user's",
    prepare: async (scene) => {
      await scene.link(`${scene.shared}/f`, `${scene.vault}/new`);
      return `${scene.shared}/f`;
    },
  },
  {
    title: "a file that another user made before, with permissions",
    prepare: async (scene) => {
      await scene.file(`${scene.shared}/f`, 0o666);
      return `${scene.shared}/f`;
    },
    request: { permissions: "0600" },
  },
  {
    title: "a file that another user made before is appended to",
    prepare: async (scene) => {
      await scene.file(`${scene.shared}/f`, 0o666);
      return `${scene.shared}/f`;
    },
    request: { append: Boolean(1) },
  },
  {
    title: "a hard link in a shared directory is appended to",
    prepare: async (scene) => {
      await Deno.link(`${scene.vault}/victim`, `${scene.shared}/f`);
      return `${scene.shared}/f`;
    },
    request: { append: Boolean(1) },
  },
  {
    title: "a file and a link change places in a shared directory",
    prepare: async (scene) => {
      await scene.file(`${scene.shared}/f`, 0o666);
      await scene.link(`${scene.shared}/l`, `${scene.vault}/victim`);
      return `${scene.shared}/f`;
    },
    attack: ({ shared }) => ["exchange", shared, "f", "l"],
    request: { permissions: "0600" },
  },
];

/** As root: mallory's victim is a file of root's. */
const rootMethods: readonly (readonly [title: string, open: () => Promise<FileAccess>])[] = [
  ["by sudo", openSudo],
  ["over SFTP as root", openRoot],
];

/** As the user who is attacked. */
const userMethods: readonly (readonly [title: string, open: () => Promise<FileAccess>])[] = [
  ["over SFTP", () => openAccess()],
  ["by shell", () => openAccess({ config: NO_SFTP })],
];

/** A directory of a group that everybody may write. */
const openToAll: Case = {
  title: "the temporary file is replaced by a link",
  prepare: async ({ group }) => {
    await Deno.chmod(group, 0o777);
    return `${group}/f`;
  },
  attack: ({ group, vault }) => ["created", group, ".mcp-ssh-", `${vault}/victim`],
  isHers: true,
};

for (const [title, open] of rootMethods) {
  Deno.test(`write_file as root withstands other users, ${title}`, async (test) => {
    await using access = await open();
    for (const attempt of [...cases, ...sharedCases]) {
      await test.step(attempt.title, () => withstand(access, attempt, { uid: 0, gid: 0 }));
    }
  });
}

for (const [title, open] of userMethods) {
  Deno.test(`write_file of a user withstands other users, ${title}`, async (test) => {
    await using access = await open();
    const byShell = title === "by shell" ? [openToAll] : [];
    for (const attempt of [...sharedCases, ...byShell]) {
      await test.step(attempt.title, () => withstand(access, attempt, access.account));
    }
  });
}

async function withstand(
  access: FileAccess,
  { prepare, attack, request = {}, isHers = false }: Case,
  victim: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await using scene = await hostileScene(victim);
  const path = await prepare(scene);
  await using running = attack && await scene.attack(attack(scene));
  for (let round = 0; round < (attack === undefined ? 1 : ROUNDS); round++) {
    if (request.append === true && attack !== undefined) await renew(path);
    const reply = await access.write(path, SECRET, request);
    assertIntact(scene, victim);
    if (!isHers) assertSecret(scene);
    if (attack === undefined) assert.ok(reply.isError && UNSAFE.test(reply.firstLine), reply.text);
    if (!reply.isError && request.make_dirs === true) {
      await Deno.remove(`${scene.hers}/a`, { recursive: true });
    }
  }
  if (running !== undefined) assert.ok(await running.end() > 0, "mallory acted");
}

/** What mallory replaced by a link is a file again. */
async function renew(path: string): Promise<void> {
  const { uid, gid } = Deno.lstatSync(path);
  await Deno.remove(path);
  await Deno.writeTextFile(path, "hers");
  await Deno.chown(path, uid, gid);
}

function assertIntact(
  { vault }: HostileScene,
  victim: { readonly uid: number; readonly gid: number },
): void {
  assert.deepEqual([...Deno.readDirSync(vault)].map(({ name }) => name), ["victim"]);
  const { uid, gid, mode } = Deno.statSync(`${vault}/victim`);
  assert.equal(Deno.readTextFileSync(`${vault}/victim`), "as it was");
  assert.deepEqual([uid, gid, mode! & 0o7777], [victim.uid, victim.gid, 0o644]);
}

/** The content is in no file of mallory's. */
function assertSecret({ shared, mallory }: HostileScene): void {
  for (const { name, isFile } of Deno.readDirSync(shared)) {
    const path = `${shared}/${name}`;
    if (!isFile || Deno.lstatSync(path).uid !== mallory.uid) continue;
    assert.doesNotMatch(Deno.readTextFileSync(path), /s3cret/);
  }
}

Deno.test("write_file as root writes in directories of other users, and leaves nothing there", async () => {
  for (const [, open] of rootMethods) {
    await using access = await open();
    const write = async (...args: Parameters<FileAccess["write"]>): Promise<string> => {
      const reply = await access.write(...args);
      assert.ok(!reply.isError, reply.text);
      return reply.firstLine;
    };
    await using scene = await hostileScene({ uid: 0, gid: 0 });
    const { hers, group, shared, mallory } = scene;
    await scene.file(`${hers}/f`, 0o640);
    await write(`${hers}/f`, "new");
    await write(`${hers}/f`, " and more", { append: Boolean(1) });
    assert.equal(Deno.readTextFileSync(`${hers}/f`), "new and more");
    const { uid, gid, mode } = Deno.statSync(`${hers}/f`);
    assert.deepEqual([uid, gid, mode! & 0o7777], [mallory.uid, mallory.gid, 0o640]);
    const made = await write(`${hers}/a/b/g`, "new", { make_dirs: Boolean(1) });
    assert.match(made, /^\[created /);
    for (const directory of [group, shared]) {
      await write(`${directory}/own`, "new", { permissions: "0600" });
      await write(`${directory}/own`, "newer");
      const own = Deno.statSync(`${directory}/own`);
      // Where the user may write, no sudo is needed.
      const owner = directory === shared ? access.account.uid : 0;
      assert.deepEqual([own.uid, own.mode! & 0o7777], [owner, 0o600]);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["own"]);
    }
    const names = [...Deno.readDirSync(hers)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["a", "f"]);
  }
});

Deno.test("read_file by sudo follows no link of another user's in a shared directory", async () => {
  await using access = await openSudo();
  await using scene = await hostileScene({ uid: 0, gid: 0 });
  await Deno.chmod(`${scene.vault}/victim`, 0o600);
  await scene.link(`${scene.shared}/f`, `${scene.vault}/victim`);
  await scene.link(`${scene.hers}/f`, `${scene.vault}/victim`);
  await Deno.symlink(`${scene.vault}/victim`, `${scene.shared}/own`);
  const refused = await access.read(`${scene.shared}/f`);
  assert.ok(refused.isError, refused.text);
  assert.match(refused.firstLine, /is a symbolic link \(owner uid \d+\), in a dir/);
  for (const path of [`${scene.hers}/f`, `${scene.shared}/own`]) {
    assert.match((await access.read(path)).body, /^as it was/);
  }
});
