import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { RemoteFiles } from "../../src/sftp/remote_files.ts";
import { startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";

const none = { kind: "none" } as const;

Deno.test("RemoteFiles.read() reads a file over SFTP", async () => {
  await using sshd = await startSshd({ account: { files: { "a.txt": "hello\n" } } });
  await using connection = await open(targetOf(sshd));
  const files = new RemoteFiles({ clock: systemClock });
  const range = await files.read(connection, "a.txt", {
    elevation: none,
    request: { offset: 0, limitBytes: 100 },
  });
  assert.equal(new TextDecoder().decode(range.bytes), "hello\n");
  assert.equal(range.road, "sftp");
});

Deno.test("RemoteFiles.read() reads a file by a script where there is no SFTP", async () => {
  await using sshd = await startSshd({
    config: ["Subsystem sftp /bin/false"],
    account: { files: { "a.txt": "hello\n" } },
  });
  await using connection = await open(targetOf(sshd));
  const files = new RemoteFiles({ clock: systemClock });
  const range = await files.read(connection, "a.txt", {
    elevation: none,
    request: { offset: 1, limitBytes: 3 },
  });
  assert.equal(new TextDecoder().decode(range.bytes), "ell");
  assert.equal(range.road, "shell");
  assert.equal(range.hasMore, true);
});
