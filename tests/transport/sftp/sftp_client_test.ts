import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { join } from "node:path";
import { ChannelError, ConnectionLostError, FileError } from "../../../src/errors.ts";
import type { Sftp } from "../../../src/transport/transport.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { bytes, open, run, targetOf } from "../targets.ts";

/** Writes a file and reads it back. */
async function roundTrip(sftp: Sftp, path: string, data: Uint8Array): Promise<Uint8Array> {
  const writing = await sftp.open(path, "w", { mode: 0o640 });
  await sftp.write(writing, 0, data);
  await sftp.close(writing);
  const reading = await sftp.open(path, "r");
  const back = await sftp.read(reading, 0, data.length + 100);
  await sftp.close(reading);
  return back;
}

function pattern(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (index * 31 + (index >> 8)) & 255);
}

function homeOf(sshd: Sshd): string {
  return sshd.account!.home;
}

Deno.test("Sftp reads back what it wrote, at every size around the packets' borders", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const path = join(homeOf(sshd), 'naïve "name"\n-rf.bin');
  for (const size of [0, 1, 255, 32_767, 32_768, 32_769, 65_536, 229_376, 229_377, 2 << 20]) {
    const data = pattern(size);
    const back = await roundTrip(sftp, path, data);
    assert.equal(back.length, size);
    assert.ok(back.every((byte, index) => byte === data[index]));
  }
  const { sizeBytes, mode, uid } = await sftp.stat(path);
  assert.deepEqual([sizeBytes, mode! & 0o7777, uid], [2 << 20, 0o640, sshd.account!.uid]);
});

Deno.test("Sftp is exact in bulk while keys are exchanged anew, with each kind of cipher", async () => {
  await using sshd = await startSshd({ config: ["RekeyLimit 1M"] });
  const data = pattern(6 << 20);
  for (const cipher of ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr"]) {
    await using connection = await open(targetOf(sshd, { ciphers: [cipher] }));
    await using sftp = await connection.openSftp();
    const back = await roundTrip(sftp, join(homeOf(sshd), "bulk"), data);
    assert.equal(Buffer.compare(back, data), 0);
  }
});

Deno.test("Sftp.read() takes a range and stops at the end of the file", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const path = join(homeOf(sshd), "range");
  await roundTrip(sftp, path, pattern(100_000));
  const handle = await sftp.open(path, "r");
  assert.deepEqual(await sftp.read(handle, 99_990, 50), pattern(100_000).slice(99_990));
  assert.deepEqual(await sftp.read(handle, 40_000, 3), pattern(100_000).slice(40_000, 40_003));
  assert.equal((await sftp.read(handle, 200_000, 10)).length, 0);
  await sftp.close(handle);
  const status = await sftp.open("/proc/self/status", "r");
  assert.match(new TextDecoder().decode(await sftp.read(status, 0, 100_000)), /^Name:/);
});

Deno.test("Sftp.open() follows the words of open(3)", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const path = join(homeOf(sshd), "words");
  await roundTrip(sftp, path, bytes("one"));
  await assert.rejects(sftp.open(path, "wx"), FileError);
  const appending = await sftp.open(path, "a");
  await sftp.write(appending, 0, bytes("two"));
  await sftp.close(appending);
  const changing = await sftp.open(path, "r+");
  await sftp.write(changing, 1, bytes("N"));
  await sftp.close(changing);
  assert.equal(await Deno.readTextFile(path), "oNetwo");
});

Deno.test("Sftp changes attributes, renames over, makes and removes, follows links", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const home = homeOf(sshd);
  await sftp.makeDirectory(join(home, "dir"), { mode: 0o700 });
  assert.equal((await sftp.stat(join(home, "dir"))).mode! & 0o170_777, 0o040_700);
  await roundTrip(sftp, join(home, "new"), bytes("new"));
  await roundTrip(sftp, join(home, "old"), bytes("old"));
  const handle = await sftp.open(join(home, "new"), "r+");
  await sftp.setAttributes(handle, { mode: 0o600, accessTime: 1, modifyTime: 1_000_000_000 });
  assert.equal((await sftp.fstat(handle)).modifyTime, 1_000_000_000);
  assert.ok(await sftp.sync(handle));
  await sftp.close(handle);
  await sftp.rename(join(home, "new"), join(home, "old"));
  assert.equal(await Deno.readTextFile(join(home, "old")), "new");
  await Deno.symlink("old", join(home, "link"));
  assert.equal(await sftp.readlink(join(home, "link")), "old");
  assert.equal((await sftp.lstat(join(home, "link"))).mode! & 0o170_000, 0o120_000);
  assert.equal(await sftp.realpath(join(home, "dir", "..", "old")), join(home, "old"));
  await sftp.remove(join(home, "old"));
  await assert.rejects(sftp.stat(join(home, "old")), FileError);
});

