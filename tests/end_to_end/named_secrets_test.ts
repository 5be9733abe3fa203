import assert from "node:assert/strict";
import { ElicitRequestSchema } from "../support/packages/mcp_sdk.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { LOGIN_SHELLS, type ShellHost, startShellHosts } from "./login_shells.ts";

const SHORT = "q7$'\"\\ `x` !$(id) ;;* ~ {a,b}";
const LINES =
  "-----BEGIN KEY-----\nline two \\\n\n\ttab\x01\x7f\x1b[0m\r\nlast line é…Á\u{1f600}\n\n";
const LONG = "0123456789äöü'\"\\".repeat(260);
const VALUES: Readonly<Record<string, string>> = {
  API_TOKEN: SHORT,
  TLS_PEM: LINES,
  LONG_ONE: LONG,
  PLAIN_ONE: "plainsecretvalue",
};
/** Texts that must stand nowhere. */
const TRACES = ["plainsecretvalue", "line two", "q7$", "0123456789äöü'\"", "BEGIN KEY"];

/** A server whose operator has secrets, for hosts by these patterns. */
async function withSecrets(hosts: string): Promise<
  { readonly env: Record<string, string>; readonly directory: string }
> {
  const directory = await Deno.makeTempDir();
  const secrets = Object.fromEntries(Object.keys(VALUES).map((name) => [name, { hosts }]));
  const rules = [{ mode: "allow" }];
  await Deno.writeTextFile(`${directory}/policy.json`, JSON.stringify({ rules, secrets }));
  await Deno.writeTextFile(`${directory}/pem`, `${LINES}\n`);
  const env = {
    MCP_SSH_POLICY: `${directory}/policy.json`,
    MCP_SSH_AUDIT: "required stderr",
    MCP_SSH_LOG: "debug",
    MCP_SSH_SECRET_API_TOKEN: SHORT,
    MCP_SSH_SECRET_LONG_ONE: LONG,
    MCP_SSH_SECRET_PLAIN_ONE: "plainsecretvalue",
    MCP_SSH_SECRET_TLS_PEM_FILE: `${directory}/pem`,
  };
  return { env, directory };
}

function hasNoTrace(text: string, where: string): void {
  for (const trace of TRACES) assert.ok(!text.includes(trace), `${where} has ${trace}: ${text}`);
}

