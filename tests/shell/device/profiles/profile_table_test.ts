import assert from "node:assert/strict";
import { InputError } from "../../../../src/errors.ts";
import { ProfileTable } from "../../../../src/shell/device/profiles/profile_table.ts";
import { FAMILY_FILES } from "../../../support/family_files.ts";

const table = new ProfileTable();

/** Names that netmiko, scrapli, NAPALM, Oxidized and Ansible have for the families. */
const NAMES: Readonly<Record<string, string>> = {
  ios: "cisco_ios cisco_xe cisco_iosxe cisco.ios.ios",
  nxos: "cisco_nxos nxos_ssh cisco.nxos.nxos",
  iosxr: "cisco_xr cisco_iosxr cisco.iosxr.iosxr",
  asa: "cisco_asa cisco.asa.asa",
  wlc: "cisco_wlc aireos community.network.aireos",
  s300: "cisco_s300",
  eos: "arista_eos arista.eos.eos",
  junos: "juniper juniper_junos junipernetworks.junos.junos",
  screenos: "juniper_screenos screenos",
  routeros: "mikrotik_routeros ros community.routeros.routeros",
  vrp: "huawei huawei_vrp huawei_vrpv8 ce",
  comware: "hp_comware",
  procurve: "hp_procurve aruba_osswitch aruba_procurve",
  arubaos: "aruba_os aosw",
  aoscx: "aruba_aoscx",
  fortios: "fortinet fortigate",
  panos: "paloalto_panos",
  os10: "dell_os10",
  os6: "dell_os6 dell_powerconnect powerconnect",
  ftos: "dell_force10 dell_os9 ftos",
  vyos: "vyatta vyos.vyos.vyos vyatta_vyos",
  edgeos: "ubiquiti_edgerouter edgeos",
  edgeswitch: "ubiquiti_edgeswitch ubiquiti_edge",
  exos: "extreme_exos xos",
  voss: "extreme_ers extreme_vsp voss",
  sros: "nokia_sros alcatel_sros timos",
  srlinux: "nokia_srl nokia_srlinux",
  fastiron: "ruckus_fastiron brocade_fastiron ironware",
  mlnxos: "mellanox_mlnxos onyx mlnxos",
  awplus: "allied_telesis_awplus awplus",
  gaia: "checkpoint_gaia gaiaos",
  tmos: "f5_tmsh f5_ltm tmos",
  saos: "ciena_saos saos",
  zxros: "zte_zxros",
  roap: "raisecom_roap",
  sfos: "sophos_sfos",
  frr: "frrouting frr.frr.frr",
};

Deno.test("ProfileTable.get() takes the names of other tools", () => {
  for (const [id, names] of Object.entries(NAMES)) {
    for (const name of names.split(" ")) assert.equal(table.get(name).id, id, name);
  }
});

Deno.test("ProfileTable.get() names the nearest of an unknown name", () => {
  const nearest = (name: string): string => {
    try {
      return table.get(name).id;
    } catch (error) {
      assert.ok(error instanceof InputError);
      return /nearest names are ([^;]*);/.exec(error.advice)![1]!;
    }
  };
  assert.match(nearest("cisco_nexos"), /nxos/);
  assert.match(nearest("junipr"), /juniper/);
  assert.match(nearest("mikrotk"), /mikrotik/);
  assert.match(nearest("x".repeat(100_000)), /,/);
});

Deno.test("no two families share a name", () => {
  const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, "");
  const owners = new Map<string, string>();
  for (const { id, aliases } of table.profiles) {
    for (const name of new Set([id, ...aliases].map(plain))) {
      assert.equal(owners.get(name), undefined, `${name} of ${id}`);
      owners.set(name, id);
    }
  }
});

Deno.test("each family names the public source of its values, except those started by tests", () => {
  const without = FAMILY_FILES.filter(({ file }) => file.sources === undefined);
  assert.deepEqual(without.map(({ file }) => file.id), ["bird", "generic"]);
});

Deno.test("ProfileTable.asLogin() gives RouterOS its terminal's size, once", () => {
  const named = { user: "admin", deviceType: "mikrotik_routeros" };
  assert.equal(table.asLogin(named).user, "admin+ct511w511h");
  const own = { ...named, user: "admin+c" };
  for (const host of [own, { user: "admin" }, { user: "a", deviceType: "ios" }]) {
    assert.equal(table.asLogin(host), host);
  }
  assert.equal(table.asLogin({ user: "a", deviceType: "toaster" }).user, "a");
});
