import { BUILT_IN_PROFILES } from "../../src/shell/device/profiles/built_in_profiles.ts";
import { DEVICE_DESCRIPTIONS } from "./device_description.ts";
import { DOUBLE_FAMILIES } from "./device_families.ts";

/** What a family was tried on. */
type Proof = "real" | "double" | "replayed" | "documents";

/** Families whose own command line the tests start (`tests/support/device_clis.ts`). */
const REAL: Readonly<Record<string, string>> = {
  frr: "its own bgpd and vtysh, behind a real sshd",
  bird: "its own birdc, behind a real sshd",
};

const SAID: Readonly<Record<Proof, string>> = {
  real: "",
  double: "a double with modes, errors, secrets, questions and pagers, over SSH",
  replayed: "a replayed description: prompt, echo, pagers and their wipes, over SSH",
  documents: "no device yet: from public documents, named in its file",
};

/** The README's table of families, the best proven first. */
export function deviceTable(): string {
  const families = BUILT_IN_PROFILES.filter(({ id }) => id !== "generic");
  const rows = (["real", "double", "replayed", "documents"] as const).flatMap((proof) =>
    families.filter(({ id }) => proofOf(id) === proof).map(({ id, title }) =>
      `| ${title} | \`${id}\` | ${REAL[id] ?? SAID[proof]} |\n`
    )
  );
  return `| family | \`device_type\` | tried on |\n| --- | --- | --- |\n${rows.join("")}`;
}

function proofOf(id: string): Proof {
  if (id in REAL) return "real";
  if (DOUBLE_FAMILIES.some((family) => family.id === id)) return "double";
  return DEVICE_DESCRIPTIONS.some(({ profile }) => profile === id) ? "replayed" : "documents";
}
