import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { idOf } from "../support/world.ts";
import type { State } from "./state.ts";

/** The states of commands in a shell that is odd, busy or left, and of wrong calls on commands. */
export const ODD_COMMAND_STATES: readonly State[] = [
  {
    title: "a full-screen program whose screen is not at rest",
    advises: ["mcp/command/command_reply.ts: its screen is not at rest"],
    reach: async (server) => {
      await server.run("true");
      return await server.run(
        "printf '\\033[?1049h'; for i in $(seq 40); do printf '\\033[Hframe %s' $i; sleep 0.1; done",
        { timeout: 1 },
      );
    },
    fill: "x",
    does: [/frame \d/, /./],
  },
  {
    title: "start-up files that still run",
    advises: ["mcp/command/command_reply.ts: not typed yet: the shell still runs"],
    reach: async (server, { account }) => {
      const [profile, go] = [`${account!.home}/.bash_profile`, `${account!.home}/go`];
      await Deno.writeTextFile(profile, "while [ ! -e go ]; do sleep 0.1; done\n");
      const begun = await server.call("execute_command_async", {
        ...{ host: server.host, command: "echo mine" },
      });
      const reply = await until("the shell is open", async () => {
        const status = await server.call("get_command_status", { command_id: idOf(begun) });
        return status.text.includes("start-up files") && status;
      });
      await Deno.writeTextFile(go, "");
      await Deno.remove(profile);
      return reply;
    },
    does: [/^\[exit 0\][^]*mine/],
  },
  {
    title: "matching lines, all shown",
    advises: ["mcp/command/command_reply.ts: ) reads from there"],
    reach: async (server) => {
      const command_id = idOf(await server.run("seq 300"));
      return await server.call("get_command_status", { command_id, match: "277" });
    },
    does: [/^\[exit 0\][^]*\n277\n278\n/],
  },
  {
    title: "input for a command that another one runs inside of",
    advises: ["mcp/command/commands.ts: answers that one; or wait for it"],
    reach: async (server) => {
      const outer = idOf(await server.run("bash --norc"));
      await server.run("read -p 'Name? ' n; echo hi $n");
      return await server.call("send_input", { command_id: outer, input_text: "x" });
    },
    fill: "Ann",
    does: [/hi Ann/],
  },
  {
    title: "a shell inside the shell",
    advises: ["mcp/command/advice.ts: runs in this inner shell"],
    reach: (server) => server.run("bash --norc"),
    follow: async (server) => {
      assert.match((await server.run("echo $SHLVL")).firstLine, / nested=1 /);
      assert.doesNotMatch((await server.run("exit")).firstLine, /nested=/);
    },
  },
  {
    title: "keys where no command runs",
    advises: ["mcp/tools/send_keys.ts: Begin one with execute_command"],
    reach: async (server) => {
      await server.run("true");
      return await server.call("send_keys", { host: server.host, keys: "q" });
    },
    follow: async (server) => {
      await server.run("seq 200 | less");
      const left = await server.call("send_keys", { host: server.host, keys: "q" });
      assert.match(left.firstLine, /^\[exit 0\]/);
    },
  },
  {
    title: "a NUL in a command",
    advises: ["mcp/command/command_request.ts: Write bytes with printf"],
    reach: (server) => server.run("echo a\0b"),
    follow: async (server) => {
      assert.equal((await server.run("printf 'a\\0b' | od -An -c")).body, "   a  \\0   b\n");
    },
  },
  {
    title: "words to look for that are none",
    advises: [],
    reach: async (server) => {
      const command_id = idOf(await server.run("true"));
      return await server.call("get_command_status", { command_id, match: "|" });
    },
    follow: async (server) => {
      const command_id = idOf(await server.run("seq 30"));
      const found = await server.call("get_command_status", { command_id, match: "7|12" });
      assert.match(found.body, /:27\n/);
    },
  },
  {
    title: "a shell that does not run its lines",
    advises: [
      "shell/posix/shell_errors.ts: if it is refused again, close_session and run it in a new shell",
    ],
    reach: async (server) => {
      await server.run("shopt -s extdebug; trap 'false' DEBUG");
      return await server.run("echo never");
    },
    follow: async (server) => {
      await server.call("close_session", { host: server.host });
      assert.equal((await server.run("echo again")).body, "again\n");
    },
  },
];
