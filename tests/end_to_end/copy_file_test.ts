import assert from "node:assert/strict";
import {
  copyToEnd,
  FEW_NAMES,
  listing,
  openCopyScene,
  randomBytes,
  sha256,
  TREE_NAMES,
} from "./copy_scene.ts";
import { createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import { CuttingProxy } from "../sftp/cutting_proxy.ts";

const PASSWORD = "s3cret Pä$'\"";
const NO_SFTP = ["Subsystem none /bin/false"];

/** Odd names, all kinds, holes, empty files. */
async function plantTree(directory: string, names: readonly string[]): Promise<void> {
  await Deno.mkdir(`${directory}/deep/er`, { recursive: true });
  for (const [at, name] of names.entries()) {
    await Deno.writeFile(`${directory}/${name}`, randomBytes(at, at * 4_000));
  }
  await Deno.writeFile(`${directory}/deep/one`, Uint8Array.of(0));
  await Deno.symlink("../plain", `${directory}/deep/link`);
  await Deno.symlink("/nonexistent/\n", `${directory}/deep/dangling`);
  const file = await Deno.create(`${directory}/deep/er/holes`);
  await file.seek(3_000_000, Deno.SeekMode.Start);
  await file.write(randomBytes(5, 100_000));
  await file.truncate(5_000_000);
  file.close();
  await Deno.chmod(`${directory}/plain`, 0o751);
  await Deno.chmod(`${directory}/deep/one`, 0o400);
  for (const path of ["plain", "deep/one", "deep/er"]) {
    await Deno.utime(`${directory}/${path}`, 1_000_000_000, 1_111_111_111);
  }
  await Deno.chmod(`${directory}/deep/er`, 0o555);
}

const ROADS: readonly (readonly [title: string, config: readonly string[]])[] = [
  ["over SFTP", []],
  ["without SFTP", NO_SFTP],
];

for (const [title, config] of ROADS) {
  Deno.test(`copy_file ${title} keeps content, names, modes, times and links of a directory`, async () => {
    await using scene = await openCopyScene({ config });
    const tree = await scene.directory("tree");
    await plantTree(tree, config === NO_SFTP ? FEW_NAMES : TREE_NAMES);
    await mustRun(["chown", "-hR", `${scene.sshd.account!.uid}:${scene.sshd.account!.gid}`, tree]);
    const refused = await scene.copy("testhost:tree", "testhost:copy");
    assert.match(refused.text, /it is a directory\n\[.*recursive=true/);
    const reply = await scene.copy("testhost:tree", "testhost:copy", { recursive: true });
    assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
    assert.match(
      reply.body,
      /^copied \d+ files, \d+ bytes, 3 directories, 2 links\nthe sha256 of each/,
    );
    assert.deepEqual(await listing(`${scene.home}/copy`), await listing(tree));
    const again = await scene.copy("testhost:tree/", "testhost:copy/", { recursive: true });
    assert.match(again.firstLine, /^\[exit 0\] /);
    assert.deepEqual(await listing(`${scene.home}/copy/tree`), await listing(tree));
  });

  Deno.test(`copy_file ${title} leaves no half file where the destination is full`, async () => {
    await using scene = await openCopyScene({ config });
    const full = await scene.directory("full");
    await mustRun(["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", full]);
    try {
      await Deno.writeFile(`${scene.home}/big`, randomBytes(1, 3_000_000));
      await Deno.writeTextFile(`${full}/big`, "old");
      await Deno.chmod(`${full}/big`, 0o666);
      const reply = await scene.copy("testhost:big", "testhost:full/");
      assert.ok(reply.isError);
      assert.match(reply.firstLine, /^\[exit 1\] /);
      assert.match(reply.body, /^Cannot write .*(no space|bytes were taken)/i);
      assert.deepEqual([...Deno.readDirSync(full)].map(({ name }) => name), ["big"]);
      assert.equal(await Deno.readTextFile(`${full}/big`), "old");
    } finally {
      await mustRun(["umount", full]);
    }
  });
}

Deno.test("copy_file by sudo reads and writes what only root may", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using scene = await openCopyScene({ accounts: [account] });
  const root = `${account.home}/root`;
  await Deno.mkdir(`${root}/in`, { recursive: true });
  await Deno.writeFile(`${root}/in/f`, randomBytes(3, 2_500_000), { mode: 0o600 });
  await Deno.chmod(root, 0o700);
  const denied = await scene.copy(`testhost:${root}/in/f`, "testhost:mine");
  assert.match(denied.body, /^Cannot read .*permission denied\n\[Pass use_sudo=true/);
  const sudo = { use_sudo: true, sudo_password: PASSWORD, recursive: true };
  const reply = await scene.copy(`testhost:${root}/in`, `testhost:${root}/out`, sudo);
  assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
  assert.equal(await sha256(`${root}/out/f`), await sha256(`${root}/in/f`));
  assert.deepEqual([...Deno.readDirSync(`${root}/out`)].map(({ name }) => name), ["f"]);
  assert.equal((await Deno.stat(`${root}/out/f`)).uid, 0);
});

Deno.test("copy_file is a job: it shows progress, and an interrupt leaves nothing", async () => {
  await using scene = await openCopyScene({ env: { MCP_SSH_LOCAL_ROOTS: "/dev" } });
  const { home } = scene;
  const file = await Deno.create(`${home}/huge`);
  await file.truncate(40 * 1024 ** 3);
  file.close();
  const waiting = scene.copy("testhost:huge", "testhost:copy");
  let id = "";
  await until("the copy runs", async () => {
    const { structuredContent } = await scene.server.call("list_running_commands", {});
    id = structuredContent?.commands?.[0]?.command_id ?? "";
    return id !== "";
  });
  await until("it shows progress", async () => {
    const status = await scene.server.call("get_command_status", { command_id: id });
    return /^\[running\].*\n\d+\.\d MiB of 40960\.0 MiB/.test(status.text);
  });
  const input = await scene.server.call("send_input", { command_id: id, input_text: "x" });
  assert.match(input.text, /is a copy, which takes no input/);
  const ended = await scene.server.call("interrupt_command_by_id", { command_id: id });
  assert.match(ended.firstLine, /^\[interrupted\]/);
  assert.match((await waiting).text, /^\[interrupted\][^]*interrupted after/);
  assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name), ["huge"]);
});

