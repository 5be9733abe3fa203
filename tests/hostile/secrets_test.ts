import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { idOf } from "../support/world.ts";
import {
  assertPlace,
  assertSilent,
  give,
  type Planted,
  recordedStrings,
  stringsOf,
} from "./planted_secrets.ts";

const GIVEN: readonly Planted[] = [
  { kind: "password", value: "login-pass-word", give: "password" },
  { kind: "sudo password", value: "sudo-pass-word", give: "sudo_password" },
  { kind: "enable password", value: "enable-pass-word", give: "enable_password" },
  { kind: "answer", value: "answered-by-input", give: "send_input" },
  { kind: "5 characters", value: "q5w4e", give: "password" },
  // With a capital letter, which no id has.
  { kind: "3 characters", value: "k9Z", give: "send_input" },
  { kind: "a regular expression", value: "a.*(b|c)+$^", give: "password" },
  { kind: "brackets and quotes", value: `p[a]'s"s\\w]`, give: "enable_password" },
  { kind: "escapes", value: "\x1b[31mred-hot-pass", give: "password" },
  { kind: "Unicode", value: "pässwört\u{1f511}", give: "password" },
  { kind: "blanks", value: "correct horse battery", give: "password" },
  { kind: "lines", value: "line-number-one\nline-number-two", give: "password" },
  ...Array.from({ length: 25 }, (_, n): Planted => (
    { kind: `number ${n} of many`, value: `one-of-many-${n}-secrets`, give: "password" }
  )),
];

/** Every place where text of a host comes back; `file` holds the secret and nothing else. */
const PLACES: Readonly<
  Record<string, (server: ServerUnderTest, file: string, secret: Planted) => Promise<void>>
