import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { Sshd } from "../support/sshd.ts";
import type { State, StateGroup } from "./state.ts";

const PASSWORD = { password: "right-horse" };

/** Changes the host's block in the client's ssh_config. */
async function configure(
  { sshConfigPath }: Sshd,
  change: (config: string) => string,
): Promise<void> {
  const config = await Deno.readTextFile(sshConfigPath);
  await Deno.writeTextFile(sshConfigPath, change(config));
}

const withoutKey = (config: string): string =>
  config.replace(/IdentityFile .*/, "IdentityFile none");

const isClosed: State["follow"] = async (server) => {
  assert.match((await server.call("list_sessions")).text, /No session is open/);
};

/** The states of hosts that are full, and of logins that differ. */
export const LOGIN_GROUPS: readonly StateGroup[] = [
  {
    title: "a host that takes two sessions",
    sshd: { config: ["MaxSessions 2"] },
    states: [{
      title: "a third is opened",
      advises: ["mcp/open_sessions.ts: makes room; open there: "],
      reach: async (server) => {
        await server.run("true");
        await server.run("true", { session: "two" });
        return await server.run("true", { session: "three" });
      },
      does: [/./],
      follow: async (server) => {
        assert.match((await server.run("true", { session: "three" })).firstLine, /^\[exit 0\]/);
      },
    }],
  },
  {
    title: "a login by password",
    sshd: { account: PASSWORD },
    states: [
      {
        title: "a durable command is asked for",
        advises: ["mcp/durable/attached.ts: logs in first"],
        reach: async (server, sshd) => {
          await configure(sshd, withoutKey);
          const command_id = `j0123456789ab@${server.host}`;
          return await server.call("get_command_status", { command_id });
        },
        fill: PASSWORD.password,
        does: [/^\[exit 0\]/],
      },
      {
        title: "there is another by a key",
        advises: ["session/logins.ts: as in the call that opened it"],
        reach: async (server, { keyPath }) => {
          await server.run("true", PASSWORD);
          await server.run("true", { key_filename: keyPath });
          return await server.run("true");
        },
        does: [/losed/],
        follow: isClosed,
      },
      {
        title: "the settings have changed since",
        advises: ["session/registry.ts: have changed since its last one"],
        reach: async (server, sshd) => {
          await server.run("true", PASSWORD);
          await configure(
            sshd,
            (config) =>
              config.replace("Host ", "Host *\n  BindAddress 127.0.0.9\nHost ")
                .replace("IdentityFile none", `IdentityFile ${sshd.keyPath}`),
          );
          return await until("the new settings are read", async () => {
            const reply = await server.run("true");
            return /have changed/.test(reply.text) && reply;
          });
        },
        does: [/losed/],
        follow: isClosed,
      },
    ],
  },
];
