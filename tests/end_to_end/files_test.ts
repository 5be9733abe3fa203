import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { CuttingProxy } from "../sftp/cutting_proxy.ts";
import { command } from "../support/command.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { Random } from "../support/random.ts";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";

const PASSWORD = "s3cret Pä$'\"";

interface Scene extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  read(path: string, extra?: Readonly<Record<string, unknown>>): Promise<ToolReply>;
  write(
    path: string,
    content: string,
    extra?: Readonly<Record<string, unknown>>,
  ): Promise<ToolReply>;
}

async function openScene(
  options: SshdOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Scene> {
  const { env = {}, ...sshdOptions } = options;
  const sshd = await startSshd(sshdOptions);
  const server = await startServer({ env: sshd.environment(env) });
  const host = server.host;
  return {
    sshd,
    server,
    read: (path, extra = {}) => server.call("read_file", { host, remote_path: path, ...extra }),
    write: (path, content, extra = {}) =>
      server.call("write_file", { host, remote_path: path, content, ...extra }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

Deno.test("write_file and read_file carry any bytes and say what they did", async () => {
  await using scene = await openScene();
  const random = new Random(1);
  const content = Uint8Array.from({ length: 2 * 1024 * 1024 }, () => random.below(256));
  const written = await scene.write("~/f", content.toBase64(), { encoding: "base64" });
  assert.match(
    written.text,
    /^\[created 2097152 bytes\] \S+@testhost:\S+\/f mode=0644 owner=\S+:\S+$/,
  );
  const read = await scene.read("f", { encoding: "base64" });
  assert.match(
    read.firstLine,
    /^\[read 2097152 of 2097152 bytes\] \S+@testhost:\S+\/f mode=0644 owner=\S+:\S+ base64; sha256=[0-9a-f]{64}$/,
  );
  assert.equal(read.body, content.toBase64());
  assert.deepEqual(await Deno.readFile(`${scene.sshd.account!.home}/f`), content);
});

Deno.test("the owner of a file is reported by name, by its number where the host has no name", async () => {
  for (const sftp of ["on", "off"] as const) {
    const config = sftp === "off" ? ["Subsystem none /bin/false"] : [];
    await using scene = await openScene({ config });
    const { name, home } = scene.sshd.account!;
    const written = await scene.write("own", "x");
    assert.match(written.text, new RegExp(` owner=${name}:\\S+$`), sftp);
    const passwd = await scene.read("/etc/passwd");
    assert.match(passwd.firstLine, / mode=0644 owner=root:root utf-8/, sftp);
    await Deno.chown(`${home}/own`, 3_999_999, 3_999_998);
    assert.match((await scene.read("own")).firstLine, / owner=3999999:3999998 utf-8/, sftp);
  }
});

Deno.test("a relative path is reported as absolute, with a session or without, by SFTP or without", async () => {
  for (const config of [[], ["Subsystem none /bin/false"]]) {
    await using scene = await openScene({ config });
    const { home } = scene.sshd.account!;
    for (const path of ["made", "./made", "~/made"]) {
      const written = await scene.write(path, "x");
      assert.ok(written.firstLine.includes(`:${home}/made `), written.text);
      const read = await scene.read(path);
      assert.ok(read.firstLine.includes(`:${home}/made`), read.text);
    }
    await scene.server.run("mkdir d; cd d");
    const inner = await scene.write("made", "x");
    assert.ok(inner.firstLine.includes(`:${home}/d/made `), inner.text);
  }
});

Deno.test("read_file reads by ranges and never cuts a character", async () => {
  await using scene = await openScene();
  const text = "aé日本🙂\r\nend without line feed";
  await scene.write("f", text);
  let whole = "";
  let offset = 0;
  for (let round = 0; round < 40; round++) {
    const reply = await scene.read("f", { offset, max_bytes: 5 });
    const facts = await fileMeta(scene, { remote_path: "f", offset, max_bytes: 5 });
    assert.equal(facts.next_offset, offset + new TextEncoder().encode(reply.body).length);
    whole += reply.body;
    offset = facts.next_offset;
    if (!facts.truncated) break;
    assert.match(reply.firstLine, new RegExp(`cut here: read on with offset=${offset}`));
  }
  assert.equal(whole, text);
  const short = await scene.read("f", { offset: 1, max_bytes: 1 });
  assert.ok(short.isError);
  assert.match(short.text, /max_bytes=1 is less than the character/);
});

Deno.test("read_file counts what is not UTF-8 and names the exact way", async () => {
  await using scene = await openScene();
  await scene.write("f", "61ff62c328ff", { encoding: "hex" });
  const reply = await scene.read("f");
  assert.match(reply.firstLine, /3 places are not utf-8 and show as U\+FFFD: encoding="base64"/);
  assert.equal(reply.body, "a\ufffdb\ufffd(\ufffd");
  assert.equal((await scene.read("f", { encoding: "latin1" })).body, "a\xffbÃ(\xff");
  assert.equal((await scene.read("f", { encoding: "hex" })).body, "61ff62c328ff");
});

Deno.test("read_file shows a file as it is, whatever it holds", async () => {
  await using scene = await openScene({ account: { password: PASSWORD } });
  const content = `password=${PASSWORD}\r\n\x1b[31mred\x1b]52;c;x\x07\u202e\ufeff[read 1]\n\0`;
  await scene.write("f", content, { password: PASSWORD });
  assert.equal((await scene.read("f", { password: PASSWORD })).body, content);
});

Deno.test("write_file appends, makes directories and sets permissions", async () => {
  await using scene = await openScene();
  const { home } = scene.sshd.account!;
  await scene.write("a/b/f", "1\n", { make_dirs: true, permissions: 420 });
  await scene.write("a/b/f", "2\n", { append: true, permissions: "0600" });
  assert.equal(await Deno.readTextFile(`${home}/a/b/f`), "1\n2\n");
  assert.equal((await Deno.stat(`${home}/a/b/f`)).mode! & 0o777, 0o600);
  const decimal = await scene.write("a/b/f", "", { permissions: 644 });
  assert.ok(decimal.isError);
  assert.match(decimal.text, /permissions 644 is not a file mode[^]*"0644"/);
});

Deno.test("read_file and write_file say in one line what failed and in one what to do", async () => {
  await using scene = await openScene();
  const { home } = scene.sshd.account!;
  const table: readonly (readonly [Promise<ToolReply>, RegExp])[] = [
    [
      scene.read("missing"),
      /^Cannot read \S*\/missing: no such file or directory\n\[Check the path/,
    ],
    [scene.read(home), /it is a directory\n\[Name a file in it/],
    [scene.read("/dev/zero"), /it is a character device, not a regular file\n\[Read from it with/],
    [scene.read("/etc/shadow"), /permission denied\n\[Pass use_sudo=true/],
    [scene.write("/etc/shadow", ""), /permission denied\n\[Pass use_sudo=true/],
    [scene.write("no/dir/f", ""), /directory \S*\/no\/dir does not exist/],
    [scene.write("f", "x", { encoding: "nope" }), /There is no encoding "nope"\n\[Use utf-8/],
    [scene.write("f", "é", { encoding: "ascii" }), /The content is not ascii: it holds U\+00E9/],
    [scene.write("f", "x".repeat(2 ** 21 + 1)), /content is 2097153 bytes; at most 2097152/],
  ];
  for (const [reply, words] of table) {
    const { isError, text } = await reply;
    assert.ok(isError);
    assert.match(text, words);
    assert.equal(text.split("\n").length, 2);
  }
});

Deno.test("use_sudo reads and writes root's files, and the password shows nowhere", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using scene = await openScene({ accounts: [account] });
  const path = `${account.home}/root.txt`;
  await Deno.writeTextFile(path, "old", { mode: 0o600 });
  const sudo = { use_sudo: true, sudo_password: PASSWORD };
  const written = await scene.write(path, "new\n", sudo);
  assert.match(written.text, /^\[replaced 4 bytes\] .* mode=0600 owner=root:root; by sudo$/);
  const read = await scene.read(path, sudo);
  assert.match(read.firstLine, /; by sudo; sha256=[0-9a-f]{64}$/);
  assert.equal(read.body, "new\n");
  assert.match(read.firstLine, / mode=0600 owner=root:root utf-8; by sudo;/);
  const wrong = await scene.read(path, { sudo_password: "wrong one" });
  assert.ok(wrong.isError);
  assert.match(wrong.text, /^sudo refused the password \(one attempt was made\)\n\[Pass the right/);
  const without = await scene.read(path, { use_sudo: true });
  assert.match(without.text, /a password is required"\n\[Pass sudo_password\]/);
  const journal = await command(["journalctl", "--since=-5min", "--no-pager"]).catch(() =>
    undefined
  );
  const said = [written, read, wrong, without].map(({ text }) => text).join();
  for (const text of [said, scene.server.stderr(), scene.sshd.log(), journal?.stdout ?? ""]) {
    assert.doesNotMatch(text, /s3cret|wrong one/);
  }
});

Deno.test("OVRD_…_SUDO_PASS serves use_sudo", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using scene = await openScene({
    accounts: [account],
    env: { OVRD_testhost_SUDO_PASS: PASSWORD },
  });
  await Deno.writeTextFile(`${account.home}/f`, "root's", { mode: 0o600 });
  const path = `${account.home}/f`;
  assert.equal((await scene.read(path, { use_sudo: true })).body, "root's");
  assert.ok((await scene.read(path)).isError);
});

Deno.test("write_file over a connection that is cut says which file it left, and leaves no other", async () => {
  await using scene = await openScene({ clientConfig: ["StrictHostKeyChecking no"] });
  using proxy = new CuttingProxy(scene.sshd.port);
  proxy.afterCut = "open";
  const { home } = scene.sshd.account!;
  const through = { port: proxy.port };
  await scene.write("f", "old", through);
  for (let cut = 1; cut <= 8; cut++) {
    proxy.leftBytes = 35_000 * cut;
    const reply = await scene.write("f", "n".repeat(300_000), through);
    assert.ok(reply.isError);
    assert.match(
      reply.text,
      /; \S*\/f is unchanged and nothing is left beside it\n\[Write again\]$/,
    );
    assert.equal(await Deno.readTextFile(`${home}/f`), "old");
    assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name), ["f"]);
  }
});

interface FileMeta {
  readonly next_offset: number;
  readonly truncated: boolean;
}

async function fileMeta(scene: Scene, args: Readonly<Record<string, unknown>>): Promise<FileMeta> {
  const { client, host } = scene.server;
  const result = await client.callTool({ name: "read_file", arguments: { host, ...args } });
  return result._meta?.["mcp-ssh-session/file"] as FileMeta;
}
