import assert from "node:assert/strict";
import type { Account } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import { Random } from "../support/random.ts";
import { openStation, type Station, type StationOptions } from "./station.ts";

const PASSWORD = "pä $x'\"\\ y";
const withPassword = { kind: "sudo", password: PASSWORD } as const;

interface AccessCase extends StationOptions {
  readonly title: string;
  readonly via: "sftp" | "shell" | "sudo";
  /** {@link BORDERS} where bytes go a way of their own, {@link KINDS} where only the way in differs. */
  readonly sizes: readonly number[];
}

/** About each border of a packet, a line of the script and a read. */
const BORDERS = [1, 4_095, 4_096, 4_097, 32_767, 32_768, 32_769, 65_537, 262_145, 2 ** 21];
/** Sizes away from the {@link BORDERS}: less than a block, a few blocks, many. */
const KINDS = [4_095, 65_537, 2 ** 20];

const methods: readonly AccessCase[] = [
  { title: "over SFTP", via: "sftp", sizes: BORDERS },
  { title: "by shell, without SFTP", via: "shell", sftp: "off", sizes: BORDERS },
  {
    title: "by shell below fish",
    ...{ via: "shell", sizes: KINDS },
    sftp: "off",
    account: { shell: "/usr/bin/fish" },
  },
  {
    title: "by shell below tcsh",
    ...{ via: "shell", sizes: KINDS },
    sftp: "off",
    account: { shell: "/bin/tcsh" },
  },
  {
    title: "by shell below zsh",
    ...{ via: "shell", sizes: KINDS },
    sftp: "off",
    account: { shell: "/bin/zsh" },
  },
  {
    title: "by shell below a bash whose .bashrc talks",
    ...{ via: "shell", sizes: KINDS },
    sftp: "off",
    account: { files: { ".bashrc": "echo hello from bashrc; echo and stderr >&2\n" } },
  },
  {
    title: "by sudo without a password",
    ...{ via: "sudo", sizes: KINDS },
    elevation: { kind: "sudo" },
    account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" },
  },
  {
    title: "by sudo with a password",
    ...{ via: "sudo", sizes: BORDERS },
    elevation: withPassword,
    account: { password: PASSWORD, sudoers: "ALL=(ALL) ALL" },
  },
  {
    title: "by sudo that demands a terminal",
    ...{ via: "sudo", sizes: BORDERS },
    elevation: withPassword,
    account: { password: PASSWORD },
    sudoers: (name) => `${name} ALL=(ALL) ALL\nDefaults:${name} requiretty`,
  },
  {
    title: "by sudo that demands a terminal and makes no pty",
    ...{ via: "sudo", sizes: KINDS },
    elevation: withPassword,
    account: { password: PASSWORD },
    sudoers: (name) => `${name} ALL=(ALL) ALL\nDefaults:${name} requiretty, !use_pty`,
  },
  {
    title: "by sudo that lectures, without SFTP",
    ...{ via: "sudo", sizes: KINDS },
    sftp: "off",
    elevation: withPassword,
    account: { password: PASSWORD },
    sudoers: (name) => `${name} ALL=(ALL) ALL\nDefaults:${name} lecture=always`,
  },
];

const names = [
  "plain",
  "sp ace ",
  "-dash",
  `qu'o"te`,
  "new\nline\n",
  "ünï-日本",
  "!bang $x `y` \\ *[a]{b}",
  ": Permission denied",
];

const bytes256 = Uint8Array.from({ length: 256 }, (_, index) => index);
const contents: readonly Uint8Array[] = [
  new Uint8Array(),
  Uint8Array.of(0),
  bytes256,
  new TextEncoder().encode("a\r\nb\n\rc\0d\x1a\x04\x03\x11\x13\x16\x1c"),
  Uint8Array.of(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5),
];

for (const { title, via, sizes, ...options } of methods) {
  Deno.test(`RemoteFiles.write() and read() are exact ${title}: names, bytes and sizes`, async () => {
    await using station = await openStation(options);
    const directory = await station.directory("d", via === "sudo" ? "root" : "account");
    for (const [index, name] of names.entries()) {
      await roundTrip(station, `${directory}/${name}`, contents[index % contents.length]!, via);
    }
    for (const size of sizes) await roundTrip(station, `${directory}/plain`, noise(size), via);
    assert.deepEqual(listing(directory), [...names].sort());
  });
}

