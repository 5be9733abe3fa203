import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  connectionTokens,
  expandTilde,
  expandTokens,
  expandTokensAndVariables,
  type TokenFacts,
} from "../../../src/config/ssh_config/expand.ts";
import { ConfigError } from "../../../src/errors.ts";

const facts: TokenFacts = {
  host: "Web",
  hostname: "web.example",
  hostKeyAlias: undefined,
  port: 2222,
  user: "deploy",
  proxyJump: "bastion",
  home: "/home/me",
  localUser: "me",
  localHostname: "laptop.example",
  localUid: 1000,
};
const tokens = connectionTokens(facts);
const hash = createHash("sha1").update("laptop.exampleweb.example2222deploy").digest("hex");

const expansions: readonly (readonly [string, string])[] = [
  ["%h", "web.example"],
  ["%n", "Web"],
  ["%k", "Web"],
  ["%p", "2222"],
  ["%r", "deploy"],
  ["%u", "me"],
  ["%d", "/home/me"],
  ["%i", "1000"],
  ["%l", "laptop.example"],
  ["%L", "laptop"],
  ["%j", "bastion"],
  ["%C", hash],
  ["%%h", "%h"],
  ["%%%h", "%web.example"],
  ["a%hb%p", "aweb.exampleb2222"],
  ["nothing", "nothing"],
];

for (const [text, expected] of expansions) {
  Deno.test(`expandTokens("${text}") gives "${expected}"`, () => {
    assert.equal(expandTokens(text, tokens), expected);
  });
}

for (const text of ["%", "%z", "a%", "% h", "%é"]) {
  Deno.test(`expandTokens("${text}") is refused`, () => {
    assert.throws(() => expandTokens(text, tokens), ConfigError);
  });
}

Deno.test("expandTokens() says so when the sandbox hides what a token stands for", () => {
  const unknown = connectionTokens({ ...facts, localHostname: undefined });
  assert.throws(() => expandTokens("%C", unknown), /%C cannot be found out/);
});

Deno.test("connectionTokens() puts HostKeyAlias for %k", () => {
  assert.equal(expandTokens("%k", connectionTokens({ ...facts, hostKeyAlias: "key" })), "key");
});

Deno.test("expandTokensAndVariables() looks at nothing twice", () => {
  const environment = { A: "%h${B}", B: "b" };
  assert.equal(
    expandTokensAndVariables("${A}/%h/${B}$B", { tokens, environment }),
    "%h${B}/web.example/b$B",
  );
});

for (const text of ["${NOT_SET}", "${", "${A", "${}", "${toString}"]) {
  Deno.test(`expandTokensAndVariables("${text}") is refused`, () => {
    assert.throws(
      () => expandTokensAndVariables(text, { tokens, environment: { A: "a" } }),
      ConfigError,
    );
  });
}

const tildes: readonly (readonly [string, string])[] = [
  ["~", "/home/me/"],
  ["~/", "/home/me/"],
  ["~/a", "/home/me/a"],
  ["~//a", "/home/me/a"],
  ["~ann/a", "/home/ann/a"],
  ["a~", "a~"],
  ["/~/a", "/~/a"],
];

for (const [path, expected] of tildes) {
  Deno.test(`expandTilde("${path}") gives "${expected}"`, () => {
    const homes = new Map([["ann", "/home/ann"]]);
    assert.equal(expandTilde(path, { home: "/home/me", homes }), expected);
  });
}

Deno.test("expandTilde() refuses the home of nobody", () => {
  assert.throws(() => expandTilde("~bob/a", { home: "/", homes: new Map() }), ConfigError);
});
