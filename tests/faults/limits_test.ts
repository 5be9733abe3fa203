import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { borrowWorld } from "../support/shared_server.ts";
import { idOf, settled, type World } from "../support/world.ts";

Deno.test("MaxSessions reached is told, harms no session, and passes when one closes", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 3"] });
  const { server } = world;
  const names = ["a", "b", "c"];
  for (const session of names) {
    assert.equal(
      (await server.run(`mine=${session}; echo $mine`, { session })).body,
      `${session}\n`,
    );
  }
  const refused = await server.run("echo d", { session: "d" });
  assert.ok(refused.isError, refused.text);
  assert.match(refused.text, /refused a shell: channel: [^]*MaxSessions/);
  assert.match(
    refused.text,
    new RegExp(`\\[close_session\\(host="${server.host}", session="a"\\) makes room; open there: `),
  );
  assert.match(refused.text, /"a" idle \d+ s, "b" idle \d+ s, "c" idle \d+ s/);
  for (const session of names) {
    assert.equal((await server.run("echo $mine", { session })).body, `${session}\n`);
  }
  await server.call("close_session", { host: server.host, session: "a" });
  assert.equal((await server.run("echo d", { session: "d" })).body, "d\n");
});

Deno.test("as many sessions as MaxSessions lets be are opened at once, lookups beside them", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 4"] });
  const names = ["a", "b", "c", "d"];
  const replies = await Promise.all(
    names.map((session) => world.server.run(`echo ${session}`, { session })),
  );
  assert.deepEqual(replies.map(({ body }) => body), names.map((name) => `${name}\n`));
});

Deno.test("MaxSessions reached has room after a session whose shell takes its time to end", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 2"] });
  const { server } = world;
  await server.run("echo", { session: "stays" });
  await server.run("trap '' HUP; trap 'sleep 0.3' EXIT", { session: "slow" });
  await server.call("close_session", { host: server.host, session: "slow" });
  assert.equal((await server.run("echo next", { session: "next" })).body, "next\n");
});

Deno.test("MaxSessions 1 leaves room for a shell, commands and their interruption", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 1"] });
  const { server } = world;
  assert.equal((await server.run("echo one")).body, "one\n");
  const running = await server.call("execute_command_async", {
    host: server.host,
    command: "echo begun; sleep 300",
  });
  await until("it runs", async () => {
    const command_id = idOf(running);
    return (await server.call("get_command_status", { command_id })).body.startsWith("begun");
  });
  await server.call("interrupt_command_by_id", { command_id: idOf(running) });
  assert.equal((await settled(server, running)).meta?.state, "interrupted");
});

Deno.test("MaxSessions 1 has room for a shell after a file, which an idle channel would take", async () => {
  await using world = await borrowWorld({ config: ["MaxSessions 1"] });
  const { server } = world;
  const file = { host: server.host, remote_path: "/etc/hostname" };
  for (let round = 0; round < 3; round++) {
    const read = await server.call("read_file", file);
    assert.ok(!read.isError, read.text);
    assert.equal((await server.run(`echo ${round}`)).body, `${round}\n`);
    await server.call("close_session", { host: server.host, session: "main" });
  }
});

Deno.test("a server that exchanges keys every 1 MB changes no byte of what is under way", async () => {
  await using world = await borrowWorld({ config: ["RekeyLimit 1M"] });
  const { server } = world;
  const lines = 700_000;
  const [bulk, ticks, file] = await Promise.all([
    server.run(`seq 1 ${lines}`, { timeout: 50 }),
    ticking(server),
    server.run("head -c 20000000 /dev/zero | tr '\\0' x | sha256sum", { session: "pipe" }),
  ]);
  const expected = Array.from({ length: lines }, (_, i) => String(i + 1).length + 1);
  assert.equal(bulk.meta?.exit_status, 0);
  assert.equal(bulk.meta?.total_chars, expected.reduce((sum, length) => sum + length, 0));
  assert.ok(bulk.body.endsWith(`${lines - 1}\n${lines}\n`));
  assert.deepEqual(ticks, Array.from({ length: 50 }, (_, i) => `tick ${i}\n`));
  assert.equal(file.meta?.exit_status, 0);
  await roundTrip(server);
});

for (const cipher of ["chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-gcm@openssh.com"]) {
  Deno.test(`what is typed while ${cipher} gets new keys arrives`, async () => {
    await using world = await borrowWorld({
      config: ["RekeyLimit 100K"],
      clientConfig: [`Ciphers ${cipher}`],
    });
    const { server } = world;
    const [bulk, ticks] = await Promise.all([server.run("seq 1 200000"), ticking(server)]);
    assert.equal(bulk.meta?.total_chars, 1_288_895);
    assert.equal(ticks.at(-1), "tick 49\n");
  });
}

type Server = World["server"];

async function ticking(server: Server): Promise<string[]> {
  const ticks: string[] = [];
  for (let i = 0; i < 50; i++) {
    ticks.push((await server.run(`echo tick ${i}`, { session: "t" })).body);
  }
  return ticks;
}

/** A file of 2 MiB, written and read back through several key exchanges. */
async function roundTrip(server: Server): Promise<void> {
  const bytes = new Uint8Array(2 * 2 ** 20 - 1);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  const content = bytes.toBase64();
  const file = {
    host: server.host,
    remote_path: `/tmp/${crypto.randomUUID()}`,
    encoding: "base64",
  };
  await server.call("write_file", { ...file, content });
  const read = await server.call("read_file", { ...file, max_bytes: 2 * 2 ** 20 });
  assert.ok(read.text.includes(content), read.firstLine);
  await server.run(`rm ${file.remote_path}`);
}