Deno.test("RemoteFiles.read() cuts ranges to the byte, whatever the method", async () => {
  const content = noise(70_000);
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const path = `${await station.directory("d")}/f`;
    await station.write(path, content);
    const ranges = [[0, 1], [1, 4_096], [4_095, 2], [4_096, 4_096], [65_536, 4_464], [69_999, 1]];
    for (const [offset, limitBytes] of ranges as [number, number][]) {
      const range = await station.read(path, { offset, limitBytes });
      assert.deepEqual(range.bytes, content.slice(offset, offset + limitBytes));
      assert.equal(range.hasMore, offset + limitBytes < content.length, `${offset}`);
      assert.equal(range.before.sizeBytes, 70_000);
    }
    const behind = await station.read(path, { offset: 80_000 });
    assert.deepEqual([behind.bytes.length, behind.hasMore], [0, false]);
  }
});

Deno.test("RemoteFiles.read() reads files of procfs and sysfs to their end", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const version = await Deno.readFile("/proc/version");
    const range = await station.read("/proc/version");
    assert.deepEqual([range.bytes, range.hasMore], [version, false]);
    const part = await station.read("/proc/version", { offset: 2, limitBytes: 5 });
    assert.deepEqual([part.bytes, part.hasMore], [version.slice(2, 7), true]);
    const page = await station.read("/sys/kernel/mm/transparent_hugepage/enabled");
    assert.match(new TextDecoder().decode(page.bytes), /^.*\[.*\].*\n$/);
    assert.ok(!page.hasMore);
  }
});

Deno.test("RemoteFiles.write() makes a new file by the umask, and its directories", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const directory = await station.directory("d");
    const report = await station.write(`${directory}/a/b c/f`, "x", { makesDirectories: true });
    assert.equal(report.outcome, "created");
    assert.equal(mode(`${directory}/a/b c/f`), "644");
    assert.equal(Deno.statSync(`${directory}/a`).uid, station.account.uid);
    await station.write(`${directory}/f`, "x", { permissions: 0o600 });
    assert.equal(mode(`${directory}/f`), "600");
  }
});

Deno.test("RemoteFiles.write() keeps mode and owner and the links that lead to the file", async () => {
  for (const [sftp, elevation] of keepers) {
    await using station = await openStation({
      sftp,
      elevation,
      account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" },
    });
    const isRoot = elevation.kind === "sudo";
    const directory = await station.directory("d", isRoot ? "root" : "account");
    await Deno.writeTextFile(`${directory}/file`, "old");
    await Deno.chown(`${directory}/file`, isRoot ? 12345 : station.account.uid, 54321);
    await Deno.chown(
      `${directory}/file`,
      isRoot ? 12345 : station.account.uid,
      station.account.gid,
    );
    await Deno.chmod(`${directory}/file`, 0o4751);
    await Deno.mkdir(`${directory}/sub`);
    await Deno.symlink("sub/../link2", `${directory}/link1`);
    await Deno.symlink("./file", `${directory}/link2`);
    const before = Deno.statSync(`${directory}/file`);
    const report = await station.write(`${directory}/link1`, "new");
    const after = Deno.statSync(`${directory}/file`);
    assert.deepEqual([after.uid, after.gid, after.mode], [before.uid, before.gid, before.mode]);
    assert.notEqual(after.ino, before.ino);
    assert.deepEqual(report.notes, []);
    assert.equal(Deno.readTextFileSync(`${directory}/link1`), "new");
    assert.equal(Deno.readLinkSync(`${directory}/link1`), "sub/../link2");
    assert.equal(Deno.readLinkSync(`${directory}/link2`), "./file");
    assert.deepEqual(listing(directory), ["file", "link1", "link2", "sub"]);
  }
});

const keepers = [
  ["on", { kind: "none" }],
  ["off", { kind: "none" }],
  ["on", { kind: "sudo" }],
] as const;

Deno.test("RemoteFiles.write() keeps what SFTP does not know of: lists, attributes, and says links", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const directory = await station.directory("d");
    const path = `${directory}/a b`;
    await station.write(path, "old");
    await mustRun(["setfacl", "-m", "u:daemon:rw", path]);
    await mustRun(["setfattr", "-n", "user.color", "-v", "red", path]);
    const acl = await mustRun(["getfacl", "-c", path]);
    const report = await station.write(path, "new");
    assert.deepEqual([report.via, report.notes], ["shell", []]);
    assert.equal(await mustRun(["getfacl", "-c", path]), acl);
    assert.match(await mustRun(["getfattr", "-d", path]), /user\.color="red"/);
    const age = Date.now() - Deno.statSync(path).mtime!.getTime();
    assert.ok(age < 60_000, "the time is the time of writing");
    await Deno.link(path, `${directory}/other`);
    const second = await station.write(path, "newer");
    assert.match(second.notes.join(), /had 2 names \(hard links\); the others keep the old/);
    assert.equal(Deno.readTextFileSync(`${directory}/other`), "new");
    assert.deepEqual(listing(directory), ["a b", "other"]);
  }
});

