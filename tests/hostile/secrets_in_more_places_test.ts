import assert from "node:assert/strict";
import { createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { ConsolePage, logIn, startConsole } from "../support/console_client.ts";
import { hostLines, writeHostBlocks } from "../support/host_blocks.ts";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import { ElicitRequestSchema } from "../support/packages/mcp_sdk.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { idOf } from "../support/world.ts";
import { assertSilent, give, type Planted, recordedStrings, stringsOf } from "./planted_secrets.ts";

const OPERATORS: readonly Planted[] = [
  { kind: "OVRD_PASS", value: "operators-login-pass" },
  { kind: "OVRD_SUDO_PASS", value: "operators-sudo-pass" },
];
const NAMED: Planted = { kind: "MCP_SSH_SECRET", value: "a-named-secret" };
const GIVEN: readonly Planted[] = [
  { kind: "password", value: "login-pass-word", give: "password" },
  { kind: "answer", value: "answered-by-input", give: "send_input" },
  { kind: "Unicode", value: "pässwört\u{1f511}", give: "password" },
];
const PLANTED = [...OPERATORS, NAMED, ...GIVEN];

/** The tools under test, a person who says yes to each form, and a page of the console. */
interface Scene {
  readonly server: ServerUnderTest;
  readonly sshd: Sshd;
  readonly page: ConsolePage;
  readonly forms: readonly string[];
}

async function waitFor(server: ServerUnderTest, reply: ToolReply): Promise<ToolReply> {
  const command_id = reply.meta === undefined ? idOf(reply) : reply.meta.command_id;
  return await server.call("get_command_status", { command_id, wait: 20 });
}

/** `file` is the name of a file of the account, which holds the secret and nothing else. */
const PLACES: Readonly<Record<string, (scene: Scene, file: string) => Promise<void>>> = {
  "outputs of many hosts, folded and compared": async ({ server }, file) => {
    const hosts = `${server.host},twin`;
    const same = await server.call("execute_on_hosts", { hosts, command: `cat ${file}` });
    assert.match(same.text, /\[redacted\]/);
    await server.call("execute_on_hosts", {
      hosts,
      command: `echo same; test -e go && cat ${file}; mkdir go; cat ${file} >&2; exit 3`,
    });
    await server.call("execute_on_hosts", { hosts, command: `cd "$(cat ${file})"` });
  },
  "a durable command": async ({ server }, file) => {
    const { host } = server;
    const started = await server.call("execute_command_async", {
      ...{ host, durable: Boolean(1) },
      command:
        `mkdir -p "in/$(cat ${file})"; cd "in/$(cat ${file})"; pwd; cat ~/${file}; read x; echo "$x"`,
    });
    const command_id = idOf(started);
    await until("it asks", async () => {
      const { text } = await server.call("get_command_status", { command_id });
      return text.includes("[redacted]");
    });
    await server.call("get_command_status", { command_id, match: "a|e|o" });
    for (const offset of [3, 5, 9]) {
      await server.call("get_command_status", { command_id, offset, max_output_chars: 10 });
    }
    await server.call("list_running_commands");
    await server.call("send_input", { command_id, input_text: "over" });
    await server.call("get_command_status", { command_id, wait: 20 });
    await server.call("list_command_history");
  },
  "a diff, and the lines that an edit did not find": async ({ server }, file) => {
    const { host } = server;
    await server.run(`printf 'before\n%s\nafter\n' "$(cat ${file})" >edited`);
    const edit = (old_text: string, new_text: string): Promise<ToolReply> =>
      server.call("edit_file", { host, remote_path: "edited", edits: [{ old_text, new_text }] });
    const missed = await edit("befOre\n", "x");
    assert.ok(missed.isError, missed.text);
    const edited = await edit("before\n", "changed\n");
    assert.match(edited.text, /changed/);
  },
  "names of copied files, and errors about them": async ({ server }, file) => {
    const { host } = server;
    await server.run(
      `rm -rf tree; mkdir tree; echo x >"tree/$(cat ${file})"; ln -s "/none/$(cat ${file})" tree/link`,
    );
    await server.run(
      `mkdir "tree/d$(cat ${file})"; chmod 0 "tree/d$(cat ${file})"; mkfifo "tree/p$(cat ${file})"`,
    );
    const copy = async (source: string, destination: string): Promise<void> => {
      const begun = await server.call("copy_file", { source, destination });
      if (begun.meta?.state === "running") await waitFor(server, begun);
    };
    await copy(`${host}:tree`, "twin:copied");
    await copy(`${host}:tree/link`, "twin:copied/again");
    await server.run(`chmod -R u+rwx tree; rm -rf copied`);
  },
  "an approval": async ({ server, forms }, file) => {
    const before = forms.length;
    const asking = await server.run(`printf 'Go, %s? ' "$(cat ${file})"; read x; echo approved`);
    await server.call("send_input", { command_id: idOf(asking), input_text: "y" });
    await server.call("write_file", {
      ...{ host: server.host, remote_path: "written", content: "x\n" },
    });
    assert.ok(forms.length > before);
  },
  "the console": async ({ server, page }, file) => {
    await server.run(`cat ${file}; printf '\\033]2;%s\\007' "$(cat ${file})"`);
    await server.run(`printf '\\033[?1049h\\033[5;190H'; cat ${file}; printf '\\033[?1049l'`);
    await server.run("echo shown");
    await until("the page shows it", () => page.output.includes("shown"));
  },
  "a forwarded port": async ({ server }, file) => {
    const destination = (await server.run(`echo localhost:1; cat ${file}`)).body.split("\n")[0]!;
    await server.call("forward_port", { host: server.host, destination });
    await server.call("list_sessions");
  },
};

Deno.test("no secret shows in what fleets, durable commands, edits, copies, approvals and the console show", async (test) => {
  await using account = await createAccount();
  await using sshd = await startSshd({ accounts: [account] });
  await writeHostBlocks(sshd, { [sshd.alias]: hostLines(sshd), twin: hostLines(sshd) });
  const policy = `${sshd.home}/policy.json`;
  await Deno.writeTextFile(
    policy,
    JSON.stringify({
      rules: [{ mode: "ask", tools: "write_file" }, { mode: "allow" }],
      secrets: { API_TOKEN: { hosts: "*" } },
    }),
  );
  for (const [index, { value }] of PLANTED.entries()) {
    await Deno.writeTextFile(`${account.home}/f${index}`, value);
    await Deno.chmod(`${account.home}/f${index}`, 0o644);
  }
  const overrides = [sshd.alias, "twin"].flatMap((alias) =>
    OPERATORS.map(({ kind, value }) => [kind.replace("OVRD_", `OVRD_${alias}_`), value])
  );
  const { server, origin } = await startConsole({
    env: sshd.environment({
      ...Object.fromEntries(overrides),
      MCP_SSH_SECRET_API_TOKEN: NAMED.value,
      ...{ MCP_SSH_POLICY: policy, MCP_SSH_FORWARD: "1", MCP_SSH_LOG: "debug" },
      MCP_SSH_AUDIT: "required stderr",
    }),
    capabilities: { elicitation: { form: {} } },
  });
  await using _server = server;
  const forms: string[] = [];
  server.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    forms.push(params.message);
    return { action: "accept", content: { decision: "Yes, this time", minutes: 1 } };
  });
  for (const host of [server.host, "twin"]) {
    for (const secret of GIVEN) await give(server, secret, host);
    await server.run("true", { host, secrets: ["API_TOKEN"] });
  }
  await using page = await ConsolePage.open(origin, await logIn(origin));
  await page.watch();
  const said = recordedStrings(server);
  for (const [place, plant] of Object.entries(PLACES)) {
    await test.step(place, async () => {
      for (const index of PLANTED.keys()) await plant({ server, sshd, page, forms }, `f${index}`);
      assertSilent([...said, ...forms, page.output, ...stringsOf(page.state)], PLANTED);
    });
  }
  await test.step("log and audit", async () => {
    await server.transport.endInput();
    await server.transport.close();
    assert.match(server.stderr(), /"audit\.hash"/);
    assertSilent(server.stderr().split("\n"), PLANTED);
  });
});