> = {
  "output": async (server, file) => {
    const { text } = await server.run(`cat ${file}`);
    assert.match(text, /\[redacted\]|testhost/);
  },
  "output, one byte after the other": async (server, file) => {
    await server.run(`while IFS= read -r -n1 c; do printf %s "$c"; done <${file}`);
  },
  "where a very long line is cut": async (server, file) => {
    for (const length of [8_185, 8_190]) {
      await server.run(`head -c ${length} /dev/zero | tr '\\0' ' '; cat ${file}; echo`, {
        max_output_chars: 200_000,
      });
    }
  },
  "another session": async (server, file) => {
    await server.run(`cat ${file}`, { session: "second" });
  },
  "where a reply is cut, and a search": async (server, file) => {
    const reply = await server.run(`seq 30; cat ${file}; echo; seq 30`, { max_output_chars: 150 });
    for (let offset = 75; offset < 100; offset += 3) {
      await server.call("get_command_status", {
        command_id: idOf(reply),
        offset,
        max_output_chars: 9,
      });
    }
    await server.call("get_command_status", { command_id: idOf(reply), match: "a|e|o|9" });
  },
  "printed between commands": async (server, file) => {
    await server.run(`rm -f go done; mkfifo go; (read -r x <go; cat ${file}; echo; >done) & :`);
    await server.run("echo >go; until [ -e done ]; do read -t 0.02 x; done", {
      session: "second",
    });
    const seen = await until("the note comes", async () => {
      const { text } = await server.run("true");
      return text.includes("printed between") && text;
    });
    assert.match(seen, /\[.*printed between commands: ".*"/);
  },
  "working directory": async (server, file) => {
    await server.run(`d="$(tr -d '/\\n' <${file})"; mkdir -p "in/$d"; cd "in/$d"`);
    await server.call("list_sessions");
    await server.run("cd");
  },
  "question, refusal and lists": async (server, file) => {
    const asking = await server.run(`printf '%s? [y/n] ' "$(tail -n 1 ${file})"; read -r y`);
    assert.equal(asking.meta?.state, "awaiting_input", asking.text);
    await server.run("true");
    await server.call("list_running_commands");
    await server.call("send_input", { command_id: idOf(asking), input_text: "y" });
  },
  "screen at its last column, and title": async (server, file) => {
    const at = "printf '\\033[?1049h\\033[5;196H'";
    const asking = await server.run(
      `${at}; tr -d '\\n' <${file}; printf '\\033]2;%s\\007' "$(head -n 1 ${file})"; read -r y`,
      { timeout: 1 },
    );
    await server.call("read_screen", { command_id: idOf(asking) });
    await server.call("send_keys", { command_id: idOf(asking), keys: "<enter>" });
    await server.run("printf '\\033[?1049l'");
  },
  "errors about files": async (server, file) => {
    const { host } = server;
    await server.run(`ln -sfn "/nonexistent/$(head -n 1 ${file})" link`);
    const read = await server.call("read_file", { host, remote_path: "link" });
    assert.ok(read.isError, read.text);
    await server.call("write_file", { host, remote_path: "link", content: "" });
  },
  "command lines": async (server, _file, { value }) => {
    const quoted = `'${value.replaceAll("'", "'\\''").replaceAll("\x1b", "")}'`;
    await server.run(`true ${quoted}`);
    await server.call("list_command_history");
  },
};

Deno.test("no secret shows in any place where a host's text comes back", async (test) => {
  await using account = await createAccount();
  await using sshd = await startSshd({ accounts: [account] });
  const operator: readonly Planted[] = [
    { kind: "OVRD_PASS", value: "operators-login-pass" },
    { kind: "OVRD_SUDO_PASS", value: "operators-sudo-pass" },
    { kind: "OVRD_ENABLE_PASS", value: "operators-enable-pass" },
    { kind: "OVRD_KEY", value: sshd.keyPath },
    { kind: "OVRD_USER", value: account.name },
    { kind: "OVRD_HOST", value: "127.0.0.1" },
    { kind: "OVRD_PORT", value: String(sshd.port) },
  ];
  await using server = await startServer({ env: environment(sshd, account.name, operator) });
  const said = recordedStrings(server);
  const planted = [...operator, ...GIVEN];
  for (const [index, { value }] of planted.entries()) {
    await Deno.writeTextFile(`${account.home}/f${index}`, value);
    await Deno.chmod(`${account.home}/f${index}`, 0o644);
  }
  const late = await server.run(`cat f${operator.length}`, { session: "late" });
  assert.match(late.body, /login-pass-word/);
  said.length = 0;
  for (const secret of GIVEN) await give(server, secret);
  await server.call("get_command_status", { command_id: idOf(late) });
  const tried = planted.filter(({ kind }) => !kind.includes("of many") || kind.includes(" 0 "));
  for (const [place, plant] of Object.entries(PLACES)) {
    await test.step(place, async () => {
      const at = (secret: Planted): string => `~/f${planted.indexOf(secret)}`;
      await assertPlace(said, planted, (secret) => plant(server, at(secret), secret), tried);
    });
  }
  await test.step("progress", async () => {
    said.length = 0;
    const progress: string[] = [];
    await server.run(`cat ~/f${operator.length}; read -t 2.5 x`, {}, {
      onprogress: ({ message }) => progress.push(message ?? ""),
    });
    assert.ok(progress.length > 0);
    assertSilent(said, planted);
  });
  await test.step("a file's content, and a link to one at home", async () => {
    const { host } = server;
    for (const [index] of operator.entries()) {
      const read = await server.call("read_file", { host, remote_path: `f${index}` });
      assert.match(read.firstLine, /not exact: 1 values/);
    }
    await server.run(`ln -sfn ${account.home}/target athome; >target`);
    const written = await server.call("write_file", { host, remote_path: "athome", content: "x" });
    assert.equal(written.isError, Boolean(0), written.text);
    assertSilent(said, planted);
  });
  await test.step("resources, completions and sessions", async () => {
    await server.client.listResources();
    await server.client.readResource({ uri: "ssh-config://hosts" });
    await server.client.readResource({ uri: `ssh-config://hosts/${server.host}` });
    const sessions = await server.call("list_sessions");
    assert.equal(sessions.structuredContent.sessions[0].user, server.host);
    assertSilent(said, planted);
  });
  await test.step("log at debug", async () => {
    await server.transport.endInput();
    await server.transport.close();
    const lines = server.stderr().trim().split("\n").map((line) => JSON.parse(line));
    const calls = lines.filter(({ event }) => event === "call");
    const read = calls.find(({ tool, outcome }) => tool === "read_file" && outcome === "ok");
    assert.ok(read, "no line about read_file");
    assert.deepEqual([read.host, read.user, read.path], [server.host, server.host, "f0"]);
    assert.equal(read.bytes, operator[0]!.value.length);
    const written = calls.find(({ tool, bytes }) => tool === "write_file" && bytes === 1);
    assert.ok(written, "no line about write_file");
    assert.deepEqual([written.outcome, written.host], ["ok", server.host]);
    assertSilent(lines.flatMap(stringsOf), planted);
  });
});

Deno.test("no operator's value shows in an error of a login, whatever the server says there", async () => {
  await using account = await createAccount({ password: "operators-login-pass" });
  const directory = await Deno.makeTempDir();
  const banner = `${directory}/banner`;
  await using sshd = await startSshd({
    accounts: [account],
    config: [`Banner ${banner}`, `ForceCommand cat ${banner}; exit 3`],
  });
  const operator: readonly Planted[] = [
    { kind: "OVRD_PASS", value: "operators-login-pass" },
    { kind: "OVRD_KEY", value: sshd.keyPath },
    { kind: "OVRD_USER", value: account.name },
    { kind: "OVRD_HOST", value: "127.0.0.1" },
    { kind: "OVRD_PORT", value: String(sshd.port) },
  ];
  await Deno.writeTextFile(banner, operator.map(({ value }) => `you are ${value}.\n`).join(""));
  await Deno.chmod(directory, 0o755);
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  const withoutKnown = config.replace(/UserKnownHostsFile .*/, "UserKnownHostsFile none");
  /** Each with the words of its error, so that it is the error that is meant. */
  const errors: readonly (readonly [change: () => Promise<void>, words: RegExp])[] = [
    [() => Promise.resolve(), /ended|closed|exit|left/],
    [
      () => Deno.writeTextFile(sshd.sshConfigPath, withoutKnown),
      /host key of "testhost" is unknown/,
    ],
    [async () => {
      await Deno.writeTextFile(sshd.sshConfigPath, config);
      await Deno.writeTextFile(`${sshd.directory}/authorized_keys`, "");
    }, /Cannot log in/],
    [() => sshd.stop(), /refused|lost/],
  ];
  const wrong = operator.map((one) => one.kind === "OVRD_PASS" ? { ...one, value: "not it" } : one);
  for (const [index, [change, words]] of errors.entries()) {
    await change();
    const given = index === 2 ? wrong : operator;
    await using server = await startServer({ env: environment(sshd, account.name, given) });
    const said = recordedStrings(server);
    const reply = await server.run("true");
    assert.match(reply.text, words);
    await server.call("read_file", { host: server.host, remote_path: "none" });
    await server.call("list_sessions");
    await server.call("list_command_history");
    assertSilent(said, given);
    await server.call("execute_on_hosts", { hosts: server.host, command: "true" });
    await server.call("execute_command_async", {
      host: server.host,
      command: "true",
      ...{ durable: Boolean(1) },
    });
    assertSilent(said, given);
    await server.transport.endInput();
    await server.transport.close();
    assertSilent(server.stderr().split("\n"), given);
  }
  await Deno.remove(directory, { recursive: true });
});

function environment(
  sshd: Sshd,
  user: string,
  operator: readonly Planted[],
): Record<string, string> {
  const values = operator.map(({ kind, value }) => [
    kind.replace("OVRD_", `OVRD_${sshd.alias}_`),
    value,
  ]);
  return sshd.environment({
    ...Object.fromEntries(values),
    [`OVRD_${sshd.alias}_USER`]: user,
    MCP_SSH_LOG: "debug",
  });
}
