import assert from "node:assert/strict";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";
import { InMemoryServer } from "../support/in_memory_server.ts";

const NAMES = [
  "execute_command",
  "execute_command_async",
  "execute_on_hosts",
  "get_command_status",
  "interrupt_command_by_id",
  "list_running_commands",
  "list_command_history",
  "list_hosts",
  "list_sessions",
  "close_session",
  "close_all_sessions",
  "read_file",
  "write_file",
  "edit_file",
  "copy_file",
  "send_input",
  "send_keys",
  "read_screen",
];

Deno.test("createServer() lists its tools in a fixed order, in under 20,000 characters", async () => {
  await using server = await InMemoryServer.start();
  const result = await server.client.listTools();
  assert.deepEqual(result.tools.map(({ name }) => name), NAMES);
  const size = JSON.stringify(result).length;
  assert.ok(size < 20_000, `${size} characters`);
});

Deno.test("createServer() tells schemas that every client keeps", async () => {
  await using server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  for (const tool of tools) {
    const text = JSON.stringify([tool.inputSchema, tool.outputSchema]);
    assert.doesNotMatch(
      text,
      /"\$ref"|"\$schema"|"\$defs"|"anyOf"|"oneOf"|"allOf"|"type":\[/,
      tool.name,
    );
    assert.equal(tool.inputSchema.additionalProperties, Boolean(0), tool.name);
    assert.ok(tool.description && tool.title && tool.annotations, tool.name);
  }
});

Deno.test("createServer() marks tools that only look as read-only and those that act as not", async () => {
  await using server = await InMemoryServer.start();
  const { tools } = await server.client.listTools();
  const readOnly = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) =>
    name
  );
  assert.deepEqual(readOnly, [
    "get_command_status",
    "list_running_commands",
    "list_command_history",
    "list_hosts",
    "list_sessions",
    "read_file",
    "read_screen",
  ]);
});

Deno.test("createServer() gives instructions that no client cuts", () => {
  assert.ok(INSTRUCTIONS.length < 2_000, `${INSTRUCTIONS.length} characters`);
});

Deno.test("createServer() refuses an unknown tool by a protocol error", async () => {
  await using server = await InMemoryServer.start();
  await assert.rejects(server.call("format_disk"), /format_disk/);
});

const BAD_INPUT: readonly (readonly [title: string, tool: string, args: object, seen: RegExp])[] = [
  [
    "unknown key",
    "execute_command",
    { host: "a", command: "b", hots: 1 },
    /unknown parameter "hots"/,
  ],
  ["missing key", "execute_command", { host: "a" }, /"command" is missing/],
  ["empty host", "execute_command", { host: "", command: "b" }, /"host" must not be empty/],
  ["wrong type", "execute_command", { host: "a", command: [7] }, /"command" must be a string/],
  [
    "text that is no number",
    "execute_command",
    { host: "a", command: "b", timeout: "5s" },
    /"timeout" must be a number/,
  ],
  ["port 0", "execute_command", { host: "a", command: "b", port: 0 }, /"port" must be at least 1/],
  [
    "port 70000",
    "execute_command",
    { host: "a", command: "b", port: 70000 },
    /"port" must be at most 65535/,
  ],
  [
    "half a port",
    "execute_command",
    { host: "a", command: "b", port: 2.5 },
    /"port" must be a whole number/,
  ],
  [
    "a negative wait",
    "get_command_status",
    { command_id: "x", wait: -1 },
    /"wait" must be at least 0/,
  ],
  ["a long wait", "get_command_status", { command_id: "x", wait: 51 }, /"wait" must be at most 50/],
  [
    "no such signal",
    "interrupt_command_by_id",
    { command_id: "x", signal: "9" },
    /"signal" must be one of "INT"/,
  ],
  ["null", "execute_command", { host: "a", command: null }, /"command" must be a string/],
  ["neither command nor host", "read_screen", {}, /Neither command_id nor host/],
  [
    "both command and host",
    "read_screen",
    { command_id: "x", host: "a" },
    /Both command_id and host/,
  ],
  ["NUL in the command", "execute_command", { host: "a", command: "a\0b" }, /NUL/],
  [
    "unknown id",
    "send_input",
    { command_id: "nope", input_text: "x" },
    /No command has the id "nope"/,
  ],
];

for (const [title, tool, args, seen] of BAD_INPUT) {
  Deno.test(`createServer() answers bad input with what is accepted: ${title}`, async () => {
    await using server = await InMemoryServer.start();
    const reply = await server.call(tool, { ...args });
    assert.ok(reply.isError);
    assert.match(reply.lines[0]!, seen);
    assert.match(reply.lines[1]!, /^\[.+\]$/);
    assert.doesNotMatch(reply.text, /\bat .*\.ts:|ZodError/);
  });
}

Deno.test("createServer() never repeats a value that did not fit", async () => {
  await using server = await InMemoryServer.start();
  const reply = await server.call("execute_command", {
    host: "a",
    command: "b",
    password: ["s3cret"],
  });
  assert.ok(reply.isError);
  assert.doesNotMatch(reply.text, /s3cret/);
});

Deno.test("createServer() makes of an unexpected fault an error without a stack, and serves on", async () => {
  await using server = await InMemoryServer.start();
  server.registry.list = () => {
    throw new TypeError("no route to 10.9.8.7");
  };
  const reply = await server.call("list_sessions");
  assert.ok(reply.isError);
  assert.equal(reply.lines[0], "Internal fault: no route to web1");
  assert.doesNotMatch(reply.text, /at /);
  assert.doesNotMatch(server.logLines.join(""), /10\.9\.8\.7/);
  assert.ok(!(await server.call("list_running_commands")).isError);
});

Deno.test("createServer() completes hosts and lists them as a resource", async () => {
  await using server = await InMemoryServer.start();
  const ref = { type: "ref/resource", uri: "ssh-config://hosts/{host}" } as const;
  const { completion } = await server.client.complete({
    ref,
    argument: { name: "host", value: "we" },
  });
  assert.deepEqual(completion.values, ["web1", "web2", "old-web"]);
  const [listed] = (await server.client.readResource({ uri: "ssh-config://hosts" })).contents;
  assert.deepEqual(listed, {
    uri: "ssh-config://hosts",
    mimeType: "text/plain",
    text: "web1\nweb2\ndb\nold-web",
  });
  const [one] = (await server.client.readResource({ uri: "ssh-config://hosts/web2" })).contents;
  assert.ok(one && "text" in one && one.text === "host web2\n");
});

Deno.test("createServer() takes a host's resource percent-encoded, as URIs are", async () => {
  await using server = await InMemoryServer.start();
  const texts = await Promise.all(["bücher", "b%C3%BCcher", "50%25", "fe80::1%25eth0"].map(
    async (host) => {
      const { contents } = await server.client.readResource({ uri: `ssh-config://hosts/${host}` });
      return contents.map((one) => "text" in one ? one.text : "");
    },
  ));
  assert.deepEqual(texts.flat(), [
    "host bücher\n",
    "host bücher\n",
    "host 50%\n",
    "host fe80::1%eth0\n",
  ]);
});
