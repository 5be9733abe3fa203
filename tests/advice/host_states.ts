import assert from "node:assert/strict";
import type { State } from "./state.ts";

/** The states of hosts, of commands on many of them, and of forwarded ports. */
export const HOST_STATES: readonly State[] = [
  {
    title: "a host whose name is nearly that of another",
    advises: ["session/unknown_host.ts: Hosts of ssh_config with a name like it: "],
    reach: (server) => server.run("true", { host: "testhsot" }),
    follow: async (server, text) => {
      const [, name] = /like it: "([^"]+)"/.exec(text)!;
      assert.match((await server.run("true", { host: name })).text, /^\[exit 0\]/);
    },
  },
  {
    title: "a host that nobody knows",
    advises: ["session/unknown_host.ts: list_hosts names the hosts there are"],
    reach: (server) => server.run("true", { host: "zz.invalid" }),
    follow: async (server) => {
      assert.match((await server.call("list_hosts")).text, /testhost/);
    },
  },
  {
    title: "input for a host that a command has not begun on",
    advises: ["mcp/fleet/run_calls.ts: shows where it has"],
    reach: async (server) => {
      const run = await server.call("execute_on_hosts", {
        ...{ hosts: `${server.host},127.0.0.1`, command: "sleep 60", batches: "1", timeout: 0.5 },
      });
      const id = String(run.fleet!.command_id);
      const other = /127\.0\.0\.1/.test(run.text.split("\n")[1] ?? "") ? server.host : "127.0.0.1";
      const begun = await server.call("list_running_commands");
      const host = begun.text.includes(`${id}/${server.host}`) ? "127.0.0.1" : other;
      return await server.call("send_input", { command_id: `${id}/${host}`, input_text: "x" });
    },
    does: [/127\.0\.0\.1/],
    follow: async (server, text) => {
      const [, command_id] = /command_id="(\w+)"/.exec(text)!;
      await server.call("interrupt_command_by_id", { command_id, signal: "KILL" });
    },
  },
  {
    title: "a command on many hosts that failed too often",
    advises: [],
    reach: (server) =>
      server.call("execute_on_hosts", {
        ...{ hosts: `${server.host},127.0.0.1`, command: "false", batches: "1", max_failures: 0 },
      }),
    follow: (_server, text) => {
      assert.match(text, /stopped: too many hosts failed, no further one began/);
      return Promise.resolve();
    },
  },
  {
    title: "too many forwarded ports",
    advises: ["forward/forwardings.ts: Close one with forward_port(close=true)"],
    reach: async (server) => {
      const to = { host: server.host, destination: "127.0.0.1:9" };
      for (let n = 0; n < 16; n++) await server.call("forward_port", to);
      return await server.call("forward_port", to);
    },
    follow: async (server) => {
      const listed = (await server.call("list_sessions")).text;
      const local_port = Number(/127\.0\.0\.1:(\d+)/.exec(listed)![1]);
      const one = { host: server.host, close: true as boolean, local_port };
      assert.match((await server.call("forward_port", one)).text, /^Closed 127/);
      const all = { host: server.host, destination: "127.0.0.1:9" };
      assert.match((await server.call("forward_port", all)).text, /^Forwarding/);
    },
  },
];
