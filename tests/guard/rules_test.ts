import assert from "node:assert/strict";
import type { Caller } from "../../src/guard/caller.ts";
import { isReachable, judge, mayHaveSecret, type Subject } from "../../src/guard/rules.ts";
import type { Rule, RulesFile } from "../../src/guard/rules_schema.ts";

const SUBJECT: Subject = {
  tool: "execute_command",
  hosts: ["prod1", "10.0.0.5"],
  user: "deploy",
  caller: undefined,
  text: "ls",
};
const CALLER = { sub: "ann@corp", groups: ["ops", "db"], claims: { level: 3, teams: ["x", "y"] } };

const TABLE: readonly {
  readonly title: string;
  readonly rules: readonly Rule[];
  readonly subject?: Partial<Subject>;
  readonly verdict: string;
}[] = [
  { title: "no rule", rules: [], verdict: "ask default" },
  {
    title: "the first that fits",
    rules: [{ hosts: "web*", mode: "deny" }, { hosts: "prod*", mode: "allow", name: "p" }, {
      mode: "deny",
    }],
    verdict: "allow p",
  },
  { title: "a hostname", rules: [{ hosts: "10.0.0.*", mode: "deny" }], verdict: "deny rule 1" },
  {
    title: "any case of letters",
    rules: [{ hosts: "PROD1", mode: "deny" }],
    verdict: "deny rule 1",
  },
  {
    title: "a name with the dot of DNS at its end",
    rules: [{ hosts: "prod1", mode: "deny" }, { mode: "allow" }],
    subject: { hosts: ["Prod1.", "prod1."] },
    verdict: "deny rule 1",
  },
  {
    title: "a negated pattern",
    rules: [{ hosts: ["*", "!prod1"], mode: "allow" }],
    verdict: "ask default",
  },
  {
    title: "a negated hostname",
    rules: [{ hosts: ["*", "!10.*"], mode: "allow" }],
    verdict: "ask default",
  },
  { title: "another user", rules: [{ users: "root", mode: "deny" }], verdict: "ask default" },
  { title: "the user", rules: [{ users: ["root", "dep*"], mode: "deny" }], verdict: "deny rule 1" },
  { title: "another tool", rules: [{ tools: "read_file", mode: "deny" }], verdict: "ask default" },
  {
    title: "a command that adds a question",
    rules: [{ mode: "allow" }, { commands: "*rm *", mode: "ask", name: "rm" }],
    subject: { text: "cd /; rm -rf x" },
    verdict: "ask rm",
  },
  {
    title: "a command that fits no pattern",
    rules: [{ commands: "rm *", mode: "ask" }, { mode: "allow" }],
    verdict: "allow rule 2",
  },
  {
    title: "a command whose pattern stands before a refusal",
    rules: [{ commands: "*", mode: "ask" }, { mode: "deny" }],
    verdict: "deny rule 2",
  },
  {
    title: "a caller who is nobody",
    rules: [{ caller: { groups: "*" }, mode: "allow" }],
    verdict: "ask default",
  },
  {
    title: "a caller's group",
    rules: [{ caller: { groups: ["dba", "ops"] }, mode: "allow" }],
    subject: { caller: CALLER },
    verdict: "allow rule 1",
  },
  {
    title: "a caller's claims",
    rules: [{ caller: { sub: "*@corp", claims: { level: "3", teams: "y" } }, mode: "allow" }],
    subject: { caller: CALLER },
    verdict: "allow rule 1",
  },
  {
    title: "a claim that the caller lacks",
    rules: [{ caller: { claims: { constructor: "*" } }, mode: "allow" }],
    subject: { caller: CALLER },
    verdict: "ask default",
  },
  {
    title: "a look, which is not asked about",
    rules: [{ mode: "ask" }, { mode: "deny" }],
    subject: { tool: "get_command_status", text: undefined },
    verdict: "allow rule 1",
  },
  {
    title: "a look that is named",
    rules: [{ tools: "read_screen", mode: "ask" }],
    subject: { tool: "read_screen", text: undefined },
    verdict: "ask rule 1",
  },
  {
    title: "a look where hosts are closed",
    rules: [{ hosts: "prod*", mode: "deny" }],
    subject: { tool: "get_command_status", text: undefined },
    verdict: "deny rule 1",
  },
];

