import assert from "node:assert/strict";
import { join } from "node:path";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { ChannelError } from "../../src/errors.ts";
import { type Account, createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import {
  authorize,
  type OtherServer,
  startDropbear,
  startTinysshd,
  strictHome,
} from "./other_servers.ts";
import { bytes, open, run, target, textOf } from "./targets.ts";

/** A key of the type that opens the account. */
async function keyFor(account: Account, type: string): Promise<string> {
  const path = join(account.home, `id_${type}`);
  await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", path]);
  await authorize(account, await Deno.readTextFile(`${path}.pub`));
  return path;
}

async function targetAt(server: OtherServer, account: Account): Promise<ResolvedHost> {
  const known = join(account.home, `known_${server.port}`);
  await Deno.writeTextFile(known, `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
  return target({ port: server.port, user: account.name, userKnownHostsFiles: [known] });
}

function withKey(resolved: ResolvedHost, path: string): ResolvedHost {
  return { ...resolved, identityFiles: [{ path, named: true }] };
}

Deno.test("connect() reaches dropbear with each type of key and of host key", async (test) => {
  await using account = await createAccount({ password: "drop s3cret" });
  const keys = await Promise.all(["ed25519", "rsa", "ecdsa"].map((type) => keyFor(account, type)));
  for (const type of ["ed25519", "rsa", "ecdsa"] as const) {
    await test.step(`host key ${type}`, async () => {
      await using server = await startDropbear(type);
      const resolved = await targetAt(server, account);
      for (const key of keys) {
        await using connection = await open(withKey(resolved, key));
        assert.equal(connection.hostKey.verdict, "known");
        const result = await run(connection, "echo out; echo err >&2; exit 3");
        assert.deepEqual(result, { output: "out\n", errors: "err\n", exit: { exitStatus: 3 } });
      }
    });
  }
  await test.step("password", async () => {
    await using server = await startDropbear("ed25519");
    const resolved = { ...await targetAt(server, account), password: "drop s3cret" };
    await using connection = await open(resolved);
    assert.equal(connection.method, "password");
  });
});

Deno.test("connect() on dropbear: shell, flood, latency, and a clear word on sftp", async () => {
  await using account = await createAccount();
  await using server = await startDropbear("ed25519");
  const key = await keyFor(account, "ed25519");
  await using connection = await open(withKey(await targetAt(server, account), key));
  await using shell = await connection.openShell({ term: "xterm", columns: 90, rows: 30 });
  await shell.write(bytes("stty size; exit 4\n"));
  assert.match(await textOf(shell.output), /30 90/);
  assert.deepEqual(await shell.exit, { exitStatus: 4 });
  await using flood = await connection.exec("head -c 20000000 /dev/zero");
  let total = 0;
  for await (const chunk of flood.output) total += chunk.length;
  assert.equal(total, 20_000_000);
  assert.ok(await connection.measureLatency() > 0);
  await using sftp = await connection.openSftp().catch((error) => {
    assert.ok(error instanceof ChannelError, String(error));
    return { [Symbol.asyncDispose]: async () => {} };
  });
  assert.ok(sftp);
  assert.equal((await run(connection, "echo on")).output, "on\n");
});

Deno.test("connect() reaches tinysshd", async () => {
  await using created = await createAccount();
  await using account = await strictHome(created);
  await using server = await startTinysshd();
  const key = await keyFor(account, "ed25519");
  await using connection = await open(withKey(await targetAt(server, account), key));
  assert.match(connection.ident, /tinyssh/);
  const result = await run(connection, "echo out; exit 3");
  assert.deepEqual([result.output, result.exit.exitStatus], ["out\n", 3]);
  // It opens one session channel in the life of a connection, which goes with it.
  const pty = { term: "xterm", columns: 90, rows: 30 };
  await using second = await open(withKey(await targetAt(server, account), key));
  await using shell = await second.openShell(pty);
  await assert.rejects(second.openShell(pty), /refused a shell: channel: only one/);
  await shell.write(bytes("stty size; exit\n"));
  assert.match(await textOf(shell.output), /30 90/);
});
