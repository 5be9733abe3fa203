import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { settled } from "../support/world.ts";
import { startShellHosts } from "./login_shells.ts";

const RESIDENT_LIMIT_BYTES = 250 * 1024 * 1024;
/** `seq 1 1000000 | wc -c` */
const MILLION_LINES_CHARS = 6_888_896;
const KEPT_CHARS = 10 * 1024 * 1024;

/** Looks at the server's resident memory until disposed, and remembers the most it saw. */
class MemoryWatch implements AsyncDisposable {
  mostBytes = 0;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;

  constructor(server: ServerUnderTest) {
    this.#watching = this.#watch(server);
  }

  async #watch(server: ServerUnderTest): Promise<void> {
    while (!this.#over.signal.aborted) {
      this.mostBytes = Math.max(this.mostBytes, await server.residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }
}

function assertBelowLimit(watch: MemoryWatch): void {
  const mib = Math.round(watch.mostBytes / 1024 / 1024);
  assert.ok(watch.mostBytes < RESIDENT_LIMIT_BYTES, `${mib} MiB resident`);
  assert.ok(watch.mostBytes > 0);
}

Deno.test("in every shell seq 1 1000000 is counted exactly, within the bounds, below 250 MB", async () => {
  await using hosts = await startShellHosts();
  await using watch = new MemoryWatch(hosts.server);
  for (const host of hosts.all) {
    const reply = await settled(host.server, await host.run("seq 1 1000000", { timeout: 45 }));
    const { meta, body } = reply;
    assert.equal(meta?.exit_status, 0, `${host.name}: ${reply.firstLine}`);
    assert.equal(meta.total_chars, MILLION_LINES_CHARS, host.name);
    assert.equal(meta.dropped_chars, 0, host.name);
    assert.ok(body.length <= 20_000 + 500, `${host.name}: ${body.length}`);
    assert.equal(meta.omitted_chars, MILLION_LINES_CHARS - shown(body), host.name);
    assert.ok(body.startsWith("1\n2\n3\n") && body.endsWith("\n999999\n1000000\n"), host.name);
  }
  assertBelowLimit(watch);
});

Deno.test("100 MB in base64 are counted exactly, 10 MiB of them kept, below 250 MB throughout", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  await using watch = new MemoryWatch(hosts.server);
  const bash = hosts.of("bash");
  const started = await bash.run("head -c 100M /dev/zero | base64", { timeout: 45 });
  const { meta, body } = await settled(bash.server, started);
  const encoded = 4 * Math.ceil(100 * 1024 * 1024 / 3);
  assert.equal(meta?.exit_status, 0);
  assert.equal(meta.total_chars, encoded + Math.ceil(encoded / 76));
  assert.equal(meta.dropped_chars, meta.total_chars - KEPT_CHARS);
  assert.ok(body.length <= 20_000 + 500, String(body.length));
  assert.ok(body.endsWith("A==\n"));
  assertBelowLimit(watch);
  assert.equal((await bash.run("echo next")).body, "next\n");
});

Deno.test("100 MB without a line end keep the memory bounded, and the next command is exact", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  await using watch = new MemoryWatch(hosts.server);
  const bash = hosts.of("bash");
  const started = await bash.run("head -c 100M /dev/zero | tr '\\0' x; echo; (exit 3)", {
    timeout: 45,
  });
  const { meta } = await settled(bash.server, started);
  assert.equal(meta?.exit_status, 3);
  assert.equal(meta.total_chars, 100 * 1024 * 1024 + 1);
  assertBelowLimit(watch);
  assert.equal((await bash.run("echo $?")).body, "3\n");
});

Deno.test("in every shell random bytes leave the next command exact", async () => {
  await using hosts = await startShellHosts();
  for (const host of hosts.all) {
    const started = await host.run("head -c 500000 /dev/urandom; (exit 3)");
    const { meta } = await settled(host.server, started);
    assert.equal(meta?.exit_status, 3, host.name);
    const next = await host.run("echo $?; echo é");
    assert.equal(next.body, "3\né\n", host.name);
  }
});

Deno.test("an endless stream is interrupted, and other sessions go on beside it", async () => {
  await using hosts = await startShellHosts({ shells: ["bash"] });
  await using watch = new MemoryWatch(hosts.server);
  const bash = hosts.of("bash");
  await bash.run("true", { session: "beside" });
  const endless = await bash.run("yes", { timeout: 1 });
  assert.equal(endless.meta?.state, "running");
  for (let i = 0; i < 5; i++) {
    assert.equal((await bash.run(`echo ${i}`, { session: "beside" })).body, `${i}\n`);
  }
  const ended = await bash.server.call("interrupt_command_by_id", {
    command_id: endless.meta.command_id,
  });
  assert.equal(ended.meta?.state, "interrupted", ended.firstLine);
  assertBelowLimit(watch);
  assert.equal((await bash.run("echo next")).body, "next\n");
});

/** Characters of output in a body, without the line that tells what is left out. */
function shown(body: string): number {
  return body.replace(/^\[… .* …\]\n/m, "").length;
}
