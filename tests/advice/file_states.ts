import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import type { Sshd } from "../support/sshd.ts";
import { copyToEnd } from "../end_to_end/copy_scene.ts";
import type { State } from "./state.ts";

type Extra = Readonly<Record<string, unknown>>;

const file = (tool: string, remote_path: string, more: Extra = {}) =>
(
  server: ServerUnderTest,
): Promise<ToolReply> => server.call(tool, { host: server.host, remote_path, ...more });

const edit = (path: string, old_text: string, new_text: string) =>
  file("edit_file", path, { edits: [{ old_text, new_text }] });

const copy = (source: string, destination: string) => (server: ServerUnderTest) =>
  copyToEnd(server, {
    source: source.replace("HOST", server.host),
    destination: destination.replace("HOST", server.host),
  });

const runs = (command: string, says: RegExp) => async (server: ServerUnderTest): Promise<void> =>
  assert.match((await server.run(command)).text, says, command);

/** A file of the account's own. */
async function make({ account }: Sshd, name: string, bytes: Uint8Array | string): Promise<void> {
  const path = `${account!.home}/${name}`;
  await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  await Deno.chown(path, account!.uid, account!.gid);
}

/** The states of file tools. */
export const FILE_STATES: readonly State[] = [
  {
    title: "a file that is not there",
    advises: ["sftp/file_errors.ts: Check the path; execute_command with ls"],
    reach: file("read_file", "none"),
    follow: runs("ls", /^\[exit 0\]/),
  },
  {
    title: "a directory in place of a file",
    advises: ["sftp/file_errors.ts: Name a file in it; execute_command with ls -la lists it"],
    reach: file("read_file", "/etc"),
    follow: runs("ls -la /etc", /passwd/),
  },
  {
    title: "a fifo in place of a file",
    advises: [
      "sftp/file_errors.ts: it with execute_command, bounded (such as by timeout and head -c)",
    ],
    reach: async (server) => {
      await server.run("mkfifo pipe; (echo through > pipe &)");
      return await file("read_file", "pipe")(server);
    },
    follow: runs("timeout 5 head -c 100 pipe", /through/),
  },
  {
    title: "a name with a lone surrogate",
    advises: ["sftp/remote_path.ts: where its bytes are not UTF-8, use execute_command"],
    reach: file("read_file", "a\ud800"),
    follow: runs("echo odd > $'a\\377'; cat $'a\\377'", /odd/),
  },
  {
    title: "text that an edit does not find",
    advises: ["mcp/file/edit_reply.ts: Copy old_text exactly from read_file"],
    reach: async (server, sshd) => {
      await make(sshd, "list", "one\ntwo\n");
      return await edit("list", "One", "1")(server);
    },
    follow: async (server) => {
      const read = await file("read_file", "list")(server);
      const [line] = read.body.split("\n");
      assert.match((await edit("list", line!, "1")(server)).text, /\+1\n/);
    },
  },
  {
    title: "an edit that would change nothing but line ends",
    advises: ["mcp/file/edit_reply.ts: Change them with execute_command or write_file"],
    reach: async (server, sshd) => {
      await make(sshd, "crlf", "one\r\ntwo\r\n");
      return await edit("crlf", "one\n", "one\r\n")(server);
    },
    follow: async (server) => {
      await runs("sed -i 's/\\r$//' crlf; wc -c <crlf", /\n8\n/)(server);
      const written = await file("write_file", "crlf", { content: "one\r\ntwo\r\n" })(server);
      assert.ok(!written.isError, written.text);
    },
  },
  {
    title: "characters for a file of damaged UTF-8",
    advises: ['mcp/file/edit_reply.ts: Use read_file and write_file with encoding="base64"'],
    reach: async (server, sshd) => {
      await make(sshd, "mixed", new Uint8Array([0xc3, 0xa9, 0x0a, 0xff, 0x0a, 0x61, 0x0a]));
      return await edit("mixed", "a", "é")(server);
    },
    follow: async (server) => {
      const content = btoa("é\n");
      const written = await file("write_file", "mixed", { content, encoding: "base64" })(server);
      assert.ok(!written.isError, written.text);
    },
  },
  {
    title: "characters that ISO 8859-1 does not have",
    advises: ["sftp/edit/text_form.ts: use read_file and write_file with the file's encoding"],
    reach: async (server, sshd) => {
      await make(sshd, "latin", new Uint8Array([0xe9, 0x0a, 0x61, 0x0a]));
      return await edit("latin", "a", "€")(server);
    },
    follow: async (server) => {
      const read = await file("read_file", "latin", { encoding: "latin1" })(server);
      assert.match(read.body, /^é\na\n/);
    },
  },
  {
    title: "a file that is too large to edit",
    advises: ["mcp/file/file_edit.ts: such as by sed -i"],
    reach: async (server) => {
      await server.run("yes line | head -c 3000000 > large");
      return await edit("large", "line", "row")(server);
    },
    follow: runs("sed -i s/line/row/ large; head -n 1 large", /\nrow\n/),
  },
  {
    title: "an edit that would make a file too large",
    advises: ["mcp/file/file_edit.ts: such as by sed -i"],
    reach: async (server, sshd) => {
      await make(sshd, "grows", "x".repeat(1_500_000) + "END");
      return await edit("grows", "END", "y".repeat(1_000_000))(server);
    },
    follow: runs("sed -i s/END/end/ grows; tail -c 3 grows", /end/),
  },
  {
    title: "neither edits nor undo",
    advises: [],
    reach: file("edit_file", "list"),
    follow: async (server) => {
      const path = { host: server.host, remote_path: "undone" };
      await server.call("write_file", { ...path, content: "before\n" });
      await edit("undone", "before", "after")(server);
      const undone = await server.call("edit_file", { ...path, undo: true as boolean });
      assert.match(undone.text, /-after\n\+before/);
    },
  },
  {
    title: "a copy into a directory that is not there",
    advises: ["copy/copy_tree.ts: Make it with execute_command, or leave out the slash"],
    reach: copy("HOST:/etc/hostname", "HOST:new/"),
    follow: async (server) => {
      assert.match((await copy("HOST:/etc/hostname", "HOST:new")(server)).text, /^\[exit 0\]/);
    },
  },
  {
    title: "a copy of names that are not UTF-8",
    advises: ["copy/copy_errors.ts: or copy the directory with tar by execute_command"],
    reach: async (server) => {
      await server.run("mkdir odd; touch $'odd/a\\377'");
      return await copyToEnd(server, {
        ...{ source: `${server.host}:odd`, destination: `${server.host}:odd2` },
        recursive: true as boolean,
      });
    },
    follow: runs("tar -c odd | tar -t", /^\[exit 0\][^]*odd\//),
  },
  {
    title: "a copy to the machine of the server",
    advises: ["mcp/file/begin_download.ts: read_file shows a file of up to 2 MiB"],
    reach: copy("HOST:/etc/hostname", "local:/tmp/x"),
    follow: async (server) => {
      assert.ok(!(await file("read_file", "/etc/hostname")(server)).isError);
    },
  },
];
