import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { copyToEnd } from "../end_to_end/copy_scene.ts";
import { endOf, settled } from "../support/world.ts";
import type { State, StateGroup } from "./state.ts";

type Extra = Readonly<Record<string, unknown>>;

const read = (remote_path: string, more: Extra = {}) => (server: ServerUnderTest) =>
  server.call("read_file", { host: server.host, remote_path, ...more });

const write =
  (remote_path: string, content: string, more: Extra = {}) => (server: ServerUnderTest) =>
    server.call("write_file", { host: server.host, remote_path, content, ...more });

/** The session's shell in proc(5). */
async function own(server: ServerUnderTest): Promise<string> {
  return `/proc/${/^\d+/.exec((await server.run("echo $$")).body)![0]}`;
}

const prints = (command: string, body: RegExp): State["follow"] => async (server) => {
  assert.match((await endOf(server, await server.run(command))).body, body);
};

/** Start-up files that a login without a terminal does not come past. */
const startUp = (line: string): { readonly [name: string]: string } => ({
  ".bashrc": `[ -t 0 ] || ${line}\n`,
  f: "content\n",
});

const NO_SFTP = ["Subsystem none /bin/false"];

/** The states of hosts that are slow, odd or short of something. */
export const HOST_GROUPS: readonly StateGroup[] = [
  {
    title: "a host whose start-up files wait for ever without a terminal",
    isHurried: true as boolean,
    sshd: { config: NO_SFTP, account: { files: startUp("sleep 300") } },
    states: [{
      title: "a file is read",
      advises: ["sftp/script/script_run.ts: where questions can be answered"],
      reach: read("f"),
      follow: prints("cat f", /^content$/m),
    }],
  },
  {
    title: "a host whose start-up files print for ever without a terminal",
    isHurried: true as boolean,
    sshd: {
      config: NO_SFTP,
      account: { files: startUp("while echo .; do sleep 0.2; done") },
    },
    states: [{
      title: "a file is read",
      advises: ["sftp/script/script_run.ts: Try again, or use execute_command"],
      reach: read("f"),
      follow: prints("cat f", /^content$/m),
    }],
  },
  {
    title: "files of the kernel",
    states: [
      {
        title: "one that takes no such value is written",
        advises: ["sftp/file_errors.ts: Do it with execute_command"],
        reach: async (server) => await write(`${await own(server)}/oom_score_adj`, "low\n")(server),
        follow: prints("echo 1 > /proc/$$/oom_score_adj; cat /proc/$$/oom_score_adj", /^1\n/),
      },
      {
        title: "one that refuses a value in words of its own is written",
        advises: ["sftp/file_errors.ts: Try it with execute_command"],
        reach: async (server) =>
          await write(`${await own(server)}/coredump_filter`, "9".repeat(24))(server),
        follow: prints(`echo ${"9".repeat(24)} > /proc/$$/coredump_filter`, /out of range/),
      },
    ],
  },
  {
    title: "a host without sudo and doas",
    sshd: {
      within: [
        ...["unshare", "--mount", "sh", "-c"],
        "for p in sudo doas; do p=$(command -v $p) && mount --bind /dev/null $p; done; " +
        'exec "$@"',
        "sh",
      ],
      account: { password: "right-horse" },
    },
    states: [{
      title: "a file is written by sudo",
      advises: ["sftp/script/script_run.ts: or su with execute_command"],
      reach: write("/etc/mcp-ssh-session-none", "x", { use_sudo: true as boolean }),
      follow: async (server) => {
        const asks = await server.run("su $(id -un) -c 'echo by su'");
        assert.equal(asks.meta?.prompt?.kind, "password", asks.text);
        const { command_id } = asks.meta;
        const answer = { command_id, input_text: "right-horse", secret: true as boolean };
        assert.match((await server.call("send_input", answer)).text, /by su/);
      },
    }],
  },
  {
    title: "a host without proc(5)",
    sshd: {
      within: [
        ...["unshare", "--mount", "sh", "-c"],
        'mount -t tmpfs none /proc && exec "$@"',
        "sh",
      ],
    },
    states: [{
      title: "a program with the prompt of a shell reads",
      advises: ["shell/posix/shell_errors.ts: Answer it with send_input"],
      reach: async (server) => {
        const reads = await server.run("printf 'user@h:~$ '; cat > got; bash", { timeout: 10 });
        await settled(server, reads);
        return await server.run("echo next");
      },
      follow: async (server) => {
        const { structuredContent } = await server.call("list_running_commands");
        const [{ command_id }] = structuredContent.commands;
        const input = { command_id, input_text: "line\r\x04", enter: false as boolean, wait: 10 };
        await server.call("send_input", input);
        assert.match((await server.run("cat got", { session: "other" })).body, /line$/m);
      },
    }],
  },
  {
    title: "a directory that others can write",
    sshd: {
      account: { sudoers: "ALL=(ALL) NOPASSWD: ALL", files: { f: "content\n" } },
      config: NO_SFTP,
    },
    states: [{
      title: "a file is copied into it",
      advises: ["sftp/unsafe_path.ts: execute_command with sudo -u"],
      reach: async (server) => {
        await server.run("chmod 755 .; mkdir open; chmod 777 open; sudo chown nobody open");
        return await copyToEnd(server, {
          source: `${server.host}:f`,
          destination: `${server.host}:open/g`,
          use_sudo: true as boolean,
        });
      },
      follow: prints("sudo -u nobody cp f open/g; cat open/g", /^content$/m),
    }],
  },
  {
    title: "a host that grants no terminal",
    sshd: { config: ["PermitTTY no"] },
    states: [{
      title: "its sessions are listed",
      advises: ["shell/exec_shell.ts: each command runs by itself"],
      reach: async (server) => {
        await server.run("true");
        return await server.call("list_sessions");
      },
      follow: async (server) => {
        assert.match((await server.run("cd /; pwd; x=1")).body, /^\/\n/);
        assert.match((await server.run("echo ${x-unset}")).body, /^unset\n/);
        const reads = await server.run("cat", { timeout: 0.5 });
        const { command_id } = reads.meta!;
        const line = await server.call("send_input", { command_id, input_text: "line" });
        assert.match(line.body, /^line\n/);
        const end = { command_id, input_text: "\x04", enter: false as boolean, wait: 10 };
        assert.match((await server.call("send_input", end)).text, /^\[exit 0\]/);
      },
    }],
  },
];