async function digest(value: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function getsThem(host: ShellHost): Promise<void> {
  const names = Object.keys(VALUES);
  await host.run("cd /tmp; kept=1; (exit 3)");
  const sums = names.map((name) => `printenv ${name} | head -c -1 | sha256sum | cut -d' ' -f1`)
    .join("; ");
  const command = `echo "$? $kept"; ${sums}; ` +
    `cat /proc/self/environ | tr '\\0' '\\n' | grep -c '^PLAIN_ONE='; cat /proc/[0-9]*/cmdline | tr '\\0' ' '`;
  const reply = await host.run(command, { secrets: names });
  const wanted = await Promise.all(names.map((name) => digest(VALUES[name]!)));
  assert.deepEqual(reply.body.split("\n").slice(0, 6), ["3 1", ...wanted, "1"], host.name);
  hasNoTrace(reply.text, `/proc or reply of ${host.name}`);
  const after = await host.run(
    `echo "[\${API_TOKEN+set}\${TLS_PEM+set}\${PLAIN_ONE+set}] $PWD"; set; env`,
  );
  assert.ok(after.body.startsWith("[] /tmp\n"), `${host.name}: ${after.body.slice(0, 200)}`);
  hasNoTrace(after.text, `the next command of ${host.name}`);
  await host.run("stty echo");
  const quiet = await host.run("true", { secrets: names });
  assert.equal(quiet.body, "", `echo of ${host.name}: ${quiet.text}`);
  const shown = await host.run('echo "$PLAIN_ONE"; echo "$TLS_PEM"; false', {
    secrets: ["PLAIN_ONE", "TLS_PEM"],
  });
  assert.match(shown.body, /^\[redacted\]\n/);
  hasNoTrace(shown.text, `what ${host.name} printed`);
  const history = await host.run("fc -l -n 1 2>&1 | cat; cat ~/.*history* 2>/dev/null");
  hasNoTrace(history.text, `history of ${host.name}`);
}

Deno.test("a command gets secrets by name, exactly, and nothing else does", async () => {
  const { env, directory } = await withSecrets("testhost");
  await using hosts = await startShellHosts({ env });
  await Promise.all(hosts.all.map(getsThem));
  const log = hosts.server.stderr();
  assert.match(log, /"ssh\.secrets":"API_TOKEN, TLS_PEM, LONG_ONE, PLAIN_ONE"/);
  hasNoTrace(log, "log");
  hasNoTrace((await hosts.server.call("list_command_history", {})).text, "list of commands");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a secret is gone after a command that is cut short, fails or traces", async () => {
  const { env, directory } = await withSecrets("testhost");
  await using hosts = await startShellHosts({ env, shells: LOGIN_SHELLS });
  await Promise.all(hosts.all.map(async (host) => {
    const secrets = ["PLAIN_ONE"];
    const running = await host.run("sleep 300; echo never", { secrets, timeout: 0.5 });
    const id = /command_id=(\w+)/.exec(running.text)?.[1];
    await host.server.call("interrupt_command_by_id", { command_id: id });
    const after = await host.run('echo "[$PLAIN_ONE]"; env | grep -c PLAIN_ONE');
    assert.equal(after.body, "[]\n0\n", `${host.name}: ${after.text}`);
    await host.run("set -x");
    hasNoTrace((await host.run("true", { secrets })).text, `trace of ${host.name}`);
    await host.run("set +x");
    await host.run("set -e -u");
    assert.equal((await host.run('echo "${#PLAIN_ONE}"', { secrets })).body, "16\n", host.name);
    await host.run("set +e +u; readonly PLAIN_ONE=mine");
    const refused = await host.run("echo ran", { secrets });
    assert.match(
      refused.text,
      /Nothing was run: the shell could not take the secrets/,
      `${host.name}: ${refused.text}`,
    );
    assert.equal((await host.run('echo "$PLAIN_ONE"')).body, "mine\n", host.name);
  }));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a secret goes to no host, name or shell that it is not meant for", async () => {
  const { env, directory } = await withSecrets("otherhost");
  await using sshd = await startSshd();
  await using server = await startServer({ env: sshd.environment(env) });
  const secrets = ["PLAIN_ONE"];
  const elsewhere = await server.run("echo ran", { secrets });
  assert.match(elsewhere.text, /rules do not let the secret PLAIN_ONE go to "testhost"; nothing/);
  const unknown = await server.run("echo ran", { secrets: ["PATH"] });
  assert.match(unknown.text, /No secret is named "PATH".*API_TOKEN, LONG_ONE, PLAIN_ONE, TLS_PEM/s);
  const fleet = await server.call("execute_on_hosts", {
    hosts: "testhost",
    command: "id",
    secrets,
  });
  assert.match(fleet.text, /do not let the secret PLAIN_ONE/);
  const { MCP_SSH_POLICY: _, ...open } = env;
  await using unbound = await startServer({ env: sshd.environment(open) });
  assert.match((await unbound.run("id", { secrets })).text, /do not let the secret PLAIN_ONE/);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a shell that cannot take a secret is told of before anything runs", async () => {
  const { env, directory } = await withSecrets("testhost");
  await using hosts = await startShellHosts({ env, shells: ["bash", "fish"] });
  const secrets = ["PLAIN_ONE"];
  const bash = hosts.of("bash");
  const cases = [
    hosts.of("fish").run("echo ran", { secrets }),
    bash.run("echo ran", { secrets, sudo_password: "no sudo here" }),
    bash.run("bash --norc", { session: "inner" }).then(() =>
      bash.run("echo ran", { secrets, session: "inner" })
    ),
    hosts.server.call("execute_command_async", {
      ...{ host: hosts.server.host, username: bash.account.name },
      ...{ command: "echo ran", secrets, durable: true },
    }),
  ];
  for (const reply of await Promise.all(cases)) {
    assert.ok(reply.isError, reply.text);
    assert.match(reply.text, /Nothing was run|nothing was run/);
  }
  const fleet = await hosts.server.call("execute_on_hosts", {
    ...{ hosts: "testhost", command: 'echo "${#PLAIN_ONE}"', secrets },
  });
  assert.match(fleet.text, /^16$/m, fleet.text);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a person who is asked is told which secrets a command gets, and a file that it writes is hidden", async () => {
  const { env, directory } = await withSecrets("testhost");
  const secrets = { PLAIN_ONE: { hosts: "testhost" } };
  const rules = [{ tools: "execute_command", mode: "ask" }, { mode: "allow" }];
  await Deno.writeTextFile(`${directory}/policy.json`, JSON.stringify({ rules, secrets }));
  await using sshd = await startSshd();
  await using server = await startServer({
    env: sshd.environment(env),
    capabilities: { elicitation: { form: {} } },
  });
  const asked: string[] = [];
  server.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message);
    return { action: "accept", content: { decision: "Yes, this time", minutes: 10 } };
  });
  const reply = await server.run(`echo "$PLAIN_ONE" >~/written; wc -c <~/written`, {
    secrets: ["PLAIN_ONE"],
  });
  assert.equal(reply.body, "17\n", reply.text);
  assert.match(asked.join(), /with the secrets PLAIN_ONE in its environment/);
  const file = await server.call("read_file", { host: server.host, remote_path: "written" });
  assert.match(file.text, /\[redacted\]/);
  hasNoTrace(file.text + asked.join(), "file or form");
  await Deno.remove(directory, { recursive: true });
});