Deno.test("RemoteFiles.write() says so when the owner cannot be kept, and drops set-id bits", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const directory = await station.directory("d");
    await Deno.writeTextFile(`${directory}/file`, "old");
    await Deno.chmod(`${directory}/file`, 0o6755);
    const { user, group } = await ownerOf(station.account);
    const report = await station.write(`${directory}/file`, "new");
    assert.equal(mode(`${directory}/file`), "755");
    assert.match(report.notes.join("; "), new RegExp(`owner is now ${user}, was root`));
    assert.match(report.notes.join("; "), new RegExp(`group is now ${group}, was root`));
  }
});

Deno.test("RemoteFiles.write() leaves a foreign owner to sudo where sudo is allowed", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({
      sftp,
      elevation: { kind: "sudo" },
      account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" },
    });
    const directory = await station.directory("d");
    await Deno.writeTextFile(`${directory}/file`, "old", { mode: 0o644 });
    const report = await station.write(`${directory}/file`, "new");
    assert.deepEqual([report.via, report.notes], ["sudo", []]);
    const { uid, gid } = Deno.statSync(`${directory}/file`);
    assert.deepEqual([uid, gid, mode(`${directory}/file`)], [0, 0, "644"]);
    assert.deepEqual(listing(directory), ["file"]);
  }
});

Deno.test("RemoteFiles.write() appends in place, whatever the method and the size", async () => {
  for (const sftp of ["on", "off"] as const) {
    await using station = await openStation({ sftp });
    const path = `${await station.directory("d")}/log`;
    const parts = [noise(10), noise(0), noise(32_768), noise(100_000)];
    assert.equal((await station.write(path, parts[0]!, { mode: "append" })).outcome, "created");
    const { ino } = Deno.statSync(path);
    for (const part of parts.slice(1)) {
      assert.equal((await station.write(path, part, { mode: "append" })).outcome, "appended");
    }
    const whole = parts.flatMap((part) => [...part]);
    assert.deepEqual([...Deno.readFileSync(path)], whole);
    assert.equal(Deno.statSync(path).ino, ino);
  }
});

Deno.test("RemoteFiles.write() writes in place where only the file is the user's", async () => {
  await using station = await openStation();
  const directory = await station.directory("d", "root");
  await Deno.chmod(directory, 0o755);
  await Deno.writeTextFile(`${directory}/f`, "old content");
  await Deno.chown(`${directory}/f`, station.account.uid, 0);
  await Deno.chmod(`${directory}/f`, 0o640);
  const { ino } = Deno.statSync(`${directory}/f`);
  const report = await station.write(`${directory}/f`, "new");
  assert.match(report.notes.join(), /^written in place, .*Permission denied$/);
  const after = Deno.statSync(`${directory}/f`);
  assert.deepEqual([after.ino, after.uid, after.gid], [ino, station.account.uid, 0]);
  assert.equal(Deno.readTextFileSync(`${directory}/f`), "new");
  assert.deepEqual(listing(directory), ["f"]);
});

async function roundTrip(
  station: Station,
  path: string,
  content: Uint8Array,
  via: string,
): Promise<void> {
  const written = await station.write(path, content);
  assert.equal(await sha256(await Deno.readFile(path)), await sha256(content));
  const range = await station.read(path);
  assert.equal(await sha256(range.bytes), await sha256(content));
  assert.deepEqual([written.via, range.via, range.hasMore], [via, via, false]);
  const owner = via === "sudo" ? 0 : station.account.uid;
  assert.deepEqual([Deno.statSync(path).uid, mode(path)], [owner, "644"]);
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))).toHex();
}

function noise(size: number): Uint8Array {
  const random = new Random(size);
  return Uint8Array.from({ length: size }, () => random.below(256));
}

function mode(path: string): string {
  return ((Deno.statSync(path).mode ?? 0) & 0o7777).toString(8);
}

function listing(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

/** As the notes name them: by number where the throwaway group has no name. */
async function ownerOf(account: Account): Promise<{ user: string; group: string }> {
  const entry = await mustRun(["sh", "-c", `getent group ${account.gid} || :`]);
  const [group = ""] = entry.split(":");
  return { user: account.name, group: group.trim() || `gid ${account.gid}` };
}
