import assert from "node:assert/strict";
import { Log, type LogLevel, parseLogLevel } from "../../src/guard/log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { settled } from "../support/world.ts";

const WRITTEN: readonly (readonly [level: LogLevel, written: readonly string[]])[] = [
  ["off", []],
  ["error", ["error"]],
  ["warn", ["error", "warn"]],
  ["info", ["error", "warn", "info"]],
  ["debug", ["error", "warn", "info", "debug"]],
];

for (const [level, written] of WRITTEN) {
  Deno.test(`Log at ${level} writes ${written.join(", ") || "nothing"}`, () => {
    const lines: string[] = [];
    const clock = new FakeClock(0);
    const log = new Log({ level, clock, write: (line) => lines.push(line) });
    log.error("one", { text: 'a\n"b"\x1b[0m\u2028' });
    log.warn("two");
    log.info("three", { count: 3, none: undefined });
    log.debug("four");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), written);
    for (const line of lines) assert.equal(line.indexOf("\n"), line.length - 1);
    if (written.length === 0) return;
    const time = "1970-01-01T00:00:00.000Z";
    const first = { time, level: "error", event: "one", text: 'a\n"b"\\u{1b}[0m\u2028' };
    assert.deepEqual(JSON.parse(lines[0]!), first);
  });
}

Deno.test("parseLogLevel() takes any case and no other word", () => {
  assert.equal(parseLogLevel("INFO"), "info");
  assert.equal(parseLogLevel("verbose"), undefined);
});

Deno.test("MCP_SSH_LOG=info has one line for each command, without output and secrets", async () => {
  await using sshd = await startSshd();
  const secret = "s3cret-of-a-call";
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_LOG: "info", [`OVRD_hidden_PASS`]: "overridden-password" }),
  });
  await server.run("echo output-of-a-command; (exit 3)");
  await server.run(`true '${secret}'; printf 'two\\nlines'`, { enable_password: secret });
  const running = await server.call("execute_command_async", {
    host: server.host,
    command: "sleep 0.1",
    session: "other",
  });
  await settled(server, running);
  await server.run("never typed", { host: "nosuchhost.invalid" });
  const { code } = await server.transport.endInput().then((code) => ({ code }));
  assert.equal(code, 0);
  await server.transport.close();
  const lines = server.stderr().trim().split("\n").map((line) => JSON.parse(line));
  const commands = lines.filter(({ event }) => event === "command");
  assert.deepEqual(
    commands.map(({ command, state, exit_status }) => [command, state, exit_status]),
    [
      ["echo output-of-a-command; (exit 3)", "exited", 3],
      ["true '[redacted]'; printf 'two\\nlines'", "exited", 0],
      ["sleep 0.1", "exited", 0],
      ["never typed", "lost", undefined],
    ],
  );
  for (const line of commands.slice(0, 3)) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual([line.level, line.host, line.user], ["info", sshd.alias, sshd.user]);
    assert.ok(line.duration_ms >= 0 && line.duration_ms < 60_000);
    assert.match(line.command_id, /^[0-9a-z]{12}$/);
  }
  assert.doesNotMatch(server.stderr(), /\noutput-of-a-command|s3cret|overridden-password/);
});

Deno.test("nothing is logged of what goes well unless asked for", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment() });
  await server.run("false");
  await server.run("true", { host: "nosuchhost.invalid" });
  assert.equal(server.stderr(), "");
});
