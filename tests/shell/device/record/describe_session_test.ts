import assert from "node:assert/strict";
import { ProfileTable } from "../../../../src/shell/device/profiles/profile_table.ts";
import {
  describeSession,
  type RecordedCommand,
} from "../../../../src/shell/device/record/describe_session.ts";
import { Replacements } from "../../../../src/shell/device/record/replacements.ts";
import { Tape } from "../../../../src/shell/device/record/tape.ts";
import { replayTranscript } from "../../../../src/shell/device/replay.ts";
import {
  describedFamily,
  DEVICE_DESCRIPTIONS,
  type DeviceDescription,
  parseDescription,
} from "../../../support/device_description.ts";
import { DOUBLE_FAMILIES } from "../../../support/device_families.ts";
import { openDouble } from "../../../support/device_session.ts";
import type { DoubleFamily } from "../../../support/double_family.ts";

const table = new ProfileTable();
const OUTPUTS = [
  "a\n\nb\n c \nd\ne\nf",
  Array.from({ length: 30 }, (_, row) => row % 4 === 0 ? "!" : `  row ${row} #`).join("\n"),
];
const NAMES = { host: "core-sw1", user: "bob", secrets: ["hunter2"] };

/** The output of `profile record` for a double. */
async function recorded(family: DoubleFamily, host = "edge-r1"): Promise<DeviceDescription> {
  const tape = new Tape();
  const profile = table.get(family.id);
  await using device = await openDouble(family, {
    host,
    outputs: OUTPUTS,
    open: { tape, profile: profile.id, profiles: new ProfileTable([{ ...profile, setup: [] }]) },
  });
  const loginEnd = tape.exchanges.length;
  const commands: RecordedCommand[] = [];
  for (const command of [profile.detect.probe, "show output 1", "bogus words", "show output 0"]) {
    const from = tape.exchanges.length;
    const { text, exit } = await device.run(command);
    const { mode = "", deviceError } = exit!;
    commands.push({ command, output: text, mode, deviceError, from });
  }
  const { exchanges } = tape;
  const ident = `SSH-2.0-${family.ident}`;
  const session = { profile, ident, user: "bob", secrets: [], exchanges, loginEnd, commands };
  return parseDescription(JSON.parse(JSON.stringify(describeSession(session))), family.id);
}

const RECORDED = DEVICE_DESCRIPTIONS.filter((_, index) => index % 4 === 0).map((description) => ({
  family: describedFamily(description),
  host: description.host,
  name: description.name,
}));
const DOUBLES = DOUBLE_FAMILIES.map((family) => ({ family, host: "edge-r1", name: family.id }));

for (const { family, host, name } of [...RECORDED, ...DOUBLES]) {
  Deno.test(`describeSession() describes ${name} so that it can be replayed`, async () => {
    const description = await recorded(family, host);
    assert.deepEqual([description.pagers, description.echo], [[family.pager], family.echo]);
    for (const paging of ["off", "stubborn"] as const) {
      await using device = await openDouble(describedFamily(description), {
        host: description.host,
        outputs: description.outputs,
        paging,
      });
      assert.equal(device.shell.facts.shellKind, family.id);
      for (const [number, output] of description.outputs.entries()) {
        const { text } = await device.run(`show output ${number}`);
        assert.equal(text, `${output}\n`, `output ${number}`);
      }
    }
    const bytes = description.session!.map(({ got }) => got).join("");
    const replay = replayTranscript(table.get(family.id), bytes);
    const shown = replay.commands.find(({ command }) => command === "show output 1");
    if (family.echo === "plain") assert.equal(shown?.output, `${description.outputs[1]}\n`);
  });
}

Deno.test("Replacements.apply() replaces what tells of a network, and keeps its columns", () => {
  const telling = [
    "interface 10.1.2.3/24 via 192.168.100.7, core-sw1 0011.2233.4455 00:1A:2b:3c:4d:5e",
    "ipv6 2001:db8:77::1 fe80::1a2b:3cff:fe4d:5e6f",
    "enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0",
    "username alice privilege 15 password 7 0822455D0A16",
    "snmp-server community Sup3r RO 12",
    "tacacs-server key 7 141B13091F",
    "Processor board ID FDO1234A5B6",
    "crypto isakmp key Kees9!x address 10.1.2.3",
    "  30820122 300D0609 2A864886 F70D0101",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ bob@lab.example.net",
    '"psk": "Winter2024"',
  ].join("\n");
  const shown = new Replacements(NAMES).apply(telling);
  for (
    const word of [
      ...["10.1.2.3", "192.168.100.7", "core-sw1", "0011.2233.4455", "00:1A:2b:3c:4d:5e"],
      ...["2001:db8:77::1", "fe80::1a2b", "mERr", "hx5r", "alice", "0822455D0A16", "Sup3r"],
      ...["141B13091F", "FDO1234A5B6", "Kees9", "300D0609", "AAAAB3Nz", "bob", "example.net"],
      "Winter2024",
    ]
  ) assert.ok(!shown.includes(word), `${word} in\n${shown}`);
  const widths = (text: string): number[] => text.split("\n").map((row) => row.length);
  assert.deepEqual(widths(shown).toSpliced(9, 1), widths(telling).toSpliced(9, 1));
});

Deno.test("Replacements.apply() gives the same text the same replacement, and keeps masks", () => {
  const replacements = new Replacements(NAMES);
  const kept =
    "mask 255.255.255.0 wildcard 0.0.0.255 any 0.0.0.0 lo 127.0.0.1 at 10:11:12 Gi1/0/10";
  assert.equal(replacements.apply(kept), kept);
  const [first, second] = [1, 2].map(() => replacements.apply("via 10.1.2.3"));
  assert.equal(first, second);
  assert.notEqual(first, "via 10.1.2.3");
  assert.equal(replacements.apply("hunter2\r"), "secret\r");
  assert.equal(
    replacements.apply("The password needs to be changed. Change now? [Y/N]: "),
    "The password needs to be changed. Change now? [Y/N]: ",
  );
});

Deno.test("Replacements.host leaves the parts of a prompt that detection needs", () => {
  const hostOf = (host: string): string => new Replacements({ ...NAMES, host }).host;
  assert.equal(hostOf("RP/0/RP0/CPU0:berlin7"), "RP/0/RP0/CPU0:device-");
  assert.equal(hostOf("Cisco Controller"), "Cisco Controller");
});
