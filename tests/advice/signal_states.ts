import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { begin, idOf } from "../support/world.ts";
import type { State } from "./state.ts";

function interrupt(
  server: ServerUnderTest,
  of: ToolReply,
  signal: string,
): Promise<ToolReply> {
  return server.call("interrupt_command_by_id", { command_id: idOf(of), signal });
}

/** The states of commands that signals do not end, and of a shell that cannot print. */
export const SIGNAL_STATES: readonly State[] = [
  {
    title: "a signal for a built-in of the shell",
    advises: ["session/foreground.ts: Send INT, or close_session"],
    reach: async (server) =>
      await interrupt(server, await begin(server, "while :; do :; done"), "TERM"),
    follow: async (server) => {
      const { structuredContent } = await server.call("list_running_commands");
      const [{ command_id }] = structuredContent.commands;
      const ended = await server.call("interrupt_command_by_id", { command_id, signal: "INT" });
      assert.match(ended.firstLine, /^\[interrupted\]/);
    },
  },
  {
    title: "a command whose shell is stopped",
    advises: ["mcp/tools/interrupt_command_by_id.ts: not even SIG"],
    reach: async (server) => {
      const stops = "sh -c 'kill -STOP $PPID; echo up; exec sleep 300'";
      return await interrupt(server, await begin(server, stops, { shows: /up/ }), "KILL");
    },
    follow: async (server) => {
      await server.call("close_session", { host: server.host });
      assert.equal((await server.run("echo again")).body, "again\n");
    },
  },
  {
    title: "a shell whose printf is disabled",
    advises: ["shell/posix/shell_errors.ts: its prompt alone tells"],
    reach: async (server) => {
      await server.run("enable -n printf");
      return await server.run("echo here");
    },
    follow: async (server) => {
      await server.call("close_session", { host: server.host });
      assert.doesNotMatch((await server.run("echo again")).text, /prompt alone/);
    },
  },
];
