import assert from "node:assert/strict";
import { mustFail } from "./started.ts";
import { startServer } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";

Deno.test("MCP_SSH_ALLOWED_HOSTS keeps every tool, resource and spelling from other hosts", async () => {
  await using sshd = await startSshd();
  const config = await Deno.readTextFile(sshd.sshConfigPath);
  await Deno.writeTextFile(sshd.sshConfigPath, `${config}${config.replace(sshd.alias, "other")}`);
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_ALLOWED_HOSTS: `${sshd.alias} db*` }),
  });
  assert.equal((await server.run("echo in")).body, "in\n");
  const refused = [
    server.run("echo out", { host: "other" }),
    server.run("echo out", { host: `root@OTHER:${sshd.port}` }),
    server.run("echo out", { host: `ssh://${sshd.user}@127.0.0.1:${sshd.port}` }),
    server.run("echo out", { host: "other", username: sshd.alias, port: sshd.port }),
    server.call("execute_command_async", { host: "other", command: "echo out" }),
    server.call("read_file", { host: "other", remote_path: "/etc/passwd" }),
    server.call("write_file", { host: "other", remote_path: "/tmp/x", content: "" }),
    server.call("close_session", { host: "other" }),
  ];
  for (const reply of await Promise.all(refused)) {
    assert.ok(reply.isError, reply.text);
    assert.match(
      reply.text,
      /^This server may not reach "(other|127\.0\.0\.1)"\n\[MCP_SSH_ALLOWED/,
    );
  }
  const { contents } = await server.client.readResource({ uri: "ssh-config://hosts" });
  assert.equal((contents[0] as { text: string }).text, sshd.alias);
  await assert.rejects(
    server.client.readResource({ uri: "ssh-config://hosts/other" }),
    /may not reach/,
  );
});

Deno.test("MCP_SSH_DISABLED_TOOLS takes tools away, listed and called", async () => {
  await using sshd = await startSshd();
  await using server = await startServer({
    env: sshd.environment({ MCP_SSH_DISABLED_TOOLS: "write_file,send_keys" }),
  });
  const names = (await server.tools()).map(({ name }) => name);
  assert.ok(names.includes("read_file"));
  assert.ok(!names.includes("write_file") && !names.includes("send_keys"));
  const path = `/tmp/${crypto.randomUUID()}`;
  const written = server.call("write_file", { host: server.host, remote_path: path, content: "" });
  const outcome = await written.then(({ text }) => text, String);
  assert.match(outcome, /write_file.*(not found|disabled)/i);
  assert.equal((await server.run(`ls ${path}`)).meta?.exit_status, 2);
});

Deno.test("a policy that cannot be read keeps the server from starting", async () => {
  const stderr = await mustFail({ MCP_SSH_DISABLED_TOOLS: "write_fil" });
  assert.match(
    stderr,
    /^MCP_SSH_DISABLED_TOOLS names no tool of this server: write_fil\nThe tools/,
  );
});
