import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { IN_PATH } from "../support/powershell.ts";
import { DEFAULT_ALIAS } from "../support/sshd.ts";
import { endOf, idOf } from "../support/world.ts";
import type { StateGroup } from "./state.ts";

/** Runs an sshd with the identification of the one for Windows, in a file system of its own. */
const WITH_WINDOWS_IDENT = [
  ...["unshare", "--mount", "sh", "-c"],
  "mount -t tmpfs none /mnt && perl -pe '" +
  's/(OpenSSH_[0-9.]+p[0-9]+ [\\w.+~-]+)/pack "a" . length $1, "OpenSSH_for_Windows_9.5"/ge' +
  '\' "$1" > /mnt/sshd && chmod 755 /mnt/sshd && shift && exec /mnt/sshd "$@"',
  "sh",
];

const account = { files: { f: "content\n" } };

function write(server: ServerUnderTest, more: object): Promise<ToolReply> {
  const call = { host: server.host, remote_path: "f", content: "new\n" };
  return server.call("write_file", { ...call, ...more });
}

/** The states of hosts that call themselves Windows, with a POSIX shell as under Cygwin. */
export const WINDOWS_GROUPS: readonly StateGroup[] = [
  {
    title: "a Windows host",
    sshd: { within: WITH_WINDOWS_IDENT, account },
    states: [{
      title: "a file is given permissions",
      advises: ["sftp/remote_files.ts: run icacls with execute_command"],
      reach: (server) => write(server, { permissions: "600" }),
      follow: async (server) => {
        assert.ok(!(await write(server, {})).isError);
        // There is none on this machine.
        await server.run("icacls() { echo icacls $*; }");
        assert.match(
          (await server.run("icacls f /inheritance:r; cat f")).body,
          /^icacls f.*\nnew$/m,
        );
      },
    }],
  },
  {
    title: "a Windows host whose SFTP server is silent",
    isHurried: true as boolean,
    sshd: { within: WITH_WINDOWS_IDENT, account, config: ["Subsystem sftp sleep 300"] },
    states: [{
      title: "a file is read",
      advises: ["transport/sftp/sftp_packets.ts: Use execute_command instead"],
      reach: (server) => server.call("read_file", { host: server.host, remote_path: "f" }),
      follow: async (server) => {
        assert.match((await endOf(server, await server.run("cat f"))).body, /^content$/m);
      },
    }],
  },
];

/** The states of PowerShell on a Unix host. */
export const POWERSHELL_GROUP: StateGroup = {
  title: "a host with PowerShell",
  sshd: IN_PATH,
  env: { [`OVRD_${DEFAULT_ALIAS}_DEVICE`]: "powershell" },
  states: [
    {
      title: "keys are sent, and the screen is read",
      advises: [
        "shell/powershell/powershell_errors.ts: answers a program that reads",
        "shell/powershell/powershell_errors.ts: shows what the command has printed",
        "shell/powershell/powershell_shell.ts: PowerShell without a terminal",
      ],
      reach: async (server) => {
        const { host } = server;
        const command_id = idOf(await server.run("Read-Host 'Name'", { timeout: 40 }));
        const sent = await server.call("send_keys", { command_id, keys: "<up>" });
        const screen = await server.call("read_screen", { host });
        const listed = await server.call("list_sessions");
        return { ...sent, text: [sent.text, screen.text, listed.text].join("\n") };
      },
      follow: async (server) => {
        const { structuredContent } = await server.call("list_running_commands");
        const [{ command_id }] = structuredContent.commands;
        const status = await server.call("get_command_status", { command_id });
        assert.match(status.body, /Name/);
        const input = { command_id, input_text: "Ann", wait: 20 };
        assert.match((await server.call("send_input", input)).text, /Ann/);
      },
    },
  ],
};
