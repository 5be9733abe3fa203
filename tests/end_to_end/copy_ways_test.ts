import assert from "node:assert/strict";
import { join } from "node:path";
import { createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { hostLines, writeHostBlocks } from "../support/host_blocks.ts";
import { ListRootsRequestSchema } from "../support/packages/mcp_sdk.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { startDropbear } from "../transport/other_servers.ts";
import { copyToEnd } from "./copy_scene.ts";

const PASSWORD = "s3cret Pä$'\"";

function connectionsTo(sshd: Sshd): number {
  return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

Deno.test("copy_file streams between hosts behind different jump hosts, one of them dropbear", async () => {
  await using near = await startSshd();
  await using far = await startSshd();
  await using source = await startSshd();
  await using account = await createAccount({ password: PASSWORD });
  await using dropbear = await startDropbear("ed25519");
  const known = join(near.directory, "dropbear_known");
  await Deno.writeTextFile(known, `[127.0.0.1]:${dropbear.port} ${dropbear.hostKey}\n`);
  await writeHostBlocks(near, {
    "jump-near": hostLines(near),
    "jump-far": hostLines(far),
    source: [...hostLines(source), "ProxyJump jump-near"],
    bear: [
      "HostName 127.0.0.1",
      `Port ${dropbear.port}`,
      `User ${account.name}`,
      `UserKnownHostsFile ${known}`,
      "ProxyJump jump-far",
    ],
  });
  const { home, uid, gid } = source.account!;
  await mustRun(["sh", "-c", `cd '${home}' && mkdir -p t/d && seq 300000 >t/d/big && : >t/none`]);
  await mustRun(["chown", "-R", `${uid}:${gid}`, `${home}/t`]);
  await using server = await startServer({
    env: near.environment({ OVRD_bear_PASS: PASSWORD }),
  });
  const there = await copyToEnd(server, {
    source: "source:t",
    destination: "bear:t",
    recursive: true,
  });
  assert.match(there.firstLine, /^\[exit 0\]/, there.text);
  const back = await copyToEnd(server, {
    source: "bear:t",
    destination: "source:back",
    recursive: true,
  });
  assert.match(back.firstLine, /^\[exit 0\]/, back.text);
  for (const copied of [`${account.home}/t`, `${home}/back`]) {
    await mustRun(["diff", "-r", `${home}/t`, copied]);
  }
  assert.deepEqual([near, far].map(connectionsTo), [1, 1]);
});

Deno.test("copy_file reads below the roots of the client alone, where it declares some", async () => {
  const base = await Deno.makeTempDir();
  for (const name of ["mine", "other"]) {
    await Deno.mkdir(join(base, name));
    await Deno.writeTextFile(join(base, name, "f"), name);
  }
  await using sshd = await startSshd();
  let roots: readonly string[] = [`file://${base}/mine`];
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_LOCAL_ROOTS: base }),
    capabilities: { roots: {} },
  });
  server.client.setRequestHandler(
    ListRootsRequestSchema,
    () => ({ roots: roots.map((uri) => ({ uri })) }),
  );
  const copy = (name: string) =>
    copyToEnd(server, { source: `local:${base}/${name}/f`, destination: `testhost:${name}` });
  const fine = await copy("mine");
  assert.match(fine.firstLine, /^\[exit 0\]/, fine.text);
  assert.match((await copy("other")).body, /^Cannot read [^]*client that declares roots/);
  for (const none of [[], ["https://example.org/"], [`file://${base}/mine/../other`]]) {
    roots = none;
    assert.match((await copy("mine")).body, /^Cannot read /, JSON.stringify(none));
  }
  await Deno.remove(base, { recursive: true });
});
