import assert from "node:assert/strict";
import type { WriteRequest } from "../../src/sftp/file_range.ts";
import { type Attack, type HostileScene, hostileScene } from "./hostile_user.ts";
import { openRootStation, openStation, type Station } from "./roads.ts";

const SECRET = "s3cret content";
const ROUNDS = 12;

type Request = Partial<Omit<WriteRequest, "content">>;

interface Case {
  readonly title: string;
  /** Prepares one attempt, and names the path that is written. */
  readonly prepare: (scene: HostileScene) => Promise<string>;
  /** What mallory does meanwhile; without it, one attempt is enough. */
  readonly attack?: (scene: HostileScene) => Attack;
  readonly request?: Request;
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
    request: { mode: "append" },
    isHers: true,
  },
  {
    title: "a directory that is made is replaced by a link",
    prepare: ({ hers }) => Promise.resolve(`${hers}/a/b/f`),
    attack: ({ hers, vault }) => ["created", hers, "a", vault],
    request: { makesDirectories: true },
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
    request: { mode: "append" },
  },
];

/** What another user can prepare in /tmp; so for every user and every road. */
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
    request: { mode: "append" },
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
    request: { makesDirectories: true },
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
    request: { permissions: 0o600 },
  },
  {
    title: "a file that another user made before is appended to",
    prepare: async (scene) => {
      await scene.file(`${scene.shared}/f`, 0o666);
      return `${scene.shared}/f`;
    },
    request: { mode: "append" },
  },
  {
    title: "a hard link in a shared directory is appended to",
    prepare: async (scene) => {
      await Deno.link(`${scene.vault}/victim`, `${scene.shared}/f`);
      return `${scene.shared}/f`;
    },
    request: { mode: "append" },
  },
  {
    title: "a file and a link change places in a shared directory",
    prepare: async (scene) => {
      await scene.file(`${scene.shared}/f`, 0o666);
      await scene.link(`${scene.shared}/l`, `${scene.vault}/victim`);
      return `${scene.shared}/f`;
    },
    attack: ({ shared }) => ["exchange", shared, "f", "l"],
    request: { permissions: 0o600 },
  },
];

const sudo = {
  sftp: "off",
  elevation: { kind: "sudo" },
  account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" },
} as const;

/** As root: mallory's victim is a file of root's. */
const rootRoads: readonly (readonly [title: string, open: () => Promise<Station>])[] = [
  ["by sudo", () => openDenied()],
  ["over SFTP as root", openRootStation],
];

/** As the user who is attacked. */
const userRoads: readonly (readonly [title: string, open: () => Promise<Station>])[] = [
  ["over SFTP", () => openStation()],
  ["by shell", () => openStation({ sftp: "off" })],
];

/** A login that can do nothing but by sudo, so that nothing is done before. */
async function openDenied(): Promise<Station> {
  return await openStation(sudo);
}

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

for (const [road, open] of rootRoads) {
  Deno.test(`RemoteFiles.write() as root withstands other users, ${road}`, async (test) => {
    await using station = await open();
    for (const attempt of [...cases, ...sharedCases]) {
      await test.step(attempt.title, () => withstand(station, attempt, { uid: 0, gid: 0 }));
    }
  });
}

for (const [road, open] of userRoads) {
  Deno.test(`RemoteFiles.write() of a user withstands other users, ${road}`, async (test) => {
    await using station = await open();
    const byShell = road === "by shell" ? [openToAll] : [];
    for (const attempt of [...sharedCases, ...byShell]) {
      await test.step(attempt.title, () => withstand(station, attempt, station.account));
    }
  });
}

async function withstand(
  station: Station,
  { prepare, attack, request = {}, isHers = false }: Case,
  victim: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await using scene = await hostileScene(victim);
  const path = await prepare(scene);
  await using running = attack && await scene.attack(attack(scene));
  for (let round = 0; round < (attack === undefined ? 1 : ROUNDS); round++) {
    if (request.mode === "append" && attack !== undefined) await renew(path);
    const writing = station.write(path, SECRET, request);
    const error = await writing.then(() => undefined, (error) => error);
    assertIntact(scene, victim);
    if (!isHers) assertSecret(scene);
    if (attack === undefined) assert.equal(error?.name, "UnsafePathError", `${error}`);
    if (error === undefined && request.makesDirectories === true) {
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

Deno.test("RemoteFiles.write() as root writes in directories of other users, and leaves nothing there", async () => {
  for (const [, open] of rootRoads) {
    await using station = await open();
    await using scene = await hostileScene({ uid: 0, gid: 0 });
    const { hers, group, shared, mallory } = scene;
    await scene.file(`${hers}/f`, 0o640);
    await station.write(`${hers}/f`, "new");
    await station.write(`${hers}/f`, " and more", { mode: "append" });
    assert.equal(Deno.readTextFileSync(`${hers}/f`), "new and more");
    const { uid, gid, mode } = Deno.statSync(`${hers}/f`);
    assert.deepEqual([uid, gid, mode! & 0o7777], [mallory.uid, mallory.gid, 0o640]);
    const made = await station.write(`${hers}/a/b/g`, "new", { makesDirectories: true });
    assert.equal(made.outcome, "created");
    for (const directory of [group, shared]) {
      await station.write(`${directory}/own`, "new", { permissions: 0o600 });
      await station.write(`${directory}/own`, "newer");
      const own = Deno.statSync(`${directory}/own`);
      // Where the user may write, no sudo is needed.
      const owner = directory === shared ? station.account.uid : 0;
      assert.deepEqual([own.uid, own.mode! & 0o7777], [owner, 0o600]);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["own"]);
    }
    const names = [...Deno.readDirSync(hers)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["a", "f"]);
  }
});

Deno.test("RemoteFiles.read() by sudo follows no link of another user's in a shared directory", async () => {
  await using station = await openStation(sudo);
  await using scene = await hostileScene({ uid: 0, gid: 0 });
  await Deno.chmod(`${scene.vault}/victim`, 0o600);
  await scene.link(`${scene.shared}/f`, `${scene.vault}/victim`);
  await scene.link(`${scene.hers}/f`, `${scene.vault}/victim`);
  await Deno.symlink(`${scene.vault}/victim`, `${scene.shared}/own`);
  const refused = {
    name: "UnsafePathError",
    message: /is a symbolic link \(owner uid \d+\), in a dir/,
  };
  await assert.rejects(station.read(`${scene.shared}/f`), refused);
  for (const path of [`${scene.hers}/f`, `${scene.shared}/own`]) {
    const range = await station.read(path);
    assert.equal(new TextDecoder().decode(range.bytes), "as it was");
  }
});
