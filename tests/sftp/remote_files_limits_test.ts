import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { FileError, PrivilegeError } from "../../src/errors.ts";
import { RemoteFiles } from "../../src/sftp/remote_files.ts";
import { createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { command, mustRun } from "../support/command.ts";
import { Random } from "../support/random.ts";
import { startDropbear } from "../transport/other_servers.ts";
import { open, target } from "../transport/targets.ts";
import { openStation, Station, type StationOptions } from "./station.ts";

const PASSWORD = "s3cret wörd'\"$";
const withPassword = { kind: "sudo", password: PASSWORD } as const;
const content = (() => {
  const random = new Random(7);
  return Uint8Array.from({ length: 100_000 }, () => random.below(256));
})();

/** Far ends that offer less than a shell and SFTP, or something else. */
const limited: readonly (readonly [title: string, via: string, options: StationOptions])[] = [
  ["ForceCommand internal-sftp", "sftp", { config: ["ForceCommand internal-sftp"] }],
  ["an account without a shell", "sftp", { account: { shell: "/usr/sbin/nologin" } }],
  ["a restricted shell without SFTP", "shell", { sftp: "off", account: { shell: "/bin/rbash" } }],
];

for (const [title, via, options] of limited) {
  Deno.test(`RemoteFiles serves ${title}`, async () => {
    await using station = await openStation(options);
    await roundTrip(station, await station.directory("d"), via);
  });
}

/** What sshd may run in place of the command it is given, whose input would be carried out. */
const deafToCommands: readonly (readonly [title: string, command: string])[] = [
  ["a shell", "bash"],
  ["a shell behind a question", "read choice; exec timeout 5 bash"],
];

for (const [title, deaf] of deafToCommands) {
  Deno.test(`RemoteFiles gives ${title} in place of its script nothing to carry out`, async () => {
    const config = [`ForceCommand ${deaf}`];
    await using plain = await openStation({ sftp: "off", config });
    const sudoers = (name: string): string => `${name} ALL=(ALL) NOPASSWD: ALL`;
    const elevation = { kind: "sudo" } as const;
    await using sudo = await openStation({ sftp: "off", config, sudoers, elevation });
    await Promise.all([plain, sudo].map(async (station) => {
      const directory = await station.directory("d");
      await Deno.writeTextFile(`${directory}/there`, "as it was");
      const refused = { name: "UnsupportedError", message: /runs no shell script/ };
      const content = `touch ${directory}/ran\n`.repeat(100);
      await assert.rejects(station.write(`${directory}/new`, "x"), refused);
      await assert.rejects(station.write(`${directory}/there`, content), refused);
      await assert.rejects(station.read(`${directory}/there`), refused);
      assert.equal(await Deno.readTextFile(`${directory}/there`), "as it was");
      const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
      assert.deepEqual(names, ["there"]);
    }));
  });
}

Deno.test("RemoteFiles serves a far end with nothing but busybox, as user and as root", async () => {
  await using box = await busyboxDirectory();
  const config = [`SetEnv PATH=${box.path}`];
  await using user = await openStation({ sftp: "off", config });
  await roundTrip(user, await user.directory("d"), "shell");
  await using root = await openStation({
    sftp: "off",
    config,
    elevation: { kind: "sudo" },
    sudoers: (name) => `${name} ALL=(ALL) NOPASSWD: ALL\nDefaults:${name} secure_path=${box.path}`,
  });
  await roundTrip(root, await root.directory("d", "root"), "sudo");
});

Deno.test("RemoteFiles serves dropbear", async () => {
  await using account = await createAccount({ password: PASSWORD });
  await using server = await startDropbear("ed25519");
  const resolved = target({
    port: server.port,
    user: account.name,
    password: PASSWORD,
    strictHostKeyChecking: "no",
  });
  await using connection = await open(resolved);
  const files = new RemoteFiles({ clock: systemClock });
  const path = `${account.home}/f`;
  const elevation = { kind: "none" } as const;
  await files.write(connection, path, {
    elevation,
    onAside: () => {},
    request: { content, mode: "replace", makesDirectories: false },
  });
  const request = { offset: 0, limitBytes: 2 ** 21 };
  const range = await files.read(connection, path, { elevation, request });
  assert.deepEqual([...range.bytes], [...content]);
});

Deno.test("RemoteFiles says that sudo is out of reach of an account with SFTP alone", async () => {
  await using station = await openStation({
    config: ["ForceCommand internal-sftp"],
    elevation: { kind: "sudo" },
    account: { sudoers: "ALL=(ALL) NOPASSWD: ALL" },
  });
  const directory = await station.directory("d", "root");
  await assert.rejects(station.read(`${directory}/f`), (error: FileError) => {
    assert.equal(error.code, "EACCES");
    assert.match(error.message, /permission denied, and sudo is out of reach: .*no shell script/);
    return true;
  });
});

Deno.test("RemoteFiles.read() takes sudo cat where a sudoers rule allows no more", async () => {
  for (const rule of ["NOPASSWD: /usr/bin/cat", "/usr/bin/cat"]) {
    await using station = await openStation({
      elevation: rule.startsWith("N") ? { kind: "sudo" } : withPassword,
      account: { password: PASSWORD, sudoers: `ALL=(root) ${rule}` },
    });
    const path = `${await station.directory("d", "root")}/a 'b'\n`;
    await Deno.writeFile(path, content);
    assert.deepEqual((await station.read(path)).bytes, content);
    const part = await station.read(path, { offset: 99_990, limitBytes: 5 });
    assert.deepEqual([part.bytes, part.hasMore], [content.slice(99_990, 99_995), true]);
    await assert.rejects(station.read(`${path}x`), { code: "ENOENT" });
    await assert.rejects(station.write(path, "new"), PrivilegeError);
    assert.deepEqual(await Deno.readFile(path), content);
  }
});

Deno.test("RemoteFiles tries a wrong sudo password once, and says what sudo refuses", async () => {
  const wrong = { kind: "sudo", password: "wrong" } as const;
  for (const language of ["C.UTF-8", "de_DE.UTF-8"]) {
    await using account = await createAccount({ password: PASSWORD });
    const log = `${account.home}/sudo.log`;
    await using station = await openStation({
      elevation: wrong,
      config: [`SetEnv LANG=${language}`],
      account: { password: PASSWORD },
      sudoers: (name) => `${name} ALL=(ALL) ALL\nDefaults:${name} logfile=${log}`,
    });
    const path = `${await station.directory("d", "root")}/f`;
    await assert.rejects(station.write(path, "x"), {
      name: "PrivilegeError",
      message: "sudo refused the password (one attempt was made)",
    });
    const logged = await until("sudo has logged it", async () => {
      const text = await Deno.readTextFile(log).catch(() => "");
      return text.endsWith("\n") && text;
    });
    assert.match(logged, /1 incorrect password attempt ;/);
    const right = new Station(station.sshd, station.account, station.connection, withPassword);
    assert.equal((await right.write(path, "x")).via, "sudo");
  }
});

Deno.test("RemoteFiles says that the user is not in sudoers, or sudo wants a password", async () => {
  const account = { password: PASSWORD };
  await using stranger = await openStation({ elevation: withPassword, account });
  const path = `${await stranger.directory("d", "root")}/f`;
  await assert.rejects(stranger.read(path), /sudo refused: ".* is not in the sudoers file/);
  const sudoers = "ALL=(ALL) ALL";
  await using silent = await openStation({
    elevation: { kind: "sudo" },
    account: { ...account, sudoers },
  });
  const other = `${await silent.directory("d", "root")}/f`;
  await assert.rejects(silent.read(other), { advice: "Pass sudo_password" });
});

Deno.test("RemoteFiles leaves the sudo password and the content in no process and no log", async () => {
  await using station = await openStation({
    elevation: withPassword,
    account: { password: PASSWORD, sudoers: "ALL=(ALL) ALL" },
  });
  const path = `${await station.directory("d", "root")}/f`;
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const trace of traces(["s3cret", "c0ntent"])) seen.add(trace);
      await systemClock.sleep(1);
    }
  })();
  for (let round = 0; round < 10; round++) {
    await station.write(path, `c0ntent ${"x".repeat(50_000)}`);
    await station.read(path);
  }
  isOver = true;
  await watching;
  assert.deepEqual([...seen], []);
  await Deno.remove(path);
  assert.doesNotMatch(station.sshd.log(), /s3cret|c0ntent/);
  const found = await command([
    "grep",
    "-rlsE",
    "s3cret w|c0ntent x",
    "/var/log",
    station.account.home,
  ]);
  assert.equal(found.stdout, "");
});

