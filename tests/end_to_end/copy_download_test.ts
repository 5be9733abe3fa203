import assert from "node:assert/strict";
import { command, mustRun } from "../support/command.ts";
import type { ToolReply } from "../support/mcp_client.ts";
import { programCommand, runtimeEnvironment } from "../support/program.ts";
import { type CopyScene, openCopyScene } from "./copy_scene.ts";
import { startServer } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";

const ENV = { MCP_SSH_DOWNLOADS: "127.0.0.1:0" };

function urlOf(reply: ToolReply): string {
  assert.match(reply.firstLine, /^\[running\]/, reply.text);
  return /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}/.exec(reply.body)?.[0] ?? assert.fail(reply.text);
}

function offer({ server }: CopyScene, source: string, destination: string): Promise<ToolReply> {
  return server.call("copy_file", { source, destination });
}

async function statusOf(url: string, ...args: readonly string[]): Promise<string> {
  const format = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20"];
  return (await command(["curl", ...format, ...args, url])).stdout;
}

async function ended({ server }: CopyScene, reply: ToolReply): Promise<ToolReply> {
  return await server.call("get_command_status", { command_id: idOf(reply), wait: 30 });
}

Deno.test("copy_file to local: gives an address that curl fetches once", async () => {
  await using scene = await openCopyScene({ env: ENV });
  const directory = await Deno.makeTempDir();
  const content = crypto.getRandomValues(new Uint8Array(60_000));
  const sizes = [0, 1, 5_000_001];
  for (const size of sizes) {
    const file = await Deno.create(`${scene.home}/f`);
    await file.write(content.subarray(0, Math.min(size, content.length)));
    await file.truncate(size);
    file.close();
    const reply = await offer(scene, "testhost:f", `local:${directory}/`);
    const url = urlOf(reply);
    const line = reply.body.split("\n")[0]!;
    assert.equal(line, `curl -fsS -o ${directory}/f ${url}`);
    await mustRun(["sh", "-c", line]);
    const sha256 = (await mustRun(["sha256sum", `${directory}/f`])).slice(0, 64);
    assert.equal(sha256, (await mustRun(["sha256sum", `${scene.home}/f`])).slice(0, 64));
    const status = await ended(scene, reply);
    assert.match(status.firstLine, /^\[exit 0\]/);
    assert.match(status.body, new RegExp(`sent ${size} bytes\nsha256 ${sha256} of `));
    assert.match(await statusOf(url), /^(000|404)$/);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("copy_file to local: answers nobody but a caller with the address, at its own Host", async () => {
  await using scene = await openCopyScene({ env: ENV });
  await Deno.writeTextFile(`${scene.home}/f`, "content");
  const reply = await offer(scene, "testhost:f", "local:/tmp/it's here");
  const url = urlOf(reply);
  assert.match(reply.body, /^curl -fsS -o '\/tmp\/it'\\''s here' http/);
  const { port } = new URL(url);
  for (const host of ["evil.example", `localhost:${port}`, "127.0.0.1", `127.0.0.1:${port}0`]) {
    assert.equal(await statusOf(url, "-H", `Host: ${host}`), "403", host);
  }
  assert.equal(await statusOf(`${url.slice(0, -1)}x`), "404");
  assert.equal(await statusOf(`http://127.0.0.1:${port}/`), "404");
  assert.equal(await statusOf(url, "-X", "POST"), "405");
  assert.equal(await statusOf(url, "-I"), "405");
  const second = urlOf(await offer(scene, "testhost:f", "local:/tmp/f"));
  assert.equal(new URL(second).port, port);
  assert.equal(await statusOf(url), "200");
  assert.equal(await statusOf(url), "404");
  assert.equal(await statusOf(second), "200");
  assert.match((await ended(scene, reply)).firstLine, /^\[exit 0\]/);
});

Deno.test("copy_file to local: of what is no file, or interrupted, or changed, says so", async () => {
  await using scene = await openCopyScene({ env: ENV });
  const missing = await offer(scene, "testhost:missing", "local:/tmp/x");
  assert.ok(missing.isError);
  assert.match(missing.text, /^\[exit 1\].*\nCannot read .*missing: no such file/);
  const directory = await offer(scene, "testhost:.", "local:/tmp/x");
  assert.match(directory.body, /it is a directory\n\[.*tar/);
  assert.match((await offer(scene, "testhost:/proc/self/stat", "local:/tmp/x")).body, /its size/);
  assert.match(
    (await offer(scene, "local:/etc/hosts", "local:/tmp/x")).text,
    /both on this machine/,
  );
  await Deno.writeTextFile(`${scene.home}/f`, "content");
  const stopped = await offer(scene, "testhost:f", "local:/tmp/x");
  await scene.server.call("interrupt_command_by_id", { command_id: idOf(stopped) });
  assert.match((await ended(scene, stopped)).text, /^\[interrupted\][^]*no longer on offer/);
  assert.match(await statusOf(urlOf(stopped)), /^(000|404)$/);
  const shrinking = await offer(scene, "testhost:f", "local:/tmp/x");
  await Deno.truncate(`${scene.home}/f`, 2);
  assert.notEqual((await command(["curl", "-fsS", urlOf(shrinking)])).code, 0);
  assert.match((await ended(scene, shrinking)).text, /^\[exit 1\][^]*became shorter/);
});

Deno.test("MCP_SSH_DOWNLOADS takes a port of 127.0.0.1 alone, and one server has it", async () => {
  for (const value of ["0.0.0.0:8080", "8080", "localhost:8080", "127.0.0.1:65536"]) {
    const env = { ...await runtimeEnvironment(), MCP_SSH_DOWNLOADS: value };
    const { code, stderr } = await command(programCommand(), { env });
    assert.equal(code, 2);
    assert.match(stderr, /^MCP_SSH_DOWNLOADS is not of the form 127\.0\.0\.1:PORT\n/);
  }
  await using scene = await openCopyScene({ env: ENV });
  await Deno.writeTextFile(`${scene.home}/f`, "content");
  const { port } = new URL(urlOf(await offer(scene, "testhost:f", "local:/tmp/x")));
  const env = scene.sshd.environment({ MCP_SSH_DOWNLOADS: `127.0.0.1:${port}` });
  await using other = await startServer({ env });
  const args = { source: "testhost:f", destination: "local:/tmp/x" };
  const refused = await other.call("copy_file", args);
  assert.match(refused.body, /^Port \d+ of 127\.0\.0\.1 is in use, perhaps by another server/);
});