Deno.test("Sftp errors carry the errno's name, the path and the server's word", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const codes: readonly (readonly [Promise<unknown>, string | undefined, RegExp])[] = [
    [sftp.open("/absent/file", "r"), "ENOENT", /"\/absent\/file": the server says "No such file"/],
    [sftp.open("/root/file", "w"), "EACCES", /Permission denied/],
    [sftp.makeDirectory("/tmp"), undefined, /Cannot make the directory "\/tmp"/],
    [sftp.readlink("/tmp"), "EINVAL", /Cannot read the link "\/tmp"/],
  ];
  for (const [attempt, code, pattern] of codes) {
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof FileError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, pattern);
      return true;
    });
  }
});

Deno.test("Sftp reports a full disk, and serves on", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const full = await sftp.open("/dev/full", "r+");
  await assert.rejects(sftp.write(full, 0, pattern(500_000)), FileError);
  await sftp.close(full).catch(() => {});
  assert.equal((await sftp.stat("/tmp")).mode! & 0o170_000, 0o040_000);
});

Deno.test("Connection.openSftp() says that there is no such subsystem", async () => {
  await using sshd = await startSshd({ config: ["Subsystem nothing /bin/false"] });
  await using connection = await open(targetOf(sshd));
  await assert.rejects(connection.openSftp(), ChannelError);
  assert.equal((await run(connection, "echo on")).output, "on\n");
});

Deno.test("Connection.openSftp() tells a start-up file's noise from packets", async () => {
  await using sshd = await startSshd({ config: ["Subsystem sftp /bin/echo Welcome home"] });
  await using connection = await open(targetOf(sshd));
  await assert.rejects(connection.openSftp(), (error) => {
    assert.ok(error instanceof ChannelError);
    assert.match(error.message, /sent "Welcome home" where a packet should be/);
    return true;
  });
});

Deno.test("Connection.openSftp() gives up on a program that never answers", async () => {
  await using sshd = await startSshd({ config: ["ForceCommand sleep 60"] });
  await using connection = await open(targetOf(sshd));
  const controller = new AbortController();
  const reason = new Error("enough");
  const attempt = connection.openSftp({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(attempt, reason);
});

Deno.test("Sftp requests end with the connection", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using sftp = await connection.openSftp();
  const handle = await sftp.open(join(homeOf(sshd), "lost"), "w");
  const writing = assert.rejects(sftp.write(handle, 0, pattern(50 << 20)), ConnectionLostError);
  await sshd.killSessions();
  await writing;
  await assert.rejects(sftp.stat("/"), ConnectionLostError);
});

Deno.test("Sftp ends when the subsystem breaks the protocol, and its connection goes on", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mss_sftp_" });
  const program = join(directory, "server");
  // SSH_FXP_VERSION, then the length of a packet of 4 GiB.
  const script = String.raw`printf '\000\000\000\005\002\000\000\000\003\377\377\377\377'`;
  await Deno.writeTextFile(program, `#!/bin/sh\n${script}\nexec cat >/dev/null\n`);
  await Deno.chmod(program, 0o755);
  await Deno.chmod(directory, 0o755);
  await using sshd = await startSshd({ config: [`Subsystem sftp ${program}`] });
  await using connection = await open(targetOf(sshd));
  const attempt = connection.openSftp().then((sftp) => sftp.stat("/"));
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof ConnectionLostError);
    assert.match(error.message, /broke the protocol: it sent a packet of 4294967295 bytes/);
    return true;
  });
  assert.equal((await run(connection, "echo on")).output, "on\n");
  await Deno.remove(directory, { recursive: true });
});
