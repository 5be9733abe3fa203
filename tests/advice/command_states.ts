import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { begin } from "../support/world.ts";
import type { State } from "./state.ts";

const run = (command: string, more = {}) => (server: ServerUnderTest): Promise<ToolReply> =>
  server.run(command, more);

const SHORT = { timeout: 0.5 };
const IGNORES_INT = "sh -c 'trap \"\" INT; echo up; sleep 300'";

/** The states of commands. */
export const COMMAND_STATES: readonly State[] = [
  {
    title: "running",
    advises: ["mcp/command/command_reply.ts: ) waits for the rest"],
    reach: async (server) => {
      await server.run("true");
      return await server.run("sleep 2; echo over", SHORT);
    },
    does: [/^\[exit 0\][^]*over/],
  },
  {
    title: "a question",
    advises: ['mcp/command/advice.ts: input_text="…") answers it'],
    reach: run("read -p 'Name? ' n; echo hi $n"),
    fill: "Ann",
    does: [/hi Ann/],
  },
  {
    title: "a program that reads and asks nothing",
    advises: [
      "mcp/command/advice.ts: it waits for input: send_input(",
      'mcp/command/advice.ts: keys="<ctrl-d>") ends the input',
    ],
    reach: run("cat"),
    fill: "Ann",
    does: [/Ann/, /^\[exit 0\]/],
  },
  {
    title: "a secret question",
    advises: ["mcp/command/advice.ts: secret=true) answers it"],
    reach: run("read -s -p 'Confirm: ' n; echo; echo ${#n}"),
    fill: "horse-battery",
    does: [/^\[exit 0\][^]*13/],
  },
  {
    title: "a pager",
    advises: ['mcp/command/advice.ts: shows more, keys="q" leaves'],
    reach: run("seq 200 | less -E"),
    does: [/^\[awaiting-input pager\][^]*\n98\n/],
  },
  {
    title: "a key to press",
    advises: ['mcp/command/advice.ts: keys="<enter>") goes on'],
    reach: run("read -p 'Press Enter to continue '; echo went on"),
    does: [/went on/],
  },
  {
    title: "a full-screen program",
    advises: ['mcp/command/advice.ts: keys="…") types to it'],
    reach: run("vim"),
    fill: ":q<enter>",
    does: [/^\[exit 0\]/],
  },
  {
    title: "behind a question",
    advises: [],
    reach: async (server) => {
      await server.run("read -p 'Name? ' n");
      return await server.run("echo behind");
    },
    fill: "Ann",
    does: [/^\[exit 0\]/],
  },
  {
    title: "behind a question that is to be ended",
    advises: [],
    reach: async (server) => {
      await server.run("read -p 'Name? ' n");
      const { text, ...reply } = await server.run("echo behind");
      return { ...reply, text: text.slice(text.indexOf("or interrupt_command_by_id")) };
    },
    does: [/^\[interrupted\]/],
  },
  {
    title: "behind a full-screen program that is to be ended",
    advises: [],
    reach: async (server) => {
      await server.run("vim");
      const { text, ...reply } = await server.run("echo behind");
      return { ...reply, text: text.slice(text.indexOf("or interrupt_command_by_id")) };
    },
    does: [/^\[(?:exit|interrupted)/],
  },
  {
    title: "queued",
    advises: ["mcp/command/command_reply.ts: ) waits for it"],
    reach: async (server) => {
      await begin(server, "echo up; sleep 2", { shows: /up/ });
      return await server.run("echo mine", { timeout: 0.1 });
    },
    does: [/^\[exit 0\][^]*mine/],
  },
  {
    title: "output with its middle left out",
    advises: ['mcp/command/render.ts: get_command_status(command_id="'],
    reach: run("seq 5000", { max_output_chars: 1_000 }),
    does: [/^\[exit 0\][^]*\n\d+\n\d+\n/],
  },
  {
    title: "an unfinished statement of a program",
    advises: [],
    reach: async (server) => {
      const { meta } = await server.run("sqlite3 -interactive x.db");
      const asks = { command_id: meta?.command_id, input_text: "select 40 +" };
      const reply = await server.call("send_input", asks);
      assert.match(reply.text, /the statement is unfinished, and it asks for the rest/);
      return reply;
    },
    fill: "2;",
    does: [/42/],
  },
  {
    title: "lines that match",
    advises: ['mcp/command/command_reply.ts: , match="…") shows the next'],
    reach: async (server) => {
      const { meta } = await server.run("seq 300");
      const { command_id } = meta!;
      return await server.call("get_command_status", { command_id, match: "77", max_matches: 1 });
    },
    fill: "77",
    does: [/\n\d+:177\n/],
  },
  {
    title: "a durable command",
    advises: ["mcp/durable/durable_reply.ts: it outlives this server and the connection: "],
    reach: (server) =>
      server.call("execute_command_async", {
        host: server.host,
        command: "echo durable; exit 3",
        ...{ durable: Boolean(1) },
      }),
    does: [/^\[exit 3\][^]*durable/],
  },
  {
    title: "a command on hosts that goes on",
    advises: [],
    reach: (server) =>
      server.call("execute_on_hosts", {
        hosts: server.host,
        command: "sleep 2; echo over",
        timeout: 1,
      }),
    does: [/^\[1 of 1 exit 0\][^]*over/],
  },
  {
    title: "a command on hosts that asks",
    advises: ["mcp/fleet/fleet_reply.ts: answers that host"],
    reach: (server) =>
      server.call("execute_on_hosts", {
        hosts: server.host,
        command: "read -p 'Name? ' n; echo hi $n",
      }),
    fill: "Ann",
    does: [/hi Ann/],
  },
  {
    title: "a login that asks before a durable command",
    advises: ["mcp/durable/session_line.ts: first, and answer it"],
    reach: async (server) => {
      const path = ".bash_profile";
      const ask = "[ -t 0 ] && read -p 'Which project? ' p\n";
      await server.call("write_file", { host: server.host, remote_path: path, content: ask });
      const reply = await server.call("execute_command_async", {
        host: server.host,
        command: "true",
        ...{ durable: Boolean(1) },
      });
      await server.call("write_file", { host: server.host, remote_path: path, content: "" });
      return reply;
    },
    does: [/Which project\? /],
  },
  {
    title: "INT ignored",
    advises: ["mcp/tools/interrupt_command_by_id.ts: did not end it; next: "],
    reach: async (server) => {
      const { meta } = await begin(server, IGNORES_INT, { shows: /up/ });
      return await server.call("interrupt_command_by_id", { command_id: meta?.command_id });
    },
    does: [/^\[interrupted\]/],
  },
  {
    title: "input for a command that has ended",
    advises: ['mcp/command/commands.ts: command="…") starts another'],
    reach: async (server) => {
      const { meta } = await server.run("true");
      return await server.call("send_input", { command_id: meta?.command_id, input_text: "x" });
    },
    fill: "echo another",
    does: [/^\[exit 0\][^]*another/],
  },
  {
    title: "input for a command that waits for its turn",
    advises: ["mcp/command/commands.ts: waits for it"],
    reach: async (server) => {
      await begin(server, "echo up; sleep 2", { shows: /up/ });
      const { meta } = await server.run("echo mine", { timeout: 0.1 });
      return await server.call("send_input", { command_id: meta?.command_id, input_text: "x" });
    },
    does: [/^\[exit 0\][^]*mine/],
  },
  {
    title: "no durable command has that id",
    advises: ["detached/detached_jobs.ts: show the records of this login"],
    reach: (server) =>
      server.call("get_command_status", { command_id: `j0123456789ab@${server.host}` }),
    fill: "testhost",
    does: [/./, /./],
  },
  {
    title: "output of hosts with its middle left out",
    advises: ["mcp/fleet/fleet_reply.ts: reads one host's output"],
    reach: (server) =>
      server.call("execute_on_hosts", {
        hosts: server.host,
        command: "seq 5000",
        max_output_chars: 1_000,
      }),
    does: [/^\[exit 0\][^]*\n\d+\n/],
  },
  {
    title: "no command has that id",
    advises: ["jobs/store.ts: show the ids there are"],
    reach: (server) => server.call("get_command_status", { command_id: "0123456789ab" }),
    follow: async (server) => {
      const { meta } = await server.run("sleep 300", SHORT);
      const listed = await server.call("list_running_commands");
      assert.ok(listed.text.includes(meta!.command_id), listed.text);
    },
  },
];