/** Processes, other than the test's own, that show one of the texts in /proc (proc(5)). */
function traces(texts: readonly string[]): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || name === String(Deno.pid)) continue;
    for (const file of ["cmdline", "environ"]) {
      try {
        const shown = Deno.readTextFileSync(`/proc/${name}/${file}`);
        if (texts.some((text) => shown.includes(text))) found.push(`${file}: ${shown}`);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return found;
}

async function roundTrip(station: Station, directory: string, via: string): Promise<void> {
  const path = `${directory}/a b\n`;
  assert.equal((await station.write(path, "first")).via, via);
  await Deno.chmod(path, 0o640);
  assert.equal((await station.write(path, content.subarray(0, 5_000))).outcome, "replaced");
  assert.equal((await Deno.stat(path)).mode! & 0o7777, 0o640);
  await station.write(path, content.subarray(5_000), { mode: "append" });
  const range = await station.read(path);
  assert.deepEqual([range.bytes, range.via], [content, via]);
  const part = await station.read(path, { offset: 4_097, limitBytes: 10 });
  assert.deepEqual(part.bytes, content.slice(4_097, 4_107));
  await assert.rejects(station.write(`${directory}/no/f`, "x"), { code: "ENOENT" });
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["a b\n"]);
}

/** A directory of busybox's applets and sudo, to be the whole PATH. */
async function busyboxDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "mss_busybox_" });
  await Deno.chmod(path, 0o755);
  const box = (await mustRun(["sh", "-c", "command -v busybox"])).trim();
  for (const applet of (await mustRun([box, "--list"])).trim().split("\n")) {
    await Deno.symlink(box, `${path}/${applet}`);
  }
  await Deno.symlink((await mustRun(["sh", "-c", "command -v sudo"])).trim(), `${path}/sudo`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
