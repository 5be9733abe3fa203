import assert from "node:assert/strict";
import * as z from "zod";
import { ConfigError, RefusedError } from "../../src/errors.ts";
import { RulesReader } from "../../src/guard/rules_file.ts";
import { rulesSchema } from "../../src/guard/rules_schema.ts";
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
];

for (const [text, seen] of MISTAKES) {
  Deno.test(`RulesReader.read() allows nothing under ${JSON.stringify(text)}`, async () => {
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

Deno.test("the published schema of rules files is the one they are checked by", async () => {
  const published = JSON.parse(await Deno.readTextFile(SCHEMA));
  assert.deepEqual(published, {
    title: "Rules file of mcp-ssh-session (MCP_SSH_POLICY)",
    ...z.toJSONSchema(rulesSchema, { io: "input" }),
  });
});
