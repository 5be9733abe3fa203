import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { endOf } from "../support/world.ts";
import type { StateGroup } from "./state.ts";

function offer(server: ServerUnderTest, path: string): Promise<ToolReply> {
  const source = `${server.host}:${path}`;
  return server.call("copy_file", { source, destination: "local:/tmp/x" });
}

/** The bytes that are behind the address of an offer. */
async function fetched(server: ServerUnderTest, path: string): Promise<string> {
  const { text } = await offer(server, path);
  const [url] = /http:\S+/.exec(text) ?? assert.fail(text);
  return await mustRun(["curl", "-fsS", url]);
}

/** The states of copies to the machine of the server, where those may be fetched. */
export const DOWNLOAD_GROUP: StateGroup = {
  title: "a server that offers downloads",
  isHurried: true as boolean,
  env: { MCP_SSH_DOWNLOADS: "127.0.0.1:0" },
  sshd: { account: { files: { "d/f": "content\n" } } },
  states: [
    {
      title: "a directory is copied",
      advises: ["copy/download_events.ts: Pack it first"],
      reach: (server) => offer(server, "d"),
      follow: async (server) => {
        assert.equal(
          (await endOf(server, await server.run("tar -cf d.tar d"))).meta?.exit_status,
          0,
        );
        assert.match(await fetched(server, "d.tar"), /content/);
      },
    },
    {
      title: "a file of the kernel is copied",
      advises: ["copy/download_events.ts: read_file shows it"],
      reach: (server) => offer(server, "/proc/version"),
      follow: async (server) => {
        const file = { host: server.host, remote_path: "/proc/version" };
        assert.match((await server.call("read_file", file)).body, /^Linux/);
      },
    },
    {
      title: "a file is not fetched in time",
      advises: ["copy/download_events.ts: Call copy_file again"],
      reach: async (server) => await endOf(server, await offer(server, "d/f")),
      follow: async (server) => assert.equal(await fetched(server, "d/f"), "content\n"),
    },
  ],
};
