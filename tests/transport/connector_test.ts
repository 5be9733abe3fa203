import assert from "node:assert/strict";
import { ChannelError, ConnectionLostError } from "../../src/errors.ts";
import { startSshd } from "../support/sshd.ts";
import { startProxy } from "./loopback_tcp.ts";
import { bytes, open, run, targetOf, textOf } from "./targets.ts";

const pty = { term: "xterm-256color", columns: 120, rows: 40, modes: { ECHO: 0 } };

Deno.test("connect() logs in by key and tells what it met", async () => {
  await using sshd = await startSshd({ config: ["Banner /etc/hostname"] });
  await using connection = await open(targetOf(sshd));
  assert.match(connection.ident, /^SSH-2\.0-OpenSSH_/);
  assert.equal(connection.method, "publickey");
  assert.equal(connection.hostKey.verdict, "known");
  assert.equal(connection.hostKey.type, "ssh-ed25519");
  assert.match(connection.hostKey.fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
  assert.equal(connection.banner.trim(), (await Deno.readTextFile("/etc/hostname")).trim());
});

Deno.test("Connection.exec() reports output, error output and exit status", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const result = await run(connection, "echo out; echo err >&2; exit 3");
  assert.deepEqual(result, { output: "out\n", errors: "err\n", exit: { exitStatus: 3 } });
});

Deno.test("Connection.exec() reports the signal that ended the command", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const { exit } = await run(connection, "kill -TERM $$");
  assert.deepEqual(exit, { exitSignal: "TERM" });
});

Deno.test("Channel.exit settles though nobody reads the output", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("seq 1 1000; exit 5");
  assert.deepEqual(await channel.exit, { exitStatus: 5 });
  assert.equal((await textOf(channel.output)).split("\n").length, 1001);
});

Deno.test("Channel.output is not held up by error output that nobody reads", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("head -c 8000000 /dev/zero >&2; echo done");
  assert.equal(await textOf(channel.output), "done\n");
});

Deno.test("Channel.output holds the far end back while nobody reads", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("yes | head -c 50000000; echo end >&2");
  const before = Deno.memoryUsage().rss;
  assert.equal((await run(connection, "sleep 0.3; echo ok")).output, "ok\n");
  assert.ok(Deno.memoryUsage().rss - before < 30_000_000);
  let total = 0;
  for await (const chunk of channel.output) total += chunk.length;
  assert.equal(total, 50_000_000);
});

Deno.test("Channel.write() feeds standard input and end() closes it", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("sha256sum");
  const block = new Uint8Array(1 << 20).fill(97);
  for (let index = 0; index < 8; index++) await channel.write(block);
  channel.end();
  const output = await textOf(channel.output);
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(8 << 20).fill(97));
  assert.equal(output.slice(0, 64), new Uint8Array(digest).toHex());
  await assert.rejects(channel.write(block), ConnectionLostError);
});

Deno.test("Connection.openShell() gives a pty of the size and modes asked for", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using shell = await connection.openShell(pty, { environment: { LC_TEST: "x" } });
  await shell.write(bytes("stty size; stty -a | grep -o -e '-echo ' ; echo $TERM; exit 7\n"));
  const output = await textOf(shell.output);
  assert.match(output, /40 120\r\n/);
  assert.match(output, /-echo /);
  assert.match(output, /xterm-256color/);
  assert.deepEqual(await shell.exit, { exitStatus: 7 });
});

Deno.test("Channel.resize() tells the far end", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using shell = await connection.openShell(pty);
  shell.resize(77, 33);
  await shell.write(bytes("stty size; exit\n"));
  assert.match(await textOf(shell.output), /33 77\r\n/);
});

Deno.test("Channel.signal() reaches a command, also after the end of its input", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec(
    "trap 'echo got; exit 9' TERM; echo up; sleep 60 & wait",
  );
  channel.end();
  const output = channel.output[Symbol.asyncIterator]();
  assert.equal(new TextDecoder().decode((await output.next()).value), "up\n");
  channel.signal("TERM");
  assert.equal(new TextDecoder().decode((await output.next()).value), "got\n");
  channel.signal("WINCH");
});

