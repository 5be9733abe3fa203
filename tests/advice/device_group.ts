import assert from "node:assert/strict";
import { startFrr } from "../support/device_clis.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";
import type { StateGroup } from "./state.ts";

function keys(server: ServerUnderTest, of: ToolReply, keys: string): Promise<ToolReply> {
  return server.call("send_keys", { command_id: idOf(of), keys });
}

const ENABLE = { enablePassword: "sekrit" };
const PRIVILEGED = { enable_password: ENABLE.enablePassword };

/** The states of a router whose `enable` asks for a password. */
export const DEVICE_GROUP: StateGroup = {
  title: "a router",
  prepare: async () => {
    const frr = await startFrr({ reachedBy: "telnet", ...ENABLE });
    return {
      sshd: { config: [`ForceCommand ${frr.commandLine}`] },
      [Symbol.asyncDispose]: () => frr[Symbol.asyncDispose](),
    };
  },
  states: [
    {
      title: "a control character in a command",
      advises: ["shell/device/device_shell.ts: type it to the running command"],
      reach: (server) => server.run("show version\x15"),
      follow: async (server) => {
        const asks = await server.run("enable");
        assert.equal(asks.meta?.prompt?.kind, "password", asks.text);
        await keys(server, asks, "wrong<ctrl-u>sekrit<enter>");
        assert.match((await server.run("show version")).firstLine, /\(privileged\)/);
      },
    },
    {
      title: "a signal for a command",
      advises: ["session/session.ts: Send INT, or close_session"],
      reach: async (server) => {
        const command_id = idOf(await server.run("enable"));
        return await server.call("interrupt_command_by_id", { command_id, signal: "TERM" });
      },
      follow: async (server) => {
        await server.call("close_session", { host: server.host });
        assert.match((await server.run("show version")).firstLine, /^\[done\]/);
      },
    },
    {
      title: "a command for privileged mode that leads nowhere",
      advises: ["shell/device/enable.ts: Check enable_command"],
      reach: (server) =>
        server.run("show version", { ...PRIVILEGED, enable_command: "show history" }),
      follow: async (server) => {
        assert.match((await server.run("show history")).firstLine, /^\[done/);
        const { enable_password } = PRIVILEGED;
        assert.match(
          (await server.run("show version", { enable_password })).text,
          /\(privileged\)/,
        );
      },
    },
    {
      title: "a command for privileged mode whose answer is paged",
      advises: ["shell/device/enable.ts: Check enable_command"],
      reach: async (server) => {
        await server.run("terminal length 5");
        return await server.run("show version", { ...PRIVILEGED, enable_command: "list" });
      },
      follow: async (server) => {
        assert.match((await server.run("list")).firstLine, /^\[done/);
      },
    },
  ],
};
