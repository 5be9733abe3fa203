import assert from "node:assert/strict";
import { ConfigError, UnsupportedError } from "../../src/errors.ts";
import { Policy } from "../../src/guard/policy.ts";

const TOOLS = ["execute_command", "read_file", "write_file"];

const HOSTS: readonly {
  readonly list: string | undefined;
  readonly allowed: readonly string[];
  readonly refused: readonly string[];
}[] = [
  { list: undefined, allowed: ["web1", "10.0.0.1", "[::1]:22"], refused: [] },
  { list: "", allowed: [], refused: ["web1", "10.0.0.1"] },
  { list: " , ", allowed: [], refused: ["web1"] },
  {
    list: "web? db",
    allowed: ["web1", "WEB1", "root@web1", "web1:2222", "ssh://root@web1:22", "db"],
    refused: ["web10", "xweb1", "db.example", "db@other", "ssh://web1@other", "10.0.0.1"],
  },
  { list: "*,!db*", allowed: ["web1"], refused: ["db", "db1.example", "DB1", "x@db1"] },
  { list: "!db", allowed: [], refused: ["db", "web1"] },
  { list: "fe80::1 10.0.0.*", allowed: ["[fe80::1]:22", "fe80::1", "10.0.0.9"], refused: ["::1"] },
];

for (const { list, allowed, refused } of HOSTS) {
  Deno.test(`Policy.check() of hosts under ${JSON.stringify(list)}`, () => {
    const policy = Policy.read(list === undefined ? {} : { MCP_SSH_ALLOWED_HOSTS: list }, TOOLS);
    for (const host of allowed) policy.check({ host });
    for (const host of refused) {
      assert.throws(() => policy.check({ host }), UnsupportedError, `${host} under ${list}`);
    }
  });
}

Deno.test("Policy.check() names the patterns and who can change them", () => {
  const policy = Policy.read({ MCP_SSH_ALLOWED_HOSTS: "web*" }, TOOLS);
  assert.throws(() => policy.check({ host: "root@db" }), {
    message: 'This server may not reach "db"',
    advice: "MCP_SSH_ALLOWED_HOSTS allows web*; only who starts the server can change it",
  });
});

Deno.test("Policy.offers() all tools but those switched off", () => {
  const policy = Policy.read({ MCP_SSH_DISABLED_TOOLS: "write_file, read_file" }, TOOLS);
  assert.deepEqual(TOOLS.filter((name) => policy.offers(name)), ["execute_command"]);
  assert.ok(Policy.read({ MCP_SSH_DISABLED_TOOLS: "" }, TOOLS).offers("write_file"));
});

Deno.test("Policy.read() refuses a tool that there is not", () => {
  for (const name of ["writefile", "WRITE_FILE", "write_file;read_file", "*"]) {
    assert.throws(() => Policy.read({ MCP_SSH_DISABLED_TOOLS: `read_file ${name}` }, TOOLS), {
      name: ConfigError.name,
      message: `MCP_SSH_DISABLED_TOOLS names no tool of this server: ${name}`,
    });
  }
});

Deno.test("Policy.guard() resolves what may be reached, and asks for nothing else", async () => {
  const policy = Policy.read({ MCP_SSH_ALLOWED_HOSTS: "web*" }, []);
  const asked: string[] = [];
  const resolve = policy.guard(({ host }: { host: string }) => {
    asked.push(host);
    return Promise.resolve(host);
  });
  assert.equal(await resolve({ host: "web1" }), "web1");
  await assert.rejects(resolve({ host: "db1" }), /db1/);
  assert.deepEqual(asked, ["web1"]);
});
