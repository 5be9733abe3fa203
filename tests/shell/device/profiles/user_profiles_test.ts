import assert from "node:assert/strict";
import { ProfileTable } from "../../../../src/shell/device/profiles/profile_table.ts";
import {
  loadUserProfiles,
  parseProfile,
} from "../../../../src/shell/device/profiles/user_profiles.ts";
import { openDouble } from "../../../support/device_session.ts";
import { IOS } from "../../../support/ios_doubles.ts";

const ACME = {
  id: "acme",
  extends: "ios",
  title: "Acme OS",
  aliases: ["acme_os"],
  detect: { ident: "^ACME", probe: { send: "show product", match: "Acme Operating System" } },
  prompts: {
    exec: "(?<host>[\\w-]+)>>",
    privileged: "(?<host>[\\w-]+)##",
    config: ["(?<host>[\\w-]+)\\((?<mode>[^()]+)\\)##"],
  },
  headers: ["\\[(?<mode>edit.*)\\]"],
  login: [{ match: "Continue\\? ", send: "\r" }],
  setup: ["paging off", { send: "width 0", needsMode: "privileged" }],
  enable: { send: "super", password: "Secret: ?", fail: "^Denied" },
  why: { enter: "its manual says so" },
  sources: ["the manual of Acme OS 2"],
  pagers: [{ match: "\\[more\\]", next: " ", quit: "x" }],
  confirms: ["sure\\?$"],
  errors: ["(?i)^bad command"],
  enter: "\r",
  earlyPrompt: "fenced",
};

Deno.test("parseProfile() takes every key of the form", () => {
  const { profile, mistakes } = parseProfile("acme.json", JSON.stringify(ACME));
  assert.deepEqual(mistakes, []);
  assert.equal(profile?.prompts.length, 3);
  assert.equal(profile?.prompts[0]?.match.exec("box>>")?.groups?.host, "box");
  assert.ok(!profile?.prompts[0]?.match.test("xx box>> yy"));
  assert.deepEqual(profile?.setup[1], { send: "width 0", level: "privileged" });
  assert.ok(profile?.errors[0]?.test("BAD command x"));
  assert.equal(profile?.enable?.send, "super");
  assert.ok(profile?.enable?.username.test("Username: "));
  assert.equal(profile?.earlyPrompt, "fenced");
  assert.equal(profile?.helpsAtOnce, Boolean(1));
  assert.equal(new ProfileTable([profile!]).get("Acme-OS").id, "acme");
});

const MISTAKES: readonly (readonly [name: string, file: unknown, message: RegExp])[] = [
  ["no JSON", undefined, /^p\.json is not JSON at position/],
  ["no object", [], /^p\.json .*expected object/i],
  ["a missing id", {}, /^p\.json: id /],
  ["an odd id", { id: "A b" }, /^p\.json: id lower-case letters/],
  ["an unknown key", { id: "x", promts: {} }, /"promts" is not known here; .*prompts/],
  ["an unknown base", { id: "x", extends: "toaster" }, /extends "toaster" is no built-in; .*junos/],
  ["a wrong type", { id: "x", setup: [3] }, /^p\.json: setup\[0\]/],
  [
    "a broken pattern",
    { id: "x", errors: ["ok", "a("] },
    /errors\[1\] is not a regular expression of RE2's syntax: missing/,
  ],
  ["a prompt without host", { id: "x", prompts: { exec: "foo>" } }, /prompts\.exec has no group/],
  ["an empty prompt table", { id: "x", prompts: {} }, /prompts names no prompt/],
  [
    "look-around",
    { id: "x", pagers: [{ match: "(?!a)b" }] },
    /pagers\[0\]\.match is not a regular/,
  ],
];

for (const [name, file, message] of MISTAKES) {
  Deno.test(`parseProfile() reports ${name} with its place`, () => {
    const text = file === undefined ? "{ id: }" : JSON.stringify(file);
    const { profile, mistakes } = parseProfile("p.json", text);
    assert.equal(profile, undefined);
    assert.equal(mistakes.length, 1, mistakes.map((x) => x.message).join("\n"));
    assert.match(mistakes[0]!.message, message);
    assert.equal(mistakes[0]!.kind, "config");
  });
}

Deno.test("parseProfile() reports each mistake of a file", () => {
  const file = { id: "x", errors: ["("], prompts: { exec: "a>", config: "(?<host>a" } };
  const { mistakes } = parseProfile("p.json", JSON.stringify(file));
  assert.equal(mistakes.length, 3);
});

Deno.test("loadUserProfiles() loads what is sound and reports the rest", async () => {
  const files: Record<string, string> = {
    "b.json": JSON.stringify(ACME),
    "a.json": "{",
    "c.json": JSON.stringify({ id: "acme" }),
    "d.json": JSON.stringify({ id: "other", extends: "junos" }),
    "notes.txt": "not a profile",
  };
  const { profiles, mistakes } = await loadUserProfiles("/etc/profiles", {
    readDir: () => Promise.resolve([...Object.keys(files), "e.json"]),
    readText: (path) => {
      const text = files[path.replace("/etc/profiles/", "")];
      return text === undefined ? Promise.reject(new Error("denied")) : Promise.resolve(text);
    },
  });
  assert.deepEqual(profiles.map(({ id }) => id), ["acme", "other"]);
  const messages = mistakes.map(({ message }) => message);
  assert.equal(messages.length, 3);
  assert.match(messages[0]!, /^\/etc\/profiles\/a\.json is not JSON/);
  assert.match(messages[1]!, /c\.json: id "acme" is taken/);
  assert.match(messages[2]!, /e\.json cannot be read: denied/);
});

Deno.test("loadUserProfiles() reports a directory that cannot be read", async () => {
  const denied = (): Promise<never> => Promise.reject(new Error("permission denied"));
  const files = { readDir: denied, readText: denied };
  const { mistakes } = await loadUserProfiles("/etc/p", files);
  assert.match(mistakes[0]!.message, /^\/etc\/p cannot be read: permission denied/);
});

Deno.test("a user profile drives a device that no built-in knows", async () => {
  const file = {
    id: "acme",
    extends: "ios",
    detect: { ident: "^ACME" },
    prompts: {
      exec: "(?<host>[\\w-]+)=>",
      privileged: "(?<host>[\\w-]+)=#",
      config: "(?<host>[\\w-]+)=\\((?<mode>[^()]+)\\)=>",
    },
    setup: ["pager none"],
    pagers: [{ match: "\\[press space\\]", next: " ", quit: "q" }],
    errors: ["^\\?Unknown"],
  };
  const { profile } = parseProfile("acme.json", JSON.stringify(file));
  const family = {
    ...IOS,
    ident: "ACME-1.0",
    prompt: () => ({ line: "edge-r1=>", header: "" }),
    pager: { text: "[press space]", wipe: "\r\x1b[K", quitKey: "q" },
    unknown: () => "?Unknown word",
  };
  const outputs = [Array.from({ length: 20 }, (_, row) => `row ${row}`).join("\n")];
  await using device = await openDouble(family, {
    outputs,
    open: { profiles: new ProfileTable([profile!]) },
  });
  assert.equal(device.shell.facts.shellKind, "acme");
  assert.equal((await device.run("show output 0")).text, outputs[0] + "\n");
  assert.equal((await device.run("blurp")).exit?.deviceError, "?Unknown word");
});
