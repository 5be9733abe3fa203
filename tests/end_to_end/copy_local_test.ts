import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { startServer } from "../support/mcp_client.ts";
import { openCopyScene } from "./copy_scene.ts";

Deno.test("copy_file from this machine stays below MCP_SSH_LOCAL_ROOTS", async () => {
  const base = await Deno.makeTempDir();
  const roots = `${base}/roots`;
  await Deno.mkdir(`${roots}/sub`, { recursive: true });
  await Deno.writeTextFile(`${base}/secret`, "secret");
  await Deno.writeTextFile(`${roots}/sub/ok`, "fine");
  await Deno.mkdir(`${base}/roots2`);
  await Deno.writeTextFile(`${base}/roots2/f`, "secret");
  for (
    const [name, text] of [
      ["out", "../secret"],
      ["up", ".."],
      ["abs", `${base}/secret`],
      ["chain", "out"],
      ["proc", "/proc/self/environ"],
      ["dev", "/dev/zero"],
      ["rootlink", "/"],
    ] as const
  ) await Deno.symlink(text, `${roots}/${name}`);
  await mustRun(["mkfifo", `${roots}/fifo`]);
  await mustRun(["mknod", `${roots}/device`, "c", "1", "5"]);
  await using scene = await openCopyScene({ env: { MCP_SSH_LOCAL_ROOTS: roots } });
  const fine = await scene.copy(`local:${roots}/sub/ok`, "testhost:ok");
  assert.match(fine.firstLine, /^\[exit 0\] /, fine.text);
  assert.equal(await Deno.readTextFile(`${scene.home}/ok`), "fine");
  const attempts = [
    `${base}/secret`,
    `${roots}/out`,
    `${roots}/abs`,
    `${roots}/chain`,
    `${roots}/up/secret`,
    `${roots}/../secret`,
    `${roots}/sub/../../secret`,
    `${roots}/./sub/../../secret`,
    `${roots}//..//secret`,
    `${base}/roots2/f`,
    `${roots}2/f`,
    `${roots}/proc`,
    `${roots}/dev`,
    `${roots}/rootlink${base}/secret`,
    `${roots}/fifo`,
    `${roots}/device`,
    "/proc/self/root/etc/passwd",
    "/proc/self/cwd/deno.json",
    "secret",
    "../secret",
    "~/secret",
  ];
  for (const path of attempts) {
    const reply = await scene.copy(`local:${path}`, "testhost:stolen", { recursive: true });
    assert.ok(reply.isError, path);
    assert.match(reply.text, /Cannot read /, path);
    assert.ok(!await exists(`${scene.home}/stolen`), path);
  }
  await using other = await startServer({ env: scene.sshd.environment() });
  const none = await other.call("copy_file", {
    source: `local:${roots}/sub/ok`,
    destination: "testhost:stolen",
  });
  assert.match(none.text, /Cannot read .*\n\[MCP_SSH_LOCAL_ROOTS/);
  const back = await scene.copy("testhost:ok", `local:${roots}/x`);
  assert.match(back.text, /^This server cannot write files on its own machine\n\[Copy it by scp/);
  await Deno.remove(base, { recursive: true });
});

Deno.test("copy_file reads nothing outside its roots while a directory is swapped for a link", async () => {
  const base = await Deno.makeTempDir();
  const roots = `${base}/roots`;
  await Deno.mkdir(`${roots}/real`, { recursive: true });
  await Deno.mkdir(`${base}/out`);
  await Deno.writeTextFile(`${roots}/real/f`, "inside");
  await Deno.writeTextFile(`${base}/out/f`, "secret");
  await Deno.symlink("real", `${roots}/a`);
  await Deno.symlink("../out", `${roots}/b`);
  await using scene = await openCopyScene({ env: { MCP_SSH_LOCAL_ROOTS: roots } });
  const swapper = new Deno.Command("python3", {
    args: [
      "-c",
      `import os\nos.chdir(${JSON.stringify(roots)})\ntry:\n while 1:\n` +
      `  os.symlink("real","t"); os.replace("t","d"); os.symlink("../out","t"); os.replace("t","d")\n` +
      `except KeyboardInterrupt: pass`,
    ],
  }).spawn();
  for (let round = 0; round < 40; round++) {
    await scene.copy(`local:${roots}/d/f`, "testhost:got");
    if (!await exists(`${scene.home}/got`)) continue;
    assert.equal(await Deno.readTextFile(`${scene.home}/got`), "inside");
  }
  swapper.kill("SIGINT");
  await swapper.status;
  await Deno.remove(base, { recursive: true });
});

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
