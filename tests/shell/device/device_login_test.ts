import assert from "node:assert/strict";
import { describedFamily, DEVICE_DESCRIPTIONS } from "../../support/device_description.ts";
import { openDouble } from "../../support/device_session.ts";
import type { DoubleFamily } from "../../support/double_family.ts";
import { IOS, NXOS } from "../../support/ios_doubles.ts";

for (
  const [text, keys, answer, kind] of [
    ["Accept the new terms of use? [Y/N]: ", ["y"], "y\r", "yes-no"],
    ["Do you acknowledge the above statement? [y/n]: ", ["y"], "y\r", "yes-no"],
    ["Type YES/NO to accept or decline: ", ["\r"], "YES\r", "yes-no"],
    ["Username: ", ["\r"], "admin\r", "text"],
    ["User:", ["\r"], "admin\r", "text"],
    ["User Name:", ["\r"], "admin\r", "text"],
    ["login: ", ["\r"], "admin\r", "text"],
    ["Tacacs password: ", ["\r"], "pw\r", "password"],
  ] as const
) {
  Deno.test(`openDevice() returns "${text.trim()}" at login, and finds the family behind it`, async () => {
    for (const seed of [1, 2, 3]) {
      const asks: DoubleFamily = {
        ...NXOS,
        ident: "OpenSSH_8.4",
        greeting: "Authorised use only.\r\n",
        doorstep: { text, keys },
      };
      await using device = await openDouble(asks, { seed, outputs: ["x\ny"] });
      assert.deepEqual([device.shell.facts.shellKind, device.shell.facts.isUndecided], [
        "starting",
        true,
      ]);
      assert.deepEqual(device.channel.device.typed, []);
      const first = await device.run("show output 0", {}, [answer]);
      const question = first.events.find((event) => event.kind === "question")?.question;
      assert.deepEqual([question?.kind, question?.text], [kind, text]);
      assert.match(first.text, /^Authorised use only\.\n[^]*x\ny\n$/);
      assert.equal(device.shell.facts.shellKind, "nxos");
      assert.equal((await device.run("show output 0")).text, "x\ny\n");
      assert.ok(device.channel.device.typed.every((line) => !/uname|echo|sh\b/.test(line)));
    }
  });
}

Deno.test("openDevice() leaves a login question alone until it is answered, and asks a second one", async () => {
  let asked = 0;
  const asks: DoubleFamily = { ...NXOS, ident: "acme", doorstep: { text: "User:", keys: ["\r"] } };
  await using device = await openDouble(asks, { outputs: ["x"] });
  await device.clock.run(new Promise((resolve) => device.clock.after(600_000, () => resolve(0))));
  assert.deepEqual(device.channel.device.typed, []);
  const events = device.shell.execute("show output 0");
  const work = (async () => {
    let text = "";
    for await (const event of events) {
      if (event.kind === "output") text += event.text;
      if (event.kind !== "question") continue;
      // The name alone, then Enter by itself.
      asked++;
      await device.shell.type(asked === 1 ? "adm" : "in\r");
      if (asked === 1) await device.shell.type("\r");
    }
    return text;
  })();
  assert.match(await device.clock.run(work), /x\n$/);
});

Deno.test("openDevice() gives a known family the user and password that it asks once more", async () => {
  const wlc: DoubleFamily = {
    ...IOS,
    ident: "CISCO_WLC",
    doorstep: { text: "User:", keys: ["\r"] },
    prompt: () => ({ line: "(Cisco Controller) >", header: "" }),
  };
  const open = { credentials: { user: "admin", password: "pw" } };
  await using device = await openDouble(wlc, { outputs: ["x"], open });
  assert.equal(device.shell.facts.shellKind, "wlc");
  assert.equal((await device.run("show output 0")).text, "x\n");
  const other = { ...wlc, ident: "OpenSSH_8.0" };
  await using unknown = await openDouble(other, { open, outputs: ["x"] });
  assert.deepEqual(unknown.channel.device.typed, []);
  assert.match((await unknown.run("show output 0", {}, ["admin\r"])).text, /x\n$/);
});

Deno.test("openDevice() types no empty line at a menu that takes it for a logout", async () => {
  const description = DEVICE_DESCRIPTIONS.find(({ name }) => name === "pfsense_27")!;
  const menu = describedFamily(description);
  const family: DoubleFamily = {
    ...menu,
    greeting: "Last login: Fri Mar  7 10:11:12 2025 from 192.0.2.7\r\n",
    prompt: (state) =>
      state.level === "exec"
        ? menu.prompt(state)
        : { line: "[2.7.2-RELEASE][admin@fw1.example]/root: ", header: "" },
    answers: [
      { match: /^8$/, become: () => ({ level: "privileged" }) },
      { match: /^exit$/, become: () => ({ level: "exec" }) },
      { match: /^Enter an option:$/, body: () => "Enter an option: \nor not" },
    ],
  };
  for (const seed of [1, 2, 3]) {
    await using device = await openDouble(family, {
      seed,
      outputs: ["a\n\nb"],
      longestDelayMs: 200,
    });
    assert.equal(device.shell.facts.shellKind, "pfsense");
    assert.equal((await device.run("show output 0")).text, "a\n\nb\n");
    assert.equal((await device.run("Enter an option:")).text, "Enter an option: \nor not\n");
    assert.equal((await device.run("8")).text, "");
    assert.equal((await device.run("show output 0")).text, "a\n\nb\n");
    assert.equal((await device.run("exit")).text, "");
    const { typed } = device.channel.device;
    assert.deepEqual(typed.filter((line) => line === ""), [], typed.join("|"));
  }
});