/** Other ways to write 10.0.0.5 and 2001:db8::1, which lead to the same host. */
const SPELLINGS = [
  ..."10.0.5 10.5 167772165 0xa000005 0xa.0.0.5 012.0.0.5 10.0.0.5. ::ffff:10.0.0.5".split(" "),
  ..."::FFFF:a00:5 0:0:0:0:0:ffff:10.0.0.5 2001:DB8::1 2001:db8:0:0::0001".split(" "),
  "2001:db8::1%eth0",
];

for (const spelling of SPELLINGS) {
  Deno.test(`judge() of an address written as ${spelling}`, () => {
    const rules: Rule[] = [{ hosts: ["10.0.0.5", "2001:db8::1"], mode: "deny" }, { mode: "allow" }];
    const { mode } = judge({ rules }, { ...SUBJECT, hosts: [spelling, spelling] }, "ask");
    assert.equal(mode, "deny");
  });
}

for (const { title, rules, subject, verdict } of TABLE) {
  Deno.test(`judge() of ${title}`, () => {
    const { mode, rule } = judge({ rules: [...rules] }, { ...SUBJECT, ...subject }, "ask");
    assert.equal(`${mode} ${rule}`, verdict);
  });
}

Deno.test("mayHaveSecret() lets a secret go to the hosts and callers it is bound to, and no other", () => {
  const may = (file: RulesFile, name: string, hosts: string[], sub?: string): boolean =>
    mayHaveSecret(file, name, { hosts, caller: sub ? { sub, groups: [], claims: {} } : undefined });
  const file: RulesFile = {
    rules: [],
    secrets: {
      DB: { hosts: ["db*", "!db9"] },
      HERS: { hosts: "*", caller: { sub: "ann" } },
    },
  };
  assert.ok(may(file, "DB", ["DB1", "10.0.0.1"]));
  assert.ok(!may(file, "DB", ["web1"]));
  assert.ok(!may(file, "DB", ["db9"]));
  assert.ok(!may(file, "OTHER", ["db1"]));
  assert.ok(!may(file, "toString", ["db1"]));
  assert.ok(!may({ rules: [] }, "DB", ["db1"]));
  assert.ok(may(file, "HERS", ["web1"], "ann"));
  assert.ok(!may(file, "HERS", ["web1"], "bob"));
  assert.ok(!may(file, "HERS", ["web1"]));
});

Deno.test("isReachable() shows a host to those whom some rule lets reach it", () => {
  const rules: Rule[] = [
    { tools: ["list_hosts", "list_sessions"], mode: "allow" },
    { hosts: "db*", tools: ["read_file"], mode: "deny" },
    { hosts: "10.1.*", caller: { groups: "net" }, mode: "ask" },
    { hosts: "secret*", users: "root", mode: "deny" },
    { hosts: "secret*", mode: "deny" },
    { hosts: ["db*", "secret9"], users: "app", mode: "allow" },
  ];
  const net: Caller = { sub: "n", groups: ["net"], claims: {} };
  const seen = (hosts: readonly string[], caller?: Caller): boolean =>
    isReachable({ rules }, { hosts, caller }, "deny");
  assert.ok(seen(["db1"]), "one tool is refused, others are not");
  assert.ok(!seen(["secret9"]), "the first rule without tools and users decides");
  assert.ok(seen(["router", "10.1.2.3"], net), "by its hostname");
  assert.ok(!seen(["router", "10.1.2.3"]), "of another caller");
  assert.ok(!seen(["elsewhere"], net), "the rules on lists alone open nothing");
  assert.ok(isReachable({ rules }, { hosts: ["elsewhere"], caller: net }, "ask"));
});
