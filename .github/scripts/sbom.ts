// Writes the software bill of materials, CycloneDX 1.5, of what the program is made of:
// `dist/sbom.json`.
import { DIST, ROOT, say } from "./process.ts";

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<
    Record<string, { readonly integrity?: string; readonly dependencies?: readonly string[] }>
  >;
}

interface Project {
  readonly name: string;
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** Packages that only the type check reads. */
const NOT_IN_THE_PROGRAM = /^@types\//;

const lock = await readJson<Lock>("deno.lock");
const project = await readJson<Project>("deno.json");

const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    component: { type: "application", name: project.name, version: project.version },
  },
  components: shippedKeys().map(component),
};

await Deno.mkdir(DIST, { recursive: true });
await Deno.writeTextFile(`${DIST}/sbom.json`, `${JSON.stringify(bom, null, 2)}\n`);
say(`${DIST}/sbom.json: ${bom.components.length} packages`);

/** Keys of the lock file that the program's own imports reach. */
function shippedKeys(): string[] {
  const keys = new Set<string>();
  for (const [name, specifier] of Object.entries(project.imports)) {
    if (!NOT_IN_THE_PROGRAM.test(name)) keys.add(keyOf(specifier.replace(/^npm:/, "")));
  }
  for (const key of keys) {
    for (const name of lock.npm[key]?.dependencies ?? []) keys.add(keyOf(name));
  }
  return [...keys].sort();
}

/** The lock file leaves out a version where there is only one, and adds peers where there are. */
function keyOf(reference: string): string {
  const key = Object.keys(lock.npm).find((key) =>
    key === reference || key.startsWith(`${reference}@`) || key.startsWith(`${reference}_`)
  );
  if (!key) throw new Error(`deno.lock does not have ${reference}`);
  return key;
}

function component(key: string): Readonly<Record<string, unknown>> {
  // `@scope/name@1.2.3_peer@4`
  const at = key.indexOf("@", 1);
  const name = key.slice(0, at);
  const version = key.slice(at + 1).split("_")[0];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const integrity = lock.npm[key]?.integrity;
  return {
    type: "library",
    name,
    version,
    purl,
    ...(integrity ? { hashes: [hashOf(integrity)] } : {}),
  };
}

/** Subresource integrity (`sha512-<base64>`) as CycloneDX writes a hash. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm, base64] = integrity.split("-", 2) as [string, string];
  return {
    alg: algorithm.replace("sha", "SHA-"),
    content: Uint8Array.fromBase64(base64).toHex(),
  };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}${path}`)) as T;
}
