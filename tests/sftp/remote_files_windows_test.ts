import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { RemoteFiles } from "../../src/sftp/remote_files.ts";
import { startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";

Deno.test("RemoteFiles writes to a Windows host by SFTP alone, without modes", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const windows = Object.create(connection, {
    ident: { value: "SSH-2.0-OpenSSH_for_Windows_9.5" },
    openSftp: { value: connection.openSftp.bind(connection) },
    offerRoom: { value: connection.offerRoom.bind(connection) },
    run: { value: () => Promise.reject(new Error("no script runs there")) },
  });
  const files = new RemoteFiles({ clock: systemClock });
  const path = join(sshd.account!.home, "f.txt");
  const request = {
    content: new TextEncoder().encode("a\r\nb\r\n"),
    mode: "replace",
    makesDirectories: false,
    permissions: undefined,
  } as const;
  const options = { elevation: { kind: "none" }, onAside: () => {} } as const;
  await files.write(windows, path, { ...options, request });
  const again = await files.write(windows, path, { ...options, request });
  assert.equal(await Deno.readTextFile(path), "a\r\nb\r\n");
  assert.match(again.notes.join(), /access rights are those of its folder/);
  const refused = files.write(windows, path, {
    ...options,
    request: { ...request, permissions: 0o600 },
  });
  await assert.rejects(refused, UnsupportedError);
});
