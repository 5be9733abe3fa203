import assert from "node:assert/strict";
import { PrivilegeError } from "../../../src/errors.ts";
import type { DoubleAnswer, DoubleFamily } from "../../support/double_family.ts";
import { type DoubleSession, openDouble } from "../../support/device_session.ts";
import { ENABLE_SECRET, EOS, IOS, PROCURVE } from "../../support/ios_doubles.ts";
import { JUNOS, VRP } from "../../support/other_doubles.ts";

const ENABLE = { password: ENABLE_SECRET, command: "enable" };
const WRONG = { password: "not-the-secret", command: "enable" };

Deno.test("enterPrivileged() types the secret once, before the command, and stays", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    await using device = await openDouble(IOS, { seed, outputs: ["x"] });
    const first = await device.run("show output 0", { enable: ENABLE });
    assert.deepEqual([first.text, first.exit?.mode], ["x\n", "privileged"]);
    await device.run("show output 0", { enable: ENABLE });
    await device.run("configure terminal", { enable: ENABLE });
    assert.equal((await device.run("interface Gi0/1", { enable: ENABLE })).exit?.mode, "config-if");
    assert.deepEqual(typed(device).slice(3), [
      "enable",
      "show output 0",
      "show output 0",
      "configure terminal",
      "interface Gi0/1",
    ]);
    assert.ok(!JSON.stringify(first.events).includes(ENABLE_SECRET));
    assert.ok(!(await device.shell.screen()).rows.join().includes(ENABLE_SECRET));
  }
});

Deno.test("enterPrivileged() enters again after the mode was left", async () => {
  await using device = await openDouble(IOS);
  await device.run("show version", { enable: ENABLE });
  assert.equal((await device.run("disable", { enable: ENABLE })).exit?.mode, "exec");
  assert.equal((await device.run("show version", { enable: ENABLE })).exit?.mode, "privileged");
});

Deno.test("enterPrivileged() reports a refused secret and leaves a clean prompt", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    await using device = await openDouble(IOS, { seed, outputs: ["x"] });
    await fails(device, WRONG, /^"edge" refused the password for privileged mode$/);
    assert.deepEqual(secrets(device), ["not-the-secret", "", ""]);
    assert.equal(device.shell.facts.mode, "exec");
    const after = await device.run("show output 0");
    assert.deepEqual([after.text, after.exit?.note], ["x\n", undefined]);
    assert.equal((await device.run("show version", { enable: ENABLE })).exit?.mode, "privileged");
  }
});

Deno.test("enterPrivileged() reports a refusal that comes with a line and a prompt", async () => {
  const denies = withEnable(IOS, { match: /^enable$/, body: () => "% Access denied" });
  await using device = await openDouble(denies);
  await fails(device, ENABLE, /refused privileged mode: "% Access denied"/);
});

Deno.test("enterPrivileged() reports that no password is set", async () => {
  const unset = withEnable(IOS, { match: /^enable$/, body: () => "% No password set" });
  await using device = await openDouble(unset, { outputs: ["x"] });
  await fails(device, ENABLE, /has no privileged password set: "% No password set"/);
  assert.equal((await device.run("show output 0")).text, "x\n");
});

