import { buildProfile, EMPTY_PROFILE } from "./build_profile.ts";
import acs from "./families/acs.json" with { type: "json" };
import aoscx from "./families/aoscx.json" with { type: "json" };
import arubaos from "./families/arubaos.json" with { type: "json" };
import asa from "./families/asa.json" with { type: "json" };
import awplus from "./families/awplus.json" with { type: "json" };
import bird from "./families/bird.json" with { type: "json" };
import comware from "./families/comware.json" with { type: "json" };
import edgecore from "./families/edgecore.json" with { type: "json" };
import edgeos from "./families/edgeos.json" with { type: "json" };
import edgeswitch from "./families/edgeswitch.json" with { type: "json" };
import eos from "./families/eos.json" with { type: "json" };
import exos from "./families/exos.json" with { type: "json" };
import fastiron from "./families/fastiron.json" with { type: "json" };
import fortios from "./families/fortios.json" with { type: "json" };
import frr from "./families/frr.json" with { type: "json" };
import ftos from "./families/ftos.json" with { type: "json" };
import gaia from "./families/gaia.json" with { type: "json" };
import generic from "./families/generic.json" with { type: "json" };
import ios from "./families/ios.json" with { type: "json" };
import iosxr from "./families/iosxr.json" with { type: "json" };
import junos from "./families/junos.json" with { type: "json" };
import mlnxos from "./families/mlnxos.json" with { type: "json" };
import nxos from "./families/nxos.json" with { type: "json" };
import os10 from "./families/os10.json" with { type: "json" };
import os6 from "./families/os6.json" with { type: "json" };
import panos from "./families/panos.json" with { type: "json" };
import pfsense from "./families/pfsense.json" with { type: "json" };
import procurve from "./families/procurve.json" with { type: "json" };
import roap from "./families/roap.json" with { type: "json" };
import routeros from "./families/routeros.json" with { type: "json" };
import s300 from "./families/s300.json" with { type: "json" };
import saos from "./families/saos.json" with { type: "json" };
import screenos from "./families/screenos.json" with { type: "json" };
import sfos from "./families/sfos.json" with { type: "json" };
import slc from "./families/slc.json" with { type: "json" };
import srlinux from "./families/srlinux.json" with { type: "json" };
import sros from "./families/sros.json" with { type: "json" };
import srosMd from "./families/sros_md.json" with { type: "json" };
import tmos from "./families/tmos.json" with { type: "json" };
import ucs from "./families/ucs.json" with { type: "json" };
import voss from "./families/voss.json" with { type: "json" };
import vrp from "./families/vrp.json" with { type: "json" };
import vyos from "./families/vyos.json" with { type: "json" };
import wlc from "./families/wlc.json" with { type: "json" };
import zxros from "./families/zxros.json" with { type: "json" };
import type { DeviceProfile } from "./profile.ts";
import { type ProfileFile, profileSchema } from "./profile_schema.ts";

/** In the order in which detection prefers them where nothing else decides. */
const FILES: readonly unknown[] = [
  ios,
  nxos,
  asa,
  iosxr,
  eos,
  os10,
  frr,
  edgeswitch,
  wlc,
  s300,
  ucs,
  arubaos,
  awplus,
  fastiron,
  mlnxos,
  ftos,
  os6,
  edgecore,
  zxros,
  roap,
  procurve,
  voss,
  aoscx,
  junos,
  panos,
  routeros,
  vrp,
  comware,
  fortios,
  edgeos,
  vyos,
  exos,
  sros,
  srosMd,
  srlinux,
  gaia,
  tmos,
  saos,
  screenos,
  bird,
  acs,
  slc,
  sfos,
  pfsense,
  generic,
];

/**
 * The built-in families, `generic` among them and last.
 *
 * Each is a file of an operator's own form; the files come with the program.
 */
export const BUILT_IN_PROFILES: readonly DeviceProfile[] = loadAll(FILES);

function loadAll(contents: readonly unknown[]): readonly DeviceProfile[] {
  const files = new Map(contents.map((content) => {
    const file = profileSchema.parse(content);
    return [file.id, file] as const;
  }));
  const built = new Map<string, DeviceProfile>();
  return [...files.values()].map((file) => build(file, files, built));
}

function build(
  file: ProfileFile,
  files: ReadonlyMap<string, ProfileFile>,
  built: Map<string, DeviceProfile>,
): DeviceProfile {
  const known = built.get(file.id);
  if (known !== undefined) return known;
  const base = file.extends === undefined
    ? EMPTY_PROFILE
    : build(files.get(file.extends)!, files, built);
  const { profile } = buildProfile(file, base, { areTrusted: true });
  built.set(file.id, profile);
  return profile;
}
