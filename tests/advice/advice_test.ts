import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { begin, startWorld } from "../support/world.ts";

/** A state of the server, and what each call that is advised in it does, in the order they stand. */
interface State {
  readonly title: string;
  readonly reach: (server: ServerUnderTest) => Promise<ToolReply>;
  /** What stands in place of `…`. */
  readonly fill?: string;
  /** How the reply on each advised call begins or what it says. */
  readonly does: readonly RegExp[];
}

const run = (command: string, more = {}) => (server: ServerUnderTest): Promise<ToolReply> =>
  server.run(command, more);

const SHORT = { timeout: 0.5 };
const IGNORES_INT = "sh -c 'trap \"\" INT; echo up; sleep 300'";

const STATES: readonly State[] = [
  {
    title: "running",
    reach: run("sleep 2; echo over", SHORT),
    does: [/^\[exit 0\][^]*over/],
  },
  {
    title: "a question",
    reach: run("read -p 'Name? ' n; echo hi $n"),
    fill: "Ann",
    does: [/hi Ann/],
  },
  {
    title: "a secret question",
    reach: run("read -s -p 'Confirm: ' n; echo; echo ${#n}"),
    fill: "horse-battery",
    does: [/^\[exit 0\][^]*13/],
  },
  {
    title: "a pager",
    reach: run("seq 200 | less -E"),
    does: [/^\[awaiting-input pager\][^]*\n98\n/],
  },
  {
    title: "a key to press",
    reach: run("read -p 'Press Enter to continue '; echo went on"),
    does: [/went on/],
  },
  { title: "a full-screen program", reach: run("vim"), fill: ":q<enter>", does: [/^\[exit 0\]/] },
  {
    title: "behind a question",
    reach: async (server) => {
      await server.run("read -p 'Name? ' n");
      return await server.run("echo behind");
    },
    fill: "Ann",
    does: [/^\[exit 0\]/],
  },
  {
    title: "behind a question that is to be ended",
    reach: async (server) => {
      await server.run("read -p 'Name? ' n");
      const { text, ...reply } = await server.run("echo behind");
      return { ...reply, text: text.slice(text.indexOf("or interrupt_command_by_id")) };
    },
    does: [/^\[interrupted\]/],
  },
  {
    title: "behind a full-screen program that is to be ended",
    reach: async (server) => {
      await server.run("vim");
      const { text, ...reply } = await server.run("echo behind");
      return { ...reply, text: text.slice(text.indexOf("or interrupt_command_by_id")) };
    },
    does: [/^\[(?:exit|interrupted)/],
  },
  {
    title: "queued",
    reach: async (server) => {
      await server.run("sleep 2", { timeout: 0.1 });
      return await server.run("echo mine", { timeout: 0.1 });
    },
    does: [/^\[exit 0\][^]*mine/],
  },
  {
    title: "output with its middle left out",
    reach: run("seq 5000", { max_output_chars: 1_000 }),
    does: [/^\[exit 0\][^]*\n\d+\n\d+\n/],
  },
  {
    title: "an unfinished statement of a program",
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
    reach: async (server) => {
      const { meta } = await begin(server, IGNORES_INT, { shows: /up/ });
      return await server.call("interrupt_command_by_id", { command_id: meta?.command_id });
    },
    does: [/^\[interrupted\]/],
  },
  {
    title: "input for a command that has ended",
    reach: async (server) => {
      const { meta } = await server.run("true");
      return await server.call("send_input", { command_id: meta?.command_id, input_text: "x" });
    },
    fill: "echo another",
    does: [/^\[exit 0\][^]*another/],
  },
  {
    title: "input for a command that waits for its turn",
    reach: async (server) => {
      await server.run("sleep 2", { timeout: 0.1 });
      const { meta } = await server.run("echo mine", { timeout: 0.1 });
      return await server.call("send_input", { command_id: meta?.command_id, input_text: "x" });
    },
    does: [/^\[exit 0\][^]*mine/],
  },
  {
    title: "no durable command has that id",
    reach: (server) =>
      server.call("get_command_status", { command_id: `j0123456789ab@${server.host}` }),
    fill: "testhost",
    does: [/./, /./],
  },
  {
    title: "output of hosts with its middle left out",
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
    reach: (server) => server.call("get_command_status", { command_id: "0123456789ab" }),
    does: [],
  },
];

Deno.test("each advised call does what it says in the state in which it is advised", async (test) => {
  await using world = await startWorld();
  const { server } = world;
  for (const { title, reach, fill = "", does } of STATES) {
    await test.step(title, async () => {
      const calls = advisedCalls((await reach(server)).text, fill);
      assert.ok(calls.length >= does.length, "a call is advised");
      for (const [index, says] of does.entries()) {
        const { tool, args } = calls[index]!;
        const reply = await server.call(tool, args);
        assert.match(reply.text, says, `${tool}(${JSON.stringify(args)})`);
      }
      await server.call("close_all_sessions");
    });
  }
});

Deno.test("an advised call of a shell inside the shell, and of a host that is full, does what it says", async () => {
  await using world = await startWorld({ config: ["MaxSessions 2"] });
  const { server } = world;
  const asks = await server.run("bash --norc");
  assert.match(
    asks.text,
    /\[the next execute_command runs in this inner shell; its command "exit"/,
  );
  assert.match((await server.run("echo $SHLVL")).firstLine, / nested=1 /);
  assert.doesNotMatch((await server.run("exit")).firstLine, /nested=/);
  await server.run("true", { session: "two" });
  const full = await server.run("true", { session: "three" });
  const [close] = advisedCalls(full.text, "");
  assert.equal(close?.tool, "close_session", full.text);
  assert.ok(!(await server.call(close.tool, close.args)).isError);
  assert.match((await server.run("true", { session: "three" })).firstLine, /^\[exit 0\]/);
});

Deno.test("the call that is advised where credentials differ, or settings changed, closes the host", async () => {
  await using world = await startWorld({ account: { password: "s3cret-login" } });
  const { server, sshd } = world;
  const password = { password: "s3cret-login" };
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  await Deno.writeTextFile(
    sshd.sshConfigPath,
    config.replace(/IdentityFile .*/, "IdentityFile none"),
  );
  await server.run("true", password);
  await server.run("true", { key_filename: sshd.keyPath });
  const unclear = await server.run("true");
  assert.match(unclear.firstLine, /open with different credentials/);
  await closes(server, unclear);
  await server.run("true", password);
  await Deno.writeTextFile(
    sshd.sshConfigPath,
    config.replace("Host ", "Host *\n  BindAddress 127.0.0.9\nHost "),
  );
  const moved = await until("the new settings are read", async () => {
    const reply = await server.run("true");
    return /have changed/.test(reply.text) && reply;
  });
  await closes(server, moved);
});

async function closes(server: ServerUnderTest, { text }: ToolReply): Promise<void> {
  const [close] = advisedCalls(text, "");
  assert.equal(close?.tool, "close_session", text);
  assert.ok(!(await server.call(close.tool, close.args)).isError);
  assert.match((await server.call("list_sessions")).text, /No session is open/);
}

interface AdvisedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The calls of a text, word for word, with `fill` for each `…`. */
function advisedCalls(text: string, fill: string): readonly AdvisedCall[] {
  return [...text.matchAll(/\b([a-z]+(?:_[a-z]+)+)\(([^()]*)\)/g)].map(([, tool, written]) => ({
    tool: tool!,
    args: Object.fromEntries(
      [...written!.replace(/, …$/, ', command="…"').matchAll(/(\w+)=("[^"]*"|…|[\w.]+)/g)]
        .map(([, name, value]) => [
          name!,
          value === "…" ? fill : JSON.parse(value!.replace("…", fill)),
        ]),
    ),
  }));
}
