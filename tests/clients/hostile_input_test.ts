import assert from "node:assert/strict";
import { BareProgram, callTool } from "../support/bare_program.ts";
import { residentBytes } from "../support/processes.ts";
import { startSshd } from "../support/sshd.ts";
import { endOf, startWorld } from "../support/world.ts";

const MIB = 2 ** 20;

/** Bytes that are no JSON-RPC request of MCP. */
const GARBAGE: readonly (string | Uint8Array)[] = [
  "\n\n \n",
  "not json\n",
  '{"jsonrpc":"2.0","id":1,"method":\n',
  '{"jsonrpc":"1.0","id":1,"method":"tools/list"}\n',
  '{"jsonrpc":"2.0","id":null,"method":"tools/list"}\n',
  '{"jsonrpc":"2.0","id":{},"method":"tools/list"}\n',
  '{"jsonrpc":"2.0","id":-0.5,"method":"tools/list"}\n',
  '{"jsonrpc":"2.0","method":"no/such/notification"}\n',
  '{"jsonrpc":"2.0","id":7,"result":{}}\n',
  '{"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"x"}}\n',
  '[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n',
  `${"[".repeat(200_000)}\n`,
  `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}\n`,
  '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"__proto__"}}\n',
  '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"list_sessions","arguments":7}}\n',
  '{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"__proto__":{"name":"x"}}}\n',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12345}}\n',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}\n',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}\n',
  Uint8Array.of(0xff, 0xfe, 0x00, 0x0a),
  Uint8Array.of(0xc3, 0x28, 0xe2, 0x28, 0xa1, 0x0a),
  new Uint8Array(100_000).fill(0x0a),
  '\ufeff{"jsonrpc":"2.0","id":9,"method":"ping"}\r\n',
];

Deno.test("whatever a client writes, the next request is answered", async () => {
  await using program = await BareProgram.start({ HOME: "/nonexistent", MCP_SSH_LOG: "off" });
  program.read();
  await program.initialize();
  let id = 100;
  for (const garbage of GARBAGE) {
    await program.sendBytes(
      typeof garbage === "string" ? new TextEncoder().encode(garbage) : garbage,
    );
    await program.send(callTool(++id, "list_sessions"));
    const { result } = await program.answer(id);
    assert.equal(result.content[0].text, "No session is open", String(garbage).slice(0, 100));
  }
});

Deno.test("arguments of 9 MiB are refused in few words, or run exactly", async () => {
  await using sshd = await startSshd();
  await using program = await BareProgram.start(sshd.environment());
  program.read();
  await program.initialize();
  const long = "x".repeat(9 * MIB);
  const { alias: host } = sshd;
  const refused = [
    callTool(1, "execute_command", { host: long, command: "true" }),
    callTool(2, "execute_command", { host, command: "true", session: long }),
    callTool(3, "execute_command", { host, command: "true", username: long }),
    callTool(4, "execute_command", { host, command: "true", [long]: 1 }),
    callTool(5, "write_file", { host, remote_path: "/tmp/never", content: long }),
    callTool(6, "read_file", { host, remote_path: `/${long}` }),
    callTool(7, "get_command_status", { command_id: long }),
    callTool(8, "send_keys", { command_id: "x", keys: long }),
    callTool(9, long, {}),
    { id: 10, method: long },
  ];
  for (const [index, request] of refused.entries()) {
    await program.send(request);
    const { result, error } = await program.answer(index + 1);
    assert.ok(error !== undefined || result.isError, `request ${index + 1} was taken`);
    // What the SDK itself refuses it quotes whole.
    const size = JSON.stringify(result ?? null).length;
    assert.ok(size < 10_000, `${size} characters answer request ${index + 1}`);
  }
  await program.send(callTool(20, "execute_command", { host, command: "echo well" }));
  assert.match((await program.answer(20)).result.content[0].text, /\nwell\n$/);
  // The collector lets the garbage of some ten such messages lie; 700 MB is the most of a hundred.
  assert.ok(await residentBytes(program.child.pid) < 800_000_000);
});

Deno.test("a command line of 3 MiB arrives whole", async () => {
  await using world = await startWorld();
  const text = "0123456789abcdef".repeat(3 * MIB / 16);
  const { server } = world;
  const begun = await server.run(`printf %s '${text}' | wc -c; echo ok`, { timeout: 50 });
  const reply = await endOf(server, begun);
  assert.equal(reply.body, `${3 * MIB}\nok\n`);
});
