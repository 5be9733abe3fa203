import assert from "node:assert/strict";
import * as z from "zod";
import { ConfigError, RefusedError } from "../../src/errors.ts";
import { RulesReader } from "../../src/guard/rules_file.ts";
import { rulesSchema } from "../../src/guard/rules_schema.ts";
import { mustRun } from "../support/command.ts";
import { REPOSITORY } from "../support/source_file.ts";

const SOURCE = { toolNames: ["execute_command", "read_file"] };
const SCHEMA = `${REPOSITORY}src/guard/policy.schema.json`;

function reader(readText: () => string): RulesReader {
  return new RulesReader({ MCP_SSH_POLICY: "/policy.json" }, {
    ...SOURCE,
    readText: () => Promise.resolve().then(readText),
  });
}

Deno.test("RulesReader allows all where nothing is set, and asks where only a file is", async () => {
  const none = new RulesReader({}, SOURCE);
  assert.ok(!none.isSet);
  assert.equal((await none.read()).preset, "allow");
  const strict = new RulesReader({ MCP_SSH_DEFAULT: "deny" }, SOURCE);
  assert.ok(strict.isSet);
  assert.equal((await strict.read()).preset, "deny");
  assert.equal((await reader(() => "{}").read()).preset, "ask");
});

Deno.test("RulesReader refuses to start with an MCP_SSH_DEFAULT that is no mode", () => {
  assert.throws(() => new RulesReader({ MCP_SSH_DEFAULT: "Allow" }, SOURCE), ConfigError);
});

const MISTAKES: readonly (readonly [text: string, seen: RegExp])[] = [
  ["", /is not JSON/],
  ["{ secret-word", /is not JSON at position/],
  ["[]", /mistake at its top/],
  [`{"rule": []}`, /mistake at its top/],
  [`{"rules": [{"mode": "permit"}]}`, /mistake at rules\[0\]\.mode/],
  [`{"rules": [{"host": "a", "mode": "deny"}]}`, /mistake at rules\[0\]/],
  [`{"rules": [{"hosts": [], "mode": "deny"}]}`, /mistake at rules\[0\]\.hosts/],
  [`{"rules": [{"tools": "exec", "mode": "deny"}]}`, /rules\[0\]\.tools: no tool is named exec/],
  [`{"rules": [{"commands": "ls", "mode": "allow"}]}`, /only add a question/],
  [`{"secrets": {"db": {"hosts": "*"}}}`, /mistake at secrets/],
  [`{"rules": [{"mode": "deny", "mode": "allow"}]}`, /the key "mode" twice/],
  [`{"rules": [{"mode": "deny"}], "\\u0072ules": [{"mode": "allow"}]}`, /the key "rules" twice/],
  [`{"rules": [{"mode": "allow"}], "__proto__": {"rules": []}}`, /mistake at its top/],
  [`{"rules": [{"mode": "allow", "constructor": 1}]}`, /mistake at rules\[0\]/],
  [`{"rules": [{"mode": "deny"}]} // all`, /is not JSON/],
  [`/* all */ {"rules": []}`, /is not JSON/],
  [`{"rules": [{"mode": "deny"},]}`, /is not JSON/],
  [`\ufeff\ufeff{"rules": [{"mode": "allow"}]}`, /is not JSON/],
  [`{"rules": [{"mode": "allow"}]}\0`, /is not JSON/],
  [`{"rules": [{"mode": ["allow"]}]}`, /mistake at rules\[0\]\.mode/],
  [`{"rules": [{"hosts": "", "mode": "allow"}]}`, /mistake at rules\[0\]\.hosts/],
  [`{"rules": [{"hosts": null, "mode": "allow"}]}`, /mistake at rules\[0\]\.hosts/],
  [`{"rules": ${JSON.stringify(new Array(1_001).fill({ mode: "allow" }))}}`, /mistake at rules/],
];

for (const [text, seen] of MISTAKES) {
  Deno.test(`RulesReader.read() allows nothing under ${JSON.stringify(text.slice(0, 80))}`, async () => {
    const rules = reader(() => text);
    for (const _ of [1, 2]) {
      await assert.rejects(rules.read(), (error) => {
        assert.ok(error instanceof RefusedError);
        assert.match(error.message, seen);
        assert.doesNotMatch(error.message, /secret-word/);
        return true;
      });
    }
  });
}

Deno.test("RulesReader.read() takes a change at the next call, a mistake and its correction too", async () => {
  let text = `{"rules": [{"mode": "allow"}]}`;
  const rules = reader(() => {
    if (text === "gone") throw new Deno.errors.NotFound("no such file");
    return text;
  });
  assert.equal((await rules.read()).file.rules[0]!.mode, "allow");
  text = `{"rules": [{"mode": "deny"}]}`;
  assert.equal((await rules.read()).file.rules[0]!.mode, "deny");
  text = `{"rules": [{"mode": "den`;
  await assert.rejects(rules.read(), RefusedError);
  text = "gone";
  await assert.rejects(rules.read(), /cannot be read/);
  text = `{"rules": [{"mode": "allow"}]}`;
  assert.equal((await rules.read()).file.rules[0]!.mode, "allow");
});

Deno.test("RulesReader.read() allows nothing under a path that is no file, and follows a link", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/policy.json`;
  await Deno.writeTextFile(file, `{"rules": [{"mode": "allow"}]}`);
  await Deno.symlink(file, `${directory}/link`);
  await Deno.symlink("loop", `${directory}/loop`);
  await mustRun(["mkfifo", `${directory}/fifo`]);
  await Deno.writeTextFile(`${directory}/large`, " ".repeat(1_100_000) + "{}");
  await Deno.writeFile(`${directory}/bytes`, new Uint8Array([0x7b, 0xff, 0x7d]));
  const read = (path: string) => new RulesReader({ MCP_SSH_POLICY: path }, SOURCE).read();
  assert.equal((await read(`${directory}/link`)).file.rules[0]!.mode, "allow");
  for (const path of ["fifo", "loop", "large", "bytes", "", "none"]) {
    await assert.rejects(read(`${directory}/${path}`), RefusedError, path);
  }
  for (const path of ["/dev/zero", "/dev/null", "/dev/tty"]) {
    await assert.rejects(read(path), RefusedError, path);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("the published schema of rules files is the one they are checked by", async () => {
  const published = JSON.parse(await Deno.readTextFile(SCHEMA));
  assert.deepEqual(published, {
    title: "Rules file of mcp-ssh-session (MCP_SSH_POLICY)",
    ...z.toJSONSchema(rulesSchema, { io: "input" }),
  });
});
