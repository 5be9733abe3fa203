import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { idOf } from "../support/world.ts";
import type { State } from "./state.ts";

const durable = (
  server: ServerUnderTest,
  command: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ToolReply> =>
  server.call("execute_command_async", {
    ...{ host: server.host, command, durable: true as boolean },
    ...more,
  });

/** The states of durable commands. */
export const DURABLE_STATES: readonly State[] = [
  {
    title: "a durable command that goes on",
    advises: ["mcp/durable/durable_reply.ts: wait=30) waits for the rest"],
    reach: async (server) => {
      const command_id = idOf(await durable(server, "echo first; sleep 3; echo over"));
      return await until("it printed", async () => {
        const reply = await server.call("get_command_status", { command_id });
        return /first/.test(reply.body) && reply;
      });
    },
    does: [/^\[exit 0\][^]*over/],
  },
  {
    title: "matching lines of a durable command, not all shown",
    advises: ['mcp/durable/durable_search.ts: match="…") goes on'],
    reach: async (server) => {
      const command_id = idOf(await durable(server, "seq 300"));
      await server.call("get_command_status", { command_id, wait: 20 });
      return await server.call("get_command_status", { command_id, match: "77", max_matches: 1 });
    },
    fill: "77",
    does: [/:177\n/],
  },
  {
    title: "a durable command that ignores INT",
    advises: ["mcp/durable/interrupt_durable.ts: did not end it; next: "],
    reach: async (server) => {
      const command_id = idOf(await durable(server, "trap '' INT; sleep 300"));
      return await server.call("interrupt_command_by_id", { command_id });
    },
    does: [/^\[interrupted\]|TERM/],
  },
  {
    title: "keys for a durable command",
    advises: [
      "jobs/store.ts: is a durable command: send_input",
      "jobs/store.ts: types to its terminal",
    ],
    reach: async (server) => {
      const command_id = idOf(
        await durable(server, "read -p 'Name? ' n; echo hi $n", { stdin: "pty" }),
      );
      return await server.call("send_keys", { command_id, keys: "x<enter>" });
    },
    follow: async (server, text) => {
      const command_id = /j\w{12}@\w+/.exec(text)![0];
      const answered = await server.call("send_input", { command_id, input_text: "Ann" });
      assert.match(answered.text, /hi Ann/);
    },
  },
  {
    title: "input for a durable command that has ended",
    advises: ["detached/detached_jobs.ts: get_command_status shows its output"],
    reach: async (server) => {
      const command_id = idOf(await durable(server, "echo over", { stdin: "fifo" }));
      await server.call("get_command_status", { command_id, wait: 20 });
      return await server.call("send_input", { command_id, input_text: "x" });
    },
    follow: async (server) => {
      const history = await server.call("list_command_history", { host: server.host });
      const command_id = /j\w{12}@\w+(?=[^\n]*echo over)/.exec(history.text)![0];
      const status = await server.call("get_command_status", { command_id });
      assert.match(status.text, /^\[exit 0\][^]*over/);
    },
  },
  {
    title: "a durable command that is too long",
    advises: ["detached/start_line.ts: Put it in a script with write_file"],
    reach: (server) => durable(server, `: ${"x".repeat(130_000)}`),
    follow: async (server) => {
      const script = { host: server.host, remote_path: "job.sh", content: "echo from the script" };
      await server.call("write_file", script);
      const command_id = idOf(await durable(server, "sh job.sh"));
      const ended = await server.call("get_command_status", { command_id, wait: 20 });
      assert.match(ended.text, /^\[exit 0\][^]*from the script/);
    },
  },
  {
    title: "sudo_password for a durable command",
    advises: ['mcp/durable/begin_durable.ts: Start it with stdin="pty"'],
    reach: (server) => durable(server, "sudo true", { sudo_password: "x" }),
    follow: async (server) => {
      const asks = "stty -echo; read -p 'Password: ' p; stty echo; echo got ${#p}";
      const command_id = idOf(await durable(server, asks, { stdin: "pty" }));
      const input = { command_id, input_text: "horse-battery", secret: true as boolean };
      assert.match((await server.call("send_input", input)).text, /got 13/);
    },
  },
  {
    title: "a start whose connection goes while it is typed",
    advises: ["mcp/durable/start_durable.ts: ) reports it if so"],
    reach: async (server, { account }) => {
      await server.run("trap '[ -e armed ] && rm armed && kill -9 $PPID' DEBUG");
      await server.run("{ sleep 1; touch armed; } &");
      const isArmed = async (): Promise<boolean> =>
        await Deno.stat(`${account!.home}/armed`).then(
          () => true as boolean,
          () => false as boolean,
        );
      await until("the trap is armed", isArmed);
      return await durable(server, "echo started");
    },
    does: [/no record of a durable command|^\[(?:running|exit 0)\]/],
  },
];
