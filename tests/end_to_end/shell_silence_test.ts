import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { type ShellHost, startShellHosts } from "./login_shells.ts";

/** What runs at the same time in sessions of its own; none of it is a question. */
const SLOW: Readonly<Record<string, { readonly command: string; readonly output: string }>> = {
  lines: {
    command: "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; sleep 0.5; done",
    output: Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join(""),
  },
  colon: { command: "printf ':\\n'; sleep 3", output: ":\n" },
  question: { command: "echo 'Really?'; sleep 4", output: "Really?\n" },
  password: { command: "echo 'Password:'; sleep 2", output: "Password:\n" },
  prompt: { command: "echo 'user@host:~$'; sleep 2", output: "user@host:~$\n" },
  silence: { command: "sleep 3", output: "" },
  words: {
    command: "printf 'one '; sleep 1; printf 'two '; sleep 1; echo three",
    output: "one two three\n",
  },
};

Deno.test("in every shell slow output and silence end at the right moment and ask nothing", async () => {
  await using hosts = await startShellHosts();
  const all = hosts.all.flatMap((host) =>
    Object.entries(SLOW).map(async ([session, { command, output }]) => {
      const reply = await host.run(command, { session, timeout: 45 });
      assert.equal(reply.meta?.state, "exited", `${host.name}: ${reply.text}`);
      assert.equal(reply.meta.exit_status, 0, `${host.name}: ${reply.text}`);
      assert.equal(reply.body, output, host.name);
      await host.run("true", { session });
    })
  );
  await Promise.all(all);
});

Deno.test("a line that ends like a question and goes on is withdrawn as a question", async () => {
  await using hosts = await startShellHosts();
  await Promise.all(hosts.all.map(async (host: ShellHost) => {
    const asked = await host.run("printf 'Really? '; bash -c 'read -t 4 x'; echo no");
    assert.equal(asked.meta?.state, "awaiting_input", `${host.name}: ${asked.text}`);
    assert.deepEqual(asked.meta.prompt, { kind: "text", text: "Really? " }, host.name);
    const ended = await until(`${host.name} says no`, async () => {
      const { command_id } = asked.meta!;
      const reply = await host.server.call("get_command_status", { command_id });
      return reply.meta?.state === "exited" && reply;
    });
    assert.equal(ended.body, "Really? no\n", host.name);
  }));
});
