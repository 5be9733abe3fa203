import assert from "node:assert/strict";
import { parseTarget, type Target } from "../../src/config/target.ts";
import { InputError } from "../../src/errors.ts";

const hosts: readonly (readonly [string, string, string | undefined, number | undefined])[] = [
  ["web", "web", undefined, undefined],
  ["deploy@web", "web", "deploy", undefined],
  ["web:2222", "web", undefined, 2222],
  ["deploy@web:2222", "web", "deploy", 2222],
  ["ssh://web", "web", undefined, undefined],
  ["ssh://web/", "web", undefined, undefined],
  ["ssh://deploy@web:2222", "web", "deploy", 2222],
  ["SSH://deploy%40corp@web", "web", "deploy@corp", undefined],
  ["ssh://[2001:db8::1]:2222", "2001:db8::1", undefined, 2222],
  ["[2001:db8::1]", "2001:db8::1", undefined, undefined],
  ["[2001:db8::1]:2222", "2001:db8::1", undefined, 2222],
  ["2001:db8::1", "2001:db8::1", undefined, undefined],
  ["deploy@[::1]:22", "::1", "deploy", 22],
  ["fe80::1%eth0", "fe80::1%eth0", undefined, undefined],
  ["a@b@web", "web", "a@b", undefined],
];

for (const [host, alias, user, port] of hosts) {
  Deno.test(`parseTarget() understands ${host}`, () => {
    const parsed = parseTarget({ host });
    assert.deepEqual([parsed.alias, parsed.user, parsed.port], [alias, user, port]);
  });
}

Deno.test("parseTarget() lets parameters win over what stands in host", () => {
  const parsed = parseTarget({ host: "a@web:1", username: "b", port: 2 });
  assert.deepEqual([parsed.user, parsed.port], ["b", 2]);
});

const refused: readonly (readonly [Target, RegExp])[] = [
  [{ host: "" }, /^host is empty/],
  [{ host: "web", username: "" }, /^username is empty/],
  [{ host: "web", password: "" }, /^password is empty/],
  [{ host: "web", keyFilename: "" }, /^key_filename is empty/],
  [{ host: "web", keyFilename: "a\0b" }, /^key_filename holds a NUL/],
  [{ host: "web", port: 0 }, /^port 0 /],
  [{ host: "web", port: 65_536 }, /^port 65536 /],
  [{ host: "web", port: 22.5 }, /^port 22.5 /],
  [{ host: "web:0" }, /^host "web:0"/],
  [{ host: "web:ssh" }, /^host "web:ssh"/],
  [{ host: "web:" }, /^host "web:"/],
  [{ host: "@web" }, /^host "@web"/],
  [{ host: "-oProxyCommand=x" }, /^host "-oProxyCommand=x"/],
  [{ host: "a b" }, /^host "a b"/],
  [{ host: "$(id)" }, /^host /],
  [{ host: "web;id" }, /^host /],
  [{ host: "ssh://web/path" }, /^host /],
  [{ host: "web", username: "-x" }, /^username: "-x"/],
  [{ host: "web", username: "a;b" }, /^username: "a;b"/],
  [{ host: "a;b@web" }, /^host: "a;b"/],
  [{ host: "web\ud800" }, /cannot be a host/],
  [{ host: "web\u202e1" }, /cannot be a host/],
  [{ host: "web", username: "a\u200bb" }, /^username: "a.b"/],
  [{ host: "web", username: "a\nb" }, /^username: "a\\nb"/],
];

for (const [target, message] of refused) {
  Deno.test(`parseTarget() refuses ${JSON.stringify(target)}`, () => {
    assert.throws(() => parseTarget(target), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, message);
      return true;
    });
  });
}
