import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { endOf } from "../support/world.ts";
import { copyToEnd } from "../end_to_end/copy_scene.ts";
import type { State, StateGroup } from "./state.ts";

const DOUBLE = fileURLToPath(new URL("../support/sftp_double.pl", import.meta.url));

function read(server: ServerUnderTest): Promise<ToolReply> {
  return server.call("read_file", { host: server.host, remote_path: "f" });
}

function copied(server: ServerUnderTest): Promise<ToolReply> {
  return copyToEnd(server, { source: `${server.host}:f`, destination: `${server.host}:g` });
}

const cats: State["follow"] = async (server) => {
  assert.match((await endOf(server, await server.run("timeout 5 cat f"))).body, /^content$/m);
};

function group(fault: string, title: string, state: Omit<State, "title" | "follow">): StateGroup {
  return {
    title: `an SFTP server ${title}`,
    sshd: {
      config: [`Subsystem sftp /usr/bin/perl ${DOUBLE} ${fault}`],
      account: { files: { f: "content\n", empty: "" } },
    },
    states: [{ title, ...state, follow: cats }],
  };
}

/** The states of hosts whose SFTP server has a fault. */
export const SFTP_GROUPS: readonly StateGroup[] = [
  group("end 5", "that ends while a file is read", {
    advises: ["transport/connection.ts: Use execute_command instead"],
    reach: copied,
  }),
  {
    ...group("silent 5", "that does not read an empty file", {
      advises: ["sftp/file_errors.ts: bounded by timeout"],
      reach: (server) => server.call("read_file", { host: server.host, remote_path: "empty" }),
    }),
    isHurried: true as boolean,
  },
  group("status 3 8", "that does not open files", {
    advises: ["transport/sftp/sftp_errors.ts: Use execute_command instead"],
    reach: read,
  }),
  group("attributes 5", "that answers something else", {
    advises: ["transport/sftp/sftp_errors.ts: Use execute_command instead"],
    reach: copied,
  }),
  group("number 3", "that numbers its answers wrongly", {
    advises: ["transport/sftp/sftp_packets.ts: check which program serves SFTP"],
    reach: read,
  }),
];
