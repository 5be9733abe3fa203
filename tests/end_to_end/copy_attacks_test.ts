import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { startServer } from "../support/mcp_client.ts";
import {
  copyToEnd,
  FEW_NAMES,
  listing,
  openCopyScene,
  randomBytes,
  TREE_NAMES,
} from "./copy_scene.ts";

const PASSWORD = "s3cret Pä$'\"";

Deno.test("copy_file keeps odd names from here to a host, whoever writes them", async () => {
  const local = await Deno.makeTempDir();
  const tree = `${local}/-t'"\n`;
  await Deno.mkdir(tree);
  const names = [
    ...TREE_NAMES,
    "x".repeat(255),
    "é".repeat(127),
    "back\\slash\\n",
    "~",
    "[::1]:x",
    "\t",
  ];
  for (const [at, name] of names.entries()) {
    await Deno.writeFile(`${tree}/${name}`, randomBytes(at, at * 3_000));
  }
  let deep = tree;
  for (let depth = 0; depth < 120; depth++) await Deno.mkdir(deep = `${deep}/${depth}`);
  await Deno.writeTextFile(`${deep}/bottom`, "deep");
  await Deno.symlink(".", `${deep}/cycle`);
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using scene = await openCopyScene({
    accounts: [account],
    env: { MCP_SSH_LOCAL_ROOTS: local },
  });
  const to = `testhost:${scene.home}`;
  const reply = await scene.copy(`local:${tree}`, `${to}/'"`, { recursive: true });
  assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
  const [wanted, got] = [await listing(tree), await listing(`${scene.home}/'"`)];
  assert.deepEqual(got, wanted);

  await Deno.mkdir(`${scene.home}/root's\n`, { mode: 0o700 });
  const few = `${tree}/-few\n`;
  await Deno.mkdir(few);
  for (const name of [...FEW_NAMES, "x".repeat(255)]) {
    await Deno.writeTextFile(`${few}/${name}`, name);
  }
  const sudo = { use_sudo: true, sudo_password: PASSWORD, recursive: true };
  const byRoot = await scene.copy(`local:${few}`, `${to}/root's\n/-x`, sudo);
  assert.match(byRoot.firstLine, /^\[exit 0\] /, byRoot.text);
  assert.deepEqual(await listing(`${scene.home}/root's\n/-x`), await listing(few));

  await mustRun(["python3", "-c", `open(b${JSON.stringify(`${local}/`)} + b"\\xff\\xfe", "w")`]);
  const odd = await scene.copy(`local:${local}`, `${to}/odd`, { recursive: true });
  assert.match(odd.body, /the name .* in it is not UTF-8\n\[Rename it/);
  await Deno.remove(local, { recursive: true });
});

Deno.test("copy_file finds that a directory would be copied into itself, by whatever way", async () => {
  await using scene = await openCopyScene();
  const local = `${await scene.directory("tree")}`;
  await scene.directory("tree/deep");
  await Deno.writeTextFile(`${local}/f`, "content");
  await mustRun(["chown", "-R", `${scene.sshd.account!.uid}`, local]);
  await Deno.symlink("tree/deep", `${scene.home}/way`);
  await using server = await startServer({
    env: scene.sshd.environment({ MCP_SSH_LOCAL_ROOTS: scene.home }),
  });
  for (const source of ["testhost:tree", `local:${local}`]) {
    const args = { source, destination: "testhost:way", recursive: true };
    const reply = await copyToEnd(server, args);
    assert.ok(reply.isError, reply.text);
    assert.match(reply.body, /^Cannot copy .*tree into itself as .*way\n/, reply.text);
    const { stdout } = await new Deno.Command("find", { args: [local, "-name", ".mcp-ssh-*"] })
      .output();
    assert.equal(stdout.length, 0, "the mark is left");
    assert.equal(await Deno.readTextFile(`${local}/f`), "content");
    await Deno.remove(`${local}/deep`, { recursive: true });
    await scene.directory("tree/deep");
  }
});

Deno.test("copy_file writes through a dangling link, and to nothing that is no file", async () => {
  await using scene = await openCopyScene();
  await Deno.writeTextFile(`${scene.home}/f`, "content");
  await Deno.symlink("target", `${scene.home}/dangling`);
  await Deno.symlink("cycle", `${scene.home}/cycle`);
  await mustRun(["mkfifo", "-m", "666", `${scene.home}/fifo`]);
  await mustRun(["mknod", "-m", "666", `${scene.home}/device`, "c", "1", "3"]);
  const through = await scene.copy("testhost:f", "testhost:dangling");
  assert.match(through.firstLine, /^\[exit 0\] /, through.text);
  assert.equal(await Deno.readLink(`${scene.home}/dangling`), "target");
  assert.equal(await Deno.readTextFile(`${scene.home}/target`), "content");
  const refused: readonly (readonly [destination: string, words: RegExp])[] = [
    ["fifo", /^Cannot write .*fifo.* FIFO/i],
    ["device", /^Cannot write .*device.*character device/],
    ["cycle", /^Cannot write .*cycle.*(symbolic links|levels|failure)/i],
    ["f/x", /^Cannot write /],
    ["nowhere/x", /^Cannot write .*its directory .* does not exist/],
  ];
  for (const [destination, words] of refused) {
    const reply = await scene.copy("testhost:f", `testhost:${destination}`);
    assert.ok(reply.isError, destination);
    assert.match(reply.body, words, reply.text);
  }
  for (const source of ["fifo", "device", "cycle"]) {
    const reply = await scene.copy(`testhost:${source}`, "testhost:copy");
    assert.ok(reply.isError, source);
    assert.match(reply.body, /^Cannot read /, reply.text);
  }
  const left = [...Deno.readDirSync(scene.home)].map(({ name }) => name).sort();
  assert.deepEqual(left, ["cycle", "dangling", "device", "f", "fifo", "target"]);
  for (const source of ["C:\\Users\\x", "c:\\x"]) {
    const reply = await scene.copy(source, "testhost:copy");
    assert.match(reply.text, /is a path of Windows without a host\n\[Name the host before it/);
  }
});

Deno.test("copy_file reads the copy back itself from a host without sha256sum", async () => {
  const tools = await Deno.makeTempDir();
  await Deno.chmod(tools, 0o755);
  await mustRun(["sh", "-c", `ln -s /usr/bin/* ${tools}/; rm ${tools}/sha256sum`]);
  await using scene = await openCopyScene({ config: [`SetEnv PATH=${tools}`] });
  const config = scene.sshd.sshConfigPath;
  const found = await mustRun(["ssh", "-F", config, "testhost", "command -v sha256sum || echo no"]);
  assert.equal(found, "no\n");
  await Deno.writeFile(`${scene.home}/f`, new Uint8Array(33 * 1024 * 1024).fill(7));
  const reply = await scene.copy("testhost:f", "testhost:copy");
  assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
  const [hash] = (await mustRun(["sha256sum", `${scene.home}/copy`])).split(" ");
  assert.ok(reply.body.includes(`sha256 ${hash}, the same at both ends`), reply.text);
  await Deno.remove(tools, { recursive: true });
});

Deno.test("copy_file refuses a name that a host has and no text can be, and says which", async () => {
  await using scene = await openCopyScene();
  const tree = await scene.directory("tree");
  await Deno.writeTextFile(`${tree}/good`, "good");
  await mustRun(["python3", "-c", `open(b${JSON.stringify(`${tree}/`)} + b"bad\\xff", "w")`]);
  const reply = await scene.copy("testhost:tree", "testhost:copy", { recursive: true });
  assert.ok(reply.isError, reply.text);
  assert.match(reply.body, /not UTF-8/, reply.text);
  const left = await mustRun(["find", scene.home, "-name", "bad*", "-path", "*copy*"]);
  assert.equal(left, "");
});

Deno.test("copy_file copies what a growing file had at first, and says that it changed", async () => {
  await using scene = await openCopyScene();
  const path = `${scene.home}/log`;
  const file = await Deno.create(path);
  await file.truncate(128 * 1024 ** 2);
  const copying = scene.copy("testhost:log", "testhost:copy");
  await until(
    "it is written aside",
    () => [...Deno.readDirSync(scene.home)].some(({ name }) => name.startsWith(".mcp-ssh-")),
  );
  await file.truncate(128 * 1024 ** 2 + 5);
  file.close();
  const reply = await copying;
  assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
  assert.match(reply.body, /^copied 1 file, 134217728 bytes\n/m);
  assert.match(reply.body, /note: \S*\/log changed while it was copied/);
  assert.equal((await Deno.stat(`${scene.home}/copy`)).size, 128 * 1024 ** 2);
});

Deno.test("copy_file takes an address of IPv6 in brackets for a host", async () => {
  await using scene = await openCopyScene();
  const config = await Deno.readTextFile(scene.sshd.sshConfigPath);
  await Deno.writeTextFile(
    scene.sshd.sshConfigPath,
    config.replaceAll(/^Host testhost$/gm, "Host testhost ::1 fe80::1%eth0"),
  );
  await Deno.writeTextFile(`${scene.home}/f`, "content");
  for (const [n, end] of ["[::1]:copy", `[::1]:${scene.home}/copy`].entries()) {
    const reply = await scene.copy("[::1]:f", end + n);
    assert.match(reply.firstLine, /^\[exit 0\] /, reply.text);
    assert.equal(await Deno.readTextFile(`${scene.home}/copy${n}`), "content");
  }
  const bare = await scene.copy("::1:f", "testhost:copy");
  assert.match(bare.text, /^source "::1:f" is not of the form host:path/m);
});
