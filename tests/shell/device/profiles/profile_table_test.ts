import assert from "node:assert/strict";
import { InputError } from "../../../../src/errors.ts";
import { ProfileTable } from "../../../../src/shell/device/profiles/profile_table.ts";
import { FAMILY_FILES } from "../../../support/family_files.ts";

const table = new ProfileTable();

/**
 * Names that other tools have for the families, by tool: netmiko's ssh_dispatcher.py, scrapli and
 * scrapli-community, NAPALM's drivers, Oxidized's models and Ansible's ansible_network_os.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  netmiko: [
    "ios cisco_ios cisco_xe cisco_ios_ssh, nxos cisco_nxos, iosxr cisco_xr, asa cisco_asa cisco_ftd",
    "wlc cisco_wlc cisco_wlc_ssh, s300 cisco_s200 cisco_s300, eos arista_eos",
    "junos juniper juniper_junos, screenos juniper_screenos, routeros mikrotik_routeros",
    "vrp huawei huawei_vrp huawei_vrpv8 huawei_smartax, comware hp_comware",
    "procurve hp_procurve aruba_procurve aruba_osswitch, arubaos aruba_os, aoscx aruba_aoscx",
    "fortios fortinet, panos paloalto_panos, os10 dell_os10, os6 dell_os6 dell_powerconnect",
    "ftos dell_force10 dell_os9 dell_dnos9, vyos vyos vyatta_vyos brocade_vyos",
    "edgeos ubiquiti_edgerouter, edgeswitch ubiquiti_edge ubiquiti_edgeswitch ubiquiti_unifiswitch",
    "exos extreme extreme_exos, voss extreme_ers extreme_vsp avaya_ers avaya_vsp",
    "sros nokia_sros alcatel_sros, srlinux nokia_srl, fastiron ruckus_fastiron brocade_fastiron",
    "fastiron brocade_netiron extreme_netiron, mlnxos mellanox mellanox_mlnxos",
    "awplus allied_telesis_awplus, gaia checkpoint_gaia, tmos f5_tmsh f5_ltm, saos ciena_saos",
    "zxros zte_zxros, roap raisecom_roap, sfos sophos_sfos",
    "generic generic_termserver terminal_server autodetect",
  ],
  scrapli: [
    "ios cisco_iosxe, nxos cisco_nxos, iosxr cisco_iosxr, eos arista_eos, junos juniper_junos",
    "wlc cisco_aireos, s300 cisco_cbs, edgecore edgecore_ecs, comware hp_comware, vrp huawei_vrp",
    "routeros mikrotik_routeros, srlinux nokia_srlinux, sros nokia_sros, panos paloalto_panos",
    "fastiron ruckus_fastiron, vyos vyos_vyos, aoscx aruba_aoscx",
  ],
  napalm: [
    "ios ios, nxos nxos nxos_ssh, iosxr iosxr, eos eos, junos junos, asa asa, routeros ros",
    "panos panos, fortios fortios, procurve procurve, sros sros, vyos vyos, s300 s350, vrp ce",
  ],
  oxidized: [
    "ios ios iosxe, nxos nxos, iosxr iosxr, asa asa, wlc aireos, s300 ciscosmb, eos eos",
    "junos junos, screenos screenos, routeros routeros, vrp vrp, comware comware",
    "procurve procurve, arubaos aosw, aoscx aoscx, fortios fortios, panos panos, ftos ftos dnos",
    "os10 os10, os6 powerconnect, vyos vyatta, edgeos edgeos, edgeswitch edgeswitch, exos xos",
    "voss voss boss, sros timos, sros-md srosmd, fastiron ironware, mlnxos mlnxos, awplus awplus",
    "gaia gaiaos, tmos tmos, saos saos, zxros zteolt, ucs ucs, pfsense pfsense opnsense",
  ],
  ansible: [
    "ios cisco.ios.ios ios, nxos cisco.nxos.nxos, iosxr cisco.iosxr.iosxr, asa cisco.asa.asa",
    "eos arista.eos.eos, junos junipernetworks.junos.junos, vyos vyos.vyos.vyos, frr frr.frr.frr",
    "routeros community.routeros.routeros, wlc community.network.aireos, vrp community.network.ce",
    "edgeos community.network.edgeos, edgeswitch community.network.edgeswitch",
    "exos community.network.exos, voss community.network.voss, sros community.network.sros",
    "sros nokia.sros.classic, sros-md nokia.sros.md, saos ciena.saos6.saos6",
    "fastiron community.network.icx community.network.ironware commscope.icx.icx",
    "os10 dellemc.os10.os10 dellos10, ftos dellemc.os9.os9 dellos9, os6 dellemc.os6.os6 dellos6",
    "mlnxos mellanox.onyx.onyx, aoscx arubanetworks.aoscx.aoscx",
    "procurve arubanetworks.aos_switch.arubaoss, awplus alliedtelesis.awplus.awplus",
    "fortios fortinet.fortios.fortios",
  ],
};

Deno.test("ProfileTable.get() takes the names of other tools", () => {
  for (const [tool, lines] of Object.entries(NAMES)) {
    for (const words of lines.join(", ").split(", ")) {
      const [id, ...names] = words.split(" ");
      for (const name of names) assert.equal(table.get(name).id, id, `${name} of ${tool}`);
    }
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
