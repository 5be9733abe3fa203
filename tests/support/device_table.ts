import { BUILT_IN_PROFILES } from "../../src/shell/device/profiles/built_in_profiles.ts";
import { DEVICE_DESCRIPTIONS } from "./device_description.ts";
import { DOUBLE_FAMILIES } from "./device_families.ts";
import { FAMILY_FILES } from "./family_files.ts";

/** What a family was tried on. */
type Proof = "real" | "double" | "replayed" | "documents";

/** Families whose own command line the tests start (`tests/support/device_clis.ts`). */
const REAL: Readonly<Record<string, string>> = {
  frr: "the real thing: FRR 8.4 of Debian 12, bgpd's vty and vtysh, behind OpenSSH",
  bird: "the real thing: BIRD 2 of Debian 12, birdc, behind OpenSSH",
  generic: "the real thing: lldpcli of Debian 12, a CLI of no known family, behind OpenSSH",
};

const SAID: Readonly<Record<Proof, string>> = {
  real: "",
  double: "a simulator over SSH: modes, errors, enable or its like, questions, pagers",
  replayed: "a simulator over SSH: login, prompt, echo, PAGERS, errors",
  documents: "nothing yet",
};

/** The README's table of families, the best proven first. */
export function deviceTable(): string {
  const rows = (["real", "double", "replayed", "documents"] as const).flatMap((proof) =>
    BUILT_IN_PROFILES.filter(({ id }) => proofOf(id) === proof).map(({ id, title }) =>
      `| ${title} | \`${id}\` | ${REAL[id] ?? saidOf(id, proof)} | ${sourceOf(id)} |\n`
    )
  );
  return `| family | \`device_type\` | tried on | behaviour taken from |\n| --- | --- | --- | --- |\n${
    rows.join("")
  }`;
}

function saidOf(id: string, proof: Proof): string {
  const descriptions = DEVICE_DESCRIPTIONS.filter(({ profile }) => profile === id);
  const count = Math.max(0, ...descriptions.map(({ pagers }) => pagers.length));
  return SAID[proof].replace("PAGERS", count === 1 ? "its pager" : `its pager in ${count} forms`);
}

/** The first public source that the family's file names. */
function sourceOf(id: string): string {
  const sources = FAMILY_FILES.find(({ file }) => file.id === id)?.file.sources;
  const [first] = sources ?? ["itself"];
  const driver = /^netmiko: .*\/(\w+\.py)$/.exec(first!);
  return driver === null ? first! : `netmiko, \`${driver[1]}\``;
}

function proofOf(id: string): Proof {
  if (id in REAL) return "real";
  if (DOUBLE_FAMILIES.some((family) => family.id === id)) return "double";
  return DEVICE_DESCRIPTIONS.some(({ profile }) => profile === id) ? "replayed" : "documents";
}
