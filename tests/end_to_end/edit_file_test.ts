import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";

const PASSWORD = "s3cret Pä$'\"";

type Extra = Readonly<Record<string, unknown>>;

interface Scene extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  readonly home: string;
  edit(path: string, from: string, to: string, extra?: Extra): Promise<ToolReply>;
}

async function openScene(options: SshdOptions = {}): Promise<Scene> {
  const sshd = await startSshd(options);
  const server = await startServer({ env: sshd.environment() });
  return {
    sshd,
    server,
    home: sshd.account!.home,
    edit: (path, old_text, new_text, extra = {}) =>
      server.call("edit_file", {
        host: server.host,
        remote_path: path,
        edits: [{ old_text, new_text }],
        ...extra,
      }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

const NO_SFTP = ["Subsystem none /bin/false"];
const ROADS: readonly (readonly [title: string, config: readonly string[]])[] = [
  ["over SFTP", []],
  ["by a shell", NO_SFTP],
];

for (const [title, config] of ROADS) {
  Deno.test(`edit_file ${title} replies with a diff and the sha256, and keeps the mode`, async () => {
    await using scene = await openScene({ config });
    const { server, home } = scene;
    const path = `${home}/odd näme's`;
    await Deno.writeTextFile(path, "one\r\ntwo\r\nthree\r\n", { mode: 0o640 });
    await Deno.chown(path, scene.sshd.account!.uid, scene.sshd.account!.gid);
    await Deno.chmod(path, 0o640);
    await Deno.symlink(path, `${home}/link`);
    const read = await server.call("read_file", { host: server.host, remote_path: "link" });
    const before = await sha256("one\r\ntwo\r\nthree\r\n");
    assert.match(read.firstLine, new RegExp(`; sha256=${before}$`));
    const reply = await scene.edit("link", "two\n", "2\nzwei\n", {
      expected_sha256: before,
      backup: true,
    });
    const after = "one\r\n2\r\nzwei\r\nthree\r\n";
    assert.match(
      reply.firstLine,
      /^\[edited 1 replacement, 21 bytes\] .* mode=0640 owner=\S+:\S+ /,
    );
    assert.match(reply.firstLine, new RegExp(` sha256=${await sha256(after)}$`));
    assert.match(reply.body, /^\[note: the old file is .*odd näme's\.~1~\]\n\[note: line ends/);
    assert.match(reply.body, /\n@@ -1,3 \+1,4 @@\n one\n-two\n\+2\n\+zwei\n three$/);
    assert.equal(await Deno.readTextFile(path), after);
    assert.ok((await Deno.lstat(`${home}/link`)).isSymlink);
    const { mode, uid } = await Deno.stat(path);
    const kept = await Deno.stat(`${path}.~1~`);
    assert.deepEqual([mode, uid], [kept.mode, kept.uid]);
    assert.equal(await Deno.readTextFile(`${path}.~1~`), "one\r\ntwo\r\nthree\r\n");
    const second = await scene.edit("link", "zwei", "deux", { backup: true });
    assert.match(second.body, /the old file is .*\.~2~\]/);
    assert.equal(await Deno.readTextFile(`${path}.~2~`), after);
    assert.deepEqual(
      [...Deno.readDirSync(home)].map(({ name }) => name).sort(),
      ["link", "odd näme's", "odd näme's.~1~", "odd näme's.~2~"],
    );
  });

  Deno.test(`edit_file ${title} refuses a file that changed, and names what does not apply`, async () => {
    await using scene = await openScene({ config });
    const path = `${scene.home}/f`;
    await Deno.writeTextFile(path, "alpha = [1]\nbeta = 2\n");
    await Deno.chown(path, scene.sshd.account!.uid, scene.sshd.account!.gid);
    const stale = await scene.edit("f", "1", "3", { expected_sha256: "0".repeat(64) });
    assert.ok(stale.isError);
    assert.match(
      stale.text,
      /^Cannot edit (?:\S*\/)?f: its sha256 is not expected_sha256; nothing was written\n/,
    );
    const missing = await scene.edit("f", "alpha = (1)", "x");
    assert.ok(missing.isError);
    assert.match(
      missing.text,
      /old_text of edit 1 was not found\n\[Copy .*\]\nnearest to edit 1:\n1: alpha = \[1\]\n/,
    );
    const twice = await scene.edit("f", " = ", ":");
    assert.match(twice.text, /old_text of edit 1 occurs 2 times \(lines 1, 2\)\n\[Add lines/);
    assert.equal(await Deno.readTextFile(path), "alpha = [1]\nbeta = 2\n");
    const all = await scene.server.call("edit_file", {
      host: scene.server.host,
      remote_path: "f",
      edits: [{ old_text: " = ", new_text: ":", replace_all: true }],
    });
    assert.match(all.firstLine, /^\[edited 2 replacements, 17 bytes\]/);
    assert.equal(await Deno.readTextFile(path), "alpha:[1]\nbeta:2\n");
  });

  Deno.test(`edit_file ${title} loses no update where many edit at once`, async () => {
    await using scene = await openScene({ config });
    await using other = await startServer({ env: scene.sshd.environment() });
    const path = `${scene.home}/f`;
    const marks = Array.from({ length: 8 }, (_, at) => `<mark ${at}>`);
    await Deno.writeTextFile(path, marks.join("\n"));
    await Deno.chown(path, scene.sshd.account!.uid, scene.sshd.account!.gid);
    const replies = await Promise.all(
      marks.map((mark, at) =>
        (at % 2 === 0 ? scene.server : other).call("edit_file", {
          host: scene.server.host,
          remote_path: "f",
          edits: [{ old_text: mark, new_text: `done ${at}` }],
        })
      ),
    );
    const text = await Deno.readTextFile(path);
    for (const [at, { isError, text: said }] of replies.entries()) {
      assert.equal(text.includes(`done ${at}`), !isError, `${at}: ${said}`);
      if (isError) {
        assert.match(
          said,
          /another edit of it is under way|it changed (?:since|while) it was read/,
        );
      }
    }
    assert.ok(replies.some(({ isError }) => !isError));
    assert.deepEqual([...Deno.readDirSync(scene.home)].map(({ name }) => name), ["f"]);
  });
}

Deno.test("edit_file refuses an edit while another server's is under way", async () => {
  for (const [, config] of ROADS) {
    await using scene = await openScene({ config });
    const path = `${scene.home}/f`;
    await Deno.writeTextFile(path, "a\n");
    await Deno.chown(path, scene.sshd.account!.uid, scene.sshd.account!.gid);
    await Deno.writeTextFile(`${scene.home}/.mcp-ssh-edit-f`, "");
    const reply = await scene.edit("f", "a", "b");
    assert.ok(reply.isError);
    assert.match(
      reply.text,
      /^Cannot edit (?:\S*\/)?f: another edit of it is under way; nothing was written\n/,
    );
    assert.equal(await Deno.readTextFile(path), "a\n");
    assert.equal(await Deno.readTextFile(`${scene.home}/.mcp-ssh-edit-f`), "");
  }
});

Deno.test("edit_file by sudo keeps root's owner in file and backup", async () => {
  await using account = await createAccount({ password: PASSWORD, sudoers: "ALL=(ALL) ALL" });
  await using scene = await openScene({ accounts: [account] });
  const directory = `${account.home}/root`;
  await Deno.mkdir(directory, { mode: 0o700 });
  await Deno.writeTextFile(`${directory}/f`, "old\n", { mode: 0o600 });
  const denied = await scene.edit(`${directory}/f`, "old", "new");
  assert.match(denied.text, /permission denied\n\[Pass use_sudo=true/);
  const sudo = { use_sudo: true, sudo_password: PASSWORD, backup: true };
  const reply = await scene.edit(`${directory}/f`, "old", "new", sudo);
  assert.match(reply.firstLine, / mode=0600 owner=root:root sha256=[0-9a-f]{64}; by sudo$/);
  for (const [name, content] of [["f", "new\n"], ["f.~1~", "old\n"]] as const) {
    const { mode, uid } = await Deno.stat(`${directory}/${name}`);
    assert.deepEqual([mode! & 0o7777, uid], [0o600, 0]);
    assert.equal(await Deno.readTextFile(`${directory}/${name}`), content);
  }
  assert.equal([...Deno.readDirSync(directory)].length, 2);
});

Deno.test("edit_file advises for each kind of problem what mends it", async () => {
  await using scene = await openScene();
  const { server, home } = scene;
  const path = `${home}/list`;
  await Deno.writeTextFile(path, "a\na\nb\n");
  const refused = async (...edits: readonly (readonly [from: string, to: string])[]) => {
    const reply = await server.call("edit_file", {
      host: server.host,
      remote_path: path,
      edits: edits.map(([old_text, new_text]) => ({ old_text, new_text })),
    });
    assert.ok(reply.isError, reply.text);
    return reply.text.split("\n")[1]!;
  };
  const equal = "Correct new_text, or leave that edit out: all edits are made, or none";
  const copy = "opy old_text exactly from read_file, blanks and line ends too";
  assert.equal(await refused(["b", "b"]), `[${equal}]`);
  assert.equal(await refused(["c", "d"]), `[C${copy}]`);
  assert.equal(
    await refused(["b", "b"], ["c", "d"], ["a", "c"], ["e", "f"]),
    `[${equal}; c${copy}; add lines around it to old_text, or pass replace_all=true]`,
  );
  assert.match(await refused(["b", "\ud800"]), /give the character whole/);
});