Deno.test("enterPrivileged() reports a device that locked after too many wrong passwords", async () => {
  const locked = withEnable(IOS, {
    match: /^enable$/,
    body: () => "% Bad enable passwords, too many failures!",
  });
  await using device = await openDouble(locked);
  await fails(device, ENABLE, /after too many wrong passwords: "% Bad enable passwords/);
});

Deno.test("enterPrivileged() reports that a user name is asked first", async () => {
  await using device = await openDouble(PROCURVE, { outputs: ["x"] });
  await fails(device, ENABLE, /asks a user name before privileged mode: "Username:"/);
  assert.equal((await device.run("show output 0")).text, "x\n");
});

Deno.test("enterPrivileged() reports that a password is asked and none was given", async () => {
  await using device = await openDouble(IOS, { outputs: ["x"] });
  await fails(device, { command: "enable 7" }, /refused privileged mode: "% Invalid input/);
  const asks = withEnable(IOS, {
    match: /^enable 7$/,
    secret: { text: "Password: ", value: "x", failed: "% Bad secrets" },
  });
  await using other = await openDouble(asks, { outputs: ["x"] });
  await fails(other, { command: "enable 7" }, /asks a password for privileged mode$/);
  assert.equal((await other.run("show output 0")).text, "x\n");
});

Deno.test("enterPrivileged() uses the caller's command", async () => {
  const other = withEnable(EOS, {
    match: /^enable 7$/,
    secret: { text: "Password: ", value: ENABLE_SECRET, failed: "% Bad secrets" },
  });
  await using device = await openDouble(other);
  const { exit } = await device.run("show version", {
    enable: { password: ENABLE_SECRET, command: "enable 7" },
  });
  assert.equal(exit?.mode, "privileged");
});

Deno.test("enterPrivileged() does nothing where there is no such mode, or no wish for it", async () => {
  await using junos = await openDouble(JUNOS);
  assert.equal((await junos.run("show version", { enable: ENABLE })).exit?.mode, "exec");
  await using ios = await openDouble(IOS);
  assert.equal(
    (await ios.run("show version", { enable: { command: "enable" } })).exit?.mode,
    "exec",
  );
});

Deno.test("enterPrivileged() is followed by the set-up that needs it", async () => {
  const quiet = withEnable(PROCURVE, {
    match: /^enable$/,
    secret: { text: "Password: ", value: ENABLE_SECRET, failed: "Access denied" },
  });
  await using device = await openDouble(quiet, { outputs: ["x"] });
  await device.run("show output 0", { enable: ENABLE });
  await device.run("show output 0", { enable: ENABLE });
  assert.deepEqual(typed(device), ["enable", "no page", "show output 0", "show output 0"]);
});

function withEnable(family: DoubleFamily, answer: DoubleAnswer): DoubleFamily {
  return { ...family, answers: [answer, ...family.answers] };
}

/** Lines typed at a prompt, without empty ones. */
function typed(device: DoubleSession): string[] {
  return device.channel.device.typed.filter((line) => line !== "");
}

/** Answers typed to questions for a secret. */
function secrets(device: DoubleSession): readonly string[] {
  return device.channel.device.secrets;
}

async function fails(
  device: DoubleSession,
  enable: { readonly password?: string; readonly command: string },
  message: RegExp,
): Promise<void> {
  await assert.rejects(device.run("show version", { enable }), (error: PrivilegeError) => {
    assert.ok(error instanceof PrivilegeError);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message + error.advice, /secret$|s3cret|not-the/);
    return true;
  });
}

/** VRP as it answers `super`: the prompt stays the same, a line says that it worked. */
const VRP_SUPER: DoubleFamily = {
  ...VRP,
  answers: [{
    match: /^super$/,
    secret: {
      text: " Password:",
      value: ENABLE_SECRET,
      failed: "Error: The password is incorrect.",
      passed: "Now user privilege is level 15, and only those commands can be used",
    },
  }, ...VRP.answers],
};

Deno.test("enterPrivileged() types VRP's own command, once", async () => {
  await using device = await openDouble(VRP_SUPER, { outputs: ["x"] });
  const enable = { password: ENABLE_SECRET, command: "enable" };
  for (let round = 0; round < 2; round++) {
    assert.equal((await device.run("show output 0", { enable })).text, "x\n");
  }
  assert.equal(device.channel.device.typed.filter((line) => line === "super").length, 1);
  assert.deepEqual(device.channel.device.secrets, [ENABLE_SECRET]);
});

Deno.test("enterPrivileged() reports VRP's refusal", async () => {
  await using device = await openDouble(VRP_SUPER);
  const enable = { password: "wrong", command: "enable" };
  await assert.rejects(device.run("display clock", { enable }), /refused the password/);
});

Deno.test("enterPrivileged() gives the user of the login where it is asked", async () => {
  const asks: DoubleFamily = {
    ...IOS,
    answers: [{
      match: /^enable$/,
      secret: {
        text: "Password: ",
        value: ENABLE_SECRET,
        failed: "% Bad secrets",
        user: "Username: ",
      },
    }, ...IOS.answers],
  };
  await using device = await openDouble(asks, {
    outputs: ["x"],
    open: { credentials: { user: "admin" } },
  });
  const enable = { password: ENABLE_SECRET, command: "enable" };
  const { exit } = await device.run("show output 0", { enable });
  assert.equal(exit?.mode, "privileged");
  assert.deepEqual(device.channel.device.secrets, ["admin", ENABLE_SECRET]);
});