Deno.test("copy_file never leaves a half file under the final name, wherever the connection is cut", async () => {
  await using scene = await openCopyScene({ clientConfig: ["StrictHostKeyChecking no"] });
  using proxy = new CuttingProxy(scene.sshd.port);
  proxy.afterCut = "open";
  const content = randomBytes(7, 1_000_000);
  await Deno.writeFile(`${scene.home}/f`, content);
  await Deno.writeTextFile(`${scene.home}/copy`, "old");
  await Deno.chown(`${scene.home}/copy`, scene.sshd.account!.uid, scene.sshd.account!.gid);
  const host = `${scene.sshd.account!.name}@127.0.0.1`;
  const config = `${scene.sshd.directory}/proxied`;
  const base = await Deno.readTextFile(scene.sshd.sshConfigPath);
  await Deno.writeTextFile(config, base.replace(/Port \d+/gi, `Port ${proxy.port}`));
  assert.ok(host);
  await using server = await startServer({
    env: scene.sshd.environment({ MCP_SSH_CONFIG: config }),
  });
  let failures = 0;
  for (let cut = 1; cut <= 20; cut++) {
    proxy.leftBytes = 60_000 * cut;
    const reply = await copyToEnd(server, { source: "testhost:f", destination: "testhost:copy" });
    if (reply.isError) failures++;
    const now = await Deno.readFile(`${scene.home}/copy`);
    assert.ok(
      now.length === 3 || now.length === content.length,
      `${now.length} bytes after cut ${cut}: ${reply.text}`,
    );
    if (!reply.isError) {
      assert.equal(await sha256(`${scene.home}/copy`), await sha256(`${scene.home}/f`));
    }
    await Deno.writeTextFile(`${scene.home}/copy`, "old");
  }
  assert.ok(failures >= 10, `${failures} of 20 were cut`);
});

Deno.test("copy_file refuses to copy a directory into itself, and copies to a neighbour", async () => {
  await using scene = await openCopyScene();
  await scene.directory("tree");
  await scene.directory("tree/deep");
  const into = ["tree", "tree/", "./tree/deep", "~/tree/new", `${scene.home}/tree/../tree/deep`];
  for (const destination of into) {
    const from = destination.startsWith("/") ? `${scene.home}/tree` : "tree";
    const reply = await scene.copy(`testhost:${from}`, `testhost:${destination}`, {
      recursive: true,
    });
    assert.ok(reply.isError, destination);
    assert.match(reply.body, /^Cannot copy .*tree into itself as /);
  }
  assert.deepEqual([...Deno.readDirSync(`${scene.home}/tree/deep`)], []);
  const beside = await scene.copy("testhost:tree", "testhost:tree2", { recursive: true });
  assert.ok(!beside.isError, beside.text);
});

Deno.test("copy_file refuses a source that shrinks", async () => {
  await using scene = await openCopyScene();
  const path = `${scene.home}/f`;
  const shrinking = Deno.create(path).then(async (file) => {
    await file.truncate(3 * 1024 ** 3);
    return file;
  });
  using file = await shrinking;
  const copying = scene.copy("testhost:f", "testhost:copy");
  await until(
    "it is written aside",
    () => [...Deno.readDirSync(scene.home)].some(({ name }) => name.startsWith(".mcp-ssh-")),
  );
  await file.truncate(1_000);
  const reply = await copying;
  assert.ok(reply.isError);
  assert.match(reply.body, /^Cannot copy (?:[^ ]*\/)?f: it became shorter while it was copied\n/);
  assert.deepEqual([...Deno.readDirSync(scene.home)].map(({ name }) => name), ["f"]);
});