Deno.test("Connection.openShell() sends the environment that sshd accepts", async () => {
  await using sshd = await startSshd({ config: ["AcceptEnv LC_*"] });
  const resolved = targetOf(sshd, { environment: { LC_ONE: "1" } });
  await using connection = await open(resolved);
  await using channel = await connection.exec("echo $LC_ONE $LC_TWO", {
    environment: { LC_TWO: "2" },
  });
  assert.equal(await textOf(channel.output), "1 2\n");
});

Deno.test("Connection.openShell() names the refused pty", async () => {
  await using sshd = await startSshd({ config: ["PermitTTY no"] });
  await using connection = await open(targetOf(sshd));
  await assert.rejects(connection.openShell(pty), (error) => {
    assert.ok(error instanceof ChannelError);
    assert.match(error.message, /"testhost" refused a shell: pty/);
    return true;
  });
  assert.equal((await run(connection, "echo on")).output, "on\n");
});

Deno.test("Connection.exec() names MaxSessions when sshd opens no more channels", async () => {
  await using sshd = await startSshd({ config: ["MaxSessions 1"] });
  await using connection = await open(targetOf(sshd));
  await using _first = await connection.exec("sleep 60");
  await assert.rejects(connection.exec("true"), /refused a command: channel: .+/);
});

Deno.test("Connection opens 100 channels at once and each is exact", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) => run(connection, `echo ${index}; exit ${index}`)),
  );
  results.forEach((result, index) => {
    assert.deepEqual(result, { output: `${index}\n`, errors: "", exit: { exitStatus: index } });
  });
});

Deno.test("Channel.output of one flood leaves the others their turn", async () => {
  await using sshd = await startSshd();
  await using flooded = await open(targetOf(sshd));
  await using other = await open(targetOf(sshd));
  await using flood = await flooded.exec("cat /dev/zero");
  const reading = (async () => {
    for await (const _ of flood.output);
  })();
  await using cat = await other.exec("cat");
  const echo = cat.output[Symbol.asyncIterator]();
  for (let index = 0; index < 60; index++) {
    await cat.write(bytes("x"));
    assert.equal((await echo.next()).value?.length, 1);
  }
  await flooded[Symbol.asyncDispose]();
  await reading;
});

Deno.test("Connection.measureLatency() is a round trip", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await connection.measureLatency();
  const latencyMs = await connection.measureLatency();
  assert.ok(latencyMs > 0 && latencyMs < 1000);
});

Deno.test("Connection survives rekeying", async () => {
  await using sshd = await startSshd({ config: ["RekeyLimit 1M"] });
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("head -c 20000000 /dev/zero");
  let total = 0;
  for await (const chunk of channel.output) total += chunk.length;
  assert.equal(total, 20_000_000);
  assert.equal((await run(connection, "echo on")).output, "on\n");
});

Deno.test("Connection.closed tells when the server was killed", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.exec("sleep 60");
  await sshd.killSessions();
  assert.ok(await connection.closed instanceof ConnectionLostError);
  assert.deepEqual(await channel.exit, {});
  assert.equal(await textOf(channel.output), "");
  await assert.rejects(channel.write(bytes("x")), ConnectionLostError);
  await assert.rejects(connection.exec("true"), ConnectionLostError);
  await assert.rejects(connection.measureLatency(), ConnectionLostError);
});

Deno.test("Connection.closed is undefined when we closed it", async () => {
  await using sshd = await startSshd();
  const connection = await open(targetOf(sshd));
  await connection[Symbol.asyncDispose]();
  assert.equal(await connection.closed, undefined);
});

Deno.test("Connection.closed tells of a peer that went silent, within the keepalive bounds", async () => {
  await using sshd = await startSshd();
  await using proxy = await startProxy(sshd.port);
  const resolved = targetOf(sshd, {
    port: proxy.port,
    strictHostKeyChecking: "no",
    userKnownHostsFiles: ["/nonexistent/known_hosts"],
    serverAliveIntervalMs: 100,
    serverAliveCountMax: 2,
  });
  await using connection = await open(resolved);
  proxy.silence();
  const fault = await connection.closed;
  assert.match(fault?.message ?? "", /nothing came for .* not even answers to keepalive/);
});
