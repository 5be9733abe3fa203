import assert from "node:assert/strict";
import { ProfileTable } from "../../../src/shell/device/profiles/profile_table.ts";
import {
  learnPrompt,
  readPrompt,
  recognisePrompt,
  relearn,
  sameHost,
} from "../../../src/shell/device/prompt.ts";

const table = new ProfileTable();

const READINGS: readonly (readonly [profile: string, line: string, host: string, mode: string])[] =
  [
    ["ios", "R1>", "R1", "exec"],
    ["ios", "R1#", "R1", "privileged"],
    ["ios", "R1(config-if)#", "R1", "config-if"],
    ["nxos", "sw1(maint-mode)#", "sw1", "maint-mode"],
    ["asa", "fw/ctx1#", "fw/ctx1", "privileged"],
    ["iosxr", "RP/0/RP0/CPU0:xr1(config-if)#", "RP/0/RP0/CPU0:xr1", "config-if"],
    ["eos", "leaf1(s1)#", "leaf1", "s1"],
    ["junos", "admin@mx1> ", "mx1", "exec"],
    ["junos", "admin@mx1# ", "mx1", "config"],
    ["routeros", "[admin@My Router] /ip address> ", "My Router", "/ip address"],
    ["routeros", "[admin@MikroTik] <SAFE> ", "MikroTik", "privileged"],
    ["procurve", "SW-1(vlan-10)# ", "SW-1", "vlan-10"],
    ["vrp", "<core-1>", "core-1", "exec"],
    ["vrp", "[*core-1]", "core-1", "config"],
    ["comware", "RBM_P<fw1>", "fw1", "exec"],
    ["fortios", "FGT-1 # ", "FGT-1", "privileged"],
    ["fortios", "FGT-1 (interface) $ ", "FGT-1", "interface"],
    ["panos", "admin@fw1(active)> ", "fw1", "exec"],
    ["vyos", "vyos@r1:~$ ", "r1", "exec"],
    ["edgeswitch", "(SW 1) (Config)#", "SW 1", "Config"],
    ["exos", "* (pending-AAA) Slot-1 x460.12 # ", "x460", "privileged"],
    ["voss", "VSP-1:1>", "VSP-1", "exec"],
    ["sros", "*A:sr1>config>router# ", "sr1", "config>router"],
    ["sros-md", "A:admin@sr1# ", "sr1", "privileged"],
    ["bird", "bird> ", "bird", "privileged"],
  ];

for (const [profile, line, host, mode] of READINGS) {
  Deno.test(`readPrompt() reads "${line}" as ${profile}`, () => {
    const prompt = readPrompt(line, table.get(profile));
    assert.deepEqual([prompt?.host, prompt?.mode], [host, mode]);
    assert.equal(readPrompt(`x ${line} y`, table.get(profile)), undefined);
  });
}

Deno.test("recognisePrompt() takes the host's own prompts and no other line's beginning", () => {
  const ios = table.get("ios");
  const learned = learnPrompt("edge-r1#", ios, { header: [] });
  const kinds = (line: string): string | undefined => recognisePrompt(line, learned, ios)?.kind;
  assert.equal(kinds("edge-r1#"), "own");
  assert.equal(kinds("edge-r1>"), "own");
  assert.equal(kinds("edge-r1(config-router)#"), "own");
  assert.equal(kinds("edge-r1# "), undefined);
  assert.equal(kinds("edge-r2#"), "stranger");
  for (const line of ["edge-r1", "edge-r1#x", " edge-r1#", "hostname edge-r1>x", "# edge-r1 #"]) {
    assert.equal(kinds(line), undefined, line);
  }
});

Deno.test("recognisePrompt() tells VRP's views from other names in brackets", () => {
  const vrp = table.get("vrp");
  const learned = learnPrompt("<core-1>", vrp, { header: [] });
  const view = recognisePrompt("[~core-1-GigabitEthernet0/0/1]", learned, vrp);
  assert.deepEqual([view?.kind, view?.prompt.mode], ["own", "GigabitEthernet0/0/1"]);
  assert.equal(recognisePrompt("[V200R003C00]", learned, vrp)?.kind, "stranger");
});

Deno.test("recognisePrompt() lets an unknown box change the end of its prompt", () => {
  const { generic } = table;
  const learned = learnPrompt("box one:=> ", generic, { header: [] });
  assert.equal(recognisePrompt("box one:=> ", learned, generic)?.kind, "own");
  assert.equal(recognisePrompt("box one:=# ", learned, generic)?.kind, "own");
  const mode = recognisePrompt("box one:=(cfg)# ", learned, generic);
  assert.deepEqual([mode?.kind, mode?.prompt.mode], ["own", "cfg"]);
  assert.equal(recognisePrompt("box two:=> ", learned, generic), undefined);
  const inside = relearn(learned, mode!.prompt);
  assert.equal(recognisePrompt("box one:=> ", inside, generic)?.kind, "own");
  assert.equal(recognisePrompt("box one:=(cfg-if)# ", inside, generic)?.kind, "own");
});

Deno.test("relearn() follows a new host and knows the one before", () => {
  const ios = table.get("ios");
  const first = learnPrompt("a-router-with-a-long-name#", ios, { header: [] });
  const cut = relearn(first, readPrompt("a-router-with-a-long(config)#", ios)!);
  assert.equal(cut.host, "a-router-with-a-long-name");
  const other = relearn(first, readPrompt("R2#", ios)!);
  assert.equal(other.host, "R2");
  assert.equal(recognisePrompt("a-router-with-a-long-name#", other, ios)?.kind, "own");
});

Deno.test("sameHost() allows a cut only in long names", () => {
  assert.ok(sameHost("core", "core"));
  assert.ok(!sameHost("core", "core-sw1"));
  assert.ok(sameHost("a-router-with-a-long", "a-router-with-a-long-name"));
});
