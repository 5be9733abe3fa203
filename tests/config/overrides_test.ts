import assert from "node:assert/strict";
import { readOverrides } from "../../src/config/overrides.ts";
import { ConfigError } from "../../src/errors.ts";

Deno.test("readOverrides() reads every variable of the alias", () => {
  const overrides = readOverrides("web-1.example", {
    OVRD_web_1_example_HOST: "10.0.0.5",
    OVRD_web_1_example_PORT: "2222",
    OVRD_web_1_example_USER: "root",
    OVRD_web_1_example_PASS: "hunter2",
    OVRD_web_1_example_KEY: "~/.ssh/secret",
    OVRD_web_1_example_SUDO_PASS: "sudo-pw",
    OVRD_web_1_example_ENABLE_PASS: "enable-pw",
    OVRD_web_1_example_DEVICE: "cisco_ios",
    OVRD_web_HOST: "elsewhere",
  });
  const { hidden, ...values } = overrides;
  assert.deepEqual(values, {
    hostname: "10.0.0.5",
    port: 2222,
    user: "root",
    password: "hunter2",
    identityFile: "~/.ssh/secret",
    sudoPassword: "sudo-pw",
    enablePassword: "enable-pw",
    deviceType: "cisco_ios",
  });
  assert.deepEqual(hidden.map(({ kind, value, shownAs }) => `${kind} ${value} ${shownAs}`), [
    "secret ~/.ssh/secret [redacted]",
    "secret enable-pw [redacted]",
    "name 10.0.0.5 web-1.example",
    "secret hunter2 [redacted]",
    "secret sudo-pw [redacted]",
    "name root web-1.example",
    "name 2222 web-1.example",
  ]);
});

Deno.test("readOverrides() takes an empty variable for one that is not set", () => {
  const overrides = readOverrides("web", { OVRD_web_HOST: "", OVRD_web_PASS: "" });
  assert.equal(overrides.hostname, undefined);
  assert.deepEqual(overrides.hidden, []);
});

Deno.test("readOverrides() does not hide port 22, which tells nothing", () => {
  assert.deepEqual(readOverrides("web", { OVRD_web_PORT: "22" }).hidden, []);
});

Deno.test("readOverrides() names a bad port's variable and not its value", () => {
  assert.throws(() => readOverrides("web", { OVRD_web_PORT: "s3cret" }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /^OVRD_web_PORT /);
    assert.doesNotMatch(error.message + error.advice, /s3cret/);
    return true;
  });
});
