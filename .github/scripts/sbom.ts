// Writes the software bill of materials, CycloneDX 1.5, of what the program is made of:
// `dist/sbom.json`.
import { DIST, ROOT, say } from "./process.ts";
import { type Shipped, shippedPackages } from "./shipped.ts";

const project = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
  readonly name: string;
  readonly version: string;
};

const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    component: { type: "application", name: project.name, version: project.version },
  },
  components: (await shippedPackages()).map(component),
};

await Deno.mkdir(DIST, { recursive: true });
await Deno.writeTextFile(`${DIST}/sbom.json`, `${JSON.stringify(bom, null, 2)}\n`);
say(`${DIST}/sbom.json: ${bom.components.length} packages`);

function component(
  { name, version, integrity }: Shipped,
): Readonly<Record<string, unknown>> {
  return {
    type: "library",
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
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
