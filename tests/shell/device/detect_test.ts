import assert from "node:assert/strict";
import {
  classify,
  endsLikeGluedPrompt,
  endsLikePrompt,
  narrowProfiles,
  promptLooksLikeDevice,
  promptLooksLikeUnix,
} from "../../../src/shell/device/detect.ts";
import { BUILT_IN_PROFILES } from "../../../src/shell/device/profiles/built_in_profiles.ts";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";

const IDENTS = [
  ["SSH-2.0-Cisco-1.25", "ios"],
  ["SSH-2.0-Cisco-2.0", "iosxr"],
  ["SSH-2.0-ROSSSH", "routeros"],
  ["SSH-2.0-Mocana SSH 6.3", "procurve"],
  ["SSH-2.0-HUAWEI-1.5", "vrp"],
  ["SSH-2.0--", "vrp"],
  ["SSH-2.0-Comware-7.1.070", "comware"],
] as const;

for (const [ident, profile] of IDENTS) {
  Deno.test(`classify() knows ${ident}`, () => {
    assert.deepEqual(classify({ ident, banner: "" }), { kind: "device", profile });
  });
}

Deno.test("classify() decides nothing by words", () => {
  const words = [
    "Helios cluster > # ios junos",
    "Cisco IOS Software, Version 15.2",
    "JUNOS 21.4\nuser@host> ",
    "MikroTik RouterOS 6.49",
    "edge-r1#",
  ];
  const idents = ["SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-dropbear_2022.83", "SSH-2.0-Go", "SSH-1.99-x"];
  for (const ident of idents) {
    for (const banner of words) {
      const verdict = classify({ ident, banner, firstOutput: banner });
      assert.deepEqual(verdict, { kind: "unknown" }, `${ident} ${banner}`);
    }
  }
});

Deno.test("promptLooksLikeDevice() tells device prompts from Unix ones", () => {
  const devices = [
    "R1>",
    "R1#",
    "edge-r1(config-router)#",
    "RP/0/RP0/CPU0:xr1#",
    "admin@mx1> ",
    "[admin@MikroTik] > ",
    "[admin@My Router] /ip address> ",
    "<HUAWEI>",
    "[~HUAWEI-GE0/0/1]",
    "HRP_M<fw>",
    "FGT # ",
    "FGT (interface) # ",
    "(EdgeSwitch) >",
    "* (Slot-1) x460.7 # ",
    "*A:sr1>config>router# ",
    "A:admin@sr1# ",
    "bird> ",
    "fw/ctx#",
    "TEST-12345# ",
    "AP07-PT-9508-01# ",
    "sw-test-desk-1# ",
    "n9k-109# ",
  ];
  const unix = [
    "$ ",
    "# ",
    "user@host:~$ ",
    "[root@web1 ~]# ",
    "root@web1:/srv# ",
    "sh-5.2$ ",
    "bash-5.2# ",
    "% ",
  ];
  for (const line of devices) {
    assert.ok(promptLooksLikeDevice(line), line);
    assert.ok(!promptLooksLikeUnix(line), line);
  }
  for (const line of unix) {
    assert.ok(!promptLooksLikeDevice(line), line);
    assert.ok(promptLooksLikeUnix(line), line);
  }
});

Deno.test("endsLikePrompt() takes the bare prompts of consoles, no sentence and no interpreter", () => {
  for (const line of ["> ", "->", "racadm>>", "</>hpiLO-> "]) assert.ok(endsLikePrompt(line), line);
  for (const line of ["$ ", "mysql> ", "Your name> ", "name: ", "=> ", "u@h:/srv> "]) {
    assert.ok(!endsLikePrompt(line), line);
  }
});

Deno.test("narrowProfiles() goes by ident, then the product's banner, then the prompt", () => {
  const table = new ProfileTable();
  const ids = (ident: string, firstOutput: string, prompt: string): string[] =>
    narrowProfiles(table, { ident, banner: "", firstOutput, prompt }).map(({ id }) => id);
  assert.deepEqual(ids("SSH-2.0-Cisco-1.25", "", "R1>"), ["ios", "asa"]);
  assert.deepEqual(ids("SSH-2.0-x", "Hello, this is FRRouting (version 8.4.4).", "r1> "), ["frr"]);
  assert.deepEqual(ids("SSH-2.0-x", "", "RP/0/RP0/CPU0:r1#"), ["iosxr"]);
  assert.deepEqual(ids("SSH-2.0-x", "", "<sw1>"), ["vrp", "comware"]);
  assert.deepEqual(ids("SSH-2.0-x", "", "A:admin@sr1# "), ["sros-md"]);
  assert.ok(ids("SSH-2.0-x", "our Arista rack, Cisco IOS too", "r1#").includes("ios"));
  assert.ok(ids("SSH-2.0-x", "our Arista rack, Cisco IOS too", "r1#").length > 3);
});

Deno.test("narrowProfiles() leaves ERS and ProCurve, which share a server", () => {
  const table = new ProfileTable();
  const known = { ident: "SSH-2.0-Mocana SSH 6.3", banner: "", prompt: "sw1#" };
  const left = narrowProfiles(table, known).map(({ id }) => id);
  assert.ok(left.includes("voss") && left.includes("procurve"), left.join(" "));
});

Deno.test("the profile table has a row for each family of the facts, and generic", () => {
  const ids = new Set(BUILT_IN_PROFILES.map(({ id }) => id));
  assert.equal(ids.size, BUILT_IN_PROFILES.length);
  const families = "ios nxos asa iosxr eos junos routeros procurve aoscx vrp comware fortios " +
    "panos os10 vyos edgeswitch frr exos voss sros sros-md bird generic";
  for (const id of families.split(" ")) assert.ok(ids.has(id), id);
});

Deno.test("endsLikeGluedPrompt() takes a prompt behind a banner, and no question", () => {
  const glued = [
    "*** edge-r1: authorised access only # not a prompt>edge-r1> ",
    "authorised users onlyedge-r1> ",
    "Welcome to the lab. All use is logged.sw-1#",
  ];
  const asking = ["Your name> ", "Select [1-4]> ", "Proceed? > ", "edge-r1> ", "a table  >   "];
  for (const line of glued) assert.ok(endsLikeGluedPrompt(line), line);
  for (const line of asking) assert.ok(!endsLikeGluedPrompt(line), line);
});

Deno.test("no built-in family claims the SSH identification of OpenSSH or dropbear", () => {
  const everywhere = ["OpenSSH_9.2p1 Debian-2+deb12u7", "OpenSSH_7.4", "dropbear_2022.83"];
  const claimed = new ProfileTable().profiles.filter(({ detect }) =>
    everywhere.some((software) => detect.ident?.test(software))
  );
  assert.deepEqual(claimed, []);
});

Deno.test("endsLikeGluedPrompt() takes no prompt of a Unix shell for a banner and a prompt", () => {
  assert.ok(endsLikeGluedPrompt("staff only>r1> "));
  for (const line of ["user@vm ~> ", "root@vm /srv/app# ", "[user@host ~]$ "]) {
    assert.ok(!endsLikeGluedPrompt(line), line);
  }
});
