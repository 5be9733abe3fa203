import type { DoubleFamily } from "./double_family.ts";
import { EOS, IOS, IOSXR, NXOS, PROCURVE } from "./ios_doubles.ts";
import { JUNOS, ROUTEROS, VRP } from "./other_doubles.ts";

/** All doubles. */
export const DOUBLE_FAMILIES: readonly DoubleFamily[] = [
  IOS,
  NXOS,
  IOSXR,
  EOS,
  JUNOS,
  ROUTEROS,
  VRP,
  PROCURVE,
];
