import { ROOT } from "./process.ts";

/** One npm package that is part of the program. */
export interface Shipped {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity, `sha512-<base64>`. */
  readonly integrity: string | undefined;
}

interface Lock {
  readonly npm: Readonly<
    Record<string, { readonly integrity?: string; readonly dependencies?: readonly string[] }>
  >;
}

/** Packages that only the type check reads. */
const NOT_IN_THE_PROGRAM = /^@types\//;

/** The packages that the program's own imports reach, as the lock file pins them. */
export async function shippedPackages(): Promise<readonly Shipped[]> {
  const { npm } = await readJson<Lock>("deno.lock");
  const { imports } = await readJson<{ imports: Record<string, string> }>("deno.json");
  const keys = new Set<string>();
  for (const [name, specifier] of Object.entries(imports)) {
    if (!NOT_IN_THE_PROGRAM.test(name)) keys.add(keyOf(npm, specifier.replace(/^npm:/, "")));
  }
  for (const key of keys) {
    for (const name of npm[key]?.dependencies ?? []) keys.add(keyOf(npm, name));
  }
  return [...keys].sort().map((key) => {
    // `@scope/name@1.2.3_peer@4`
    const at = key.indexOf("@", 1);
    const version = key.slice(at + 1).split("_")[0]!;
    return { name: key.slice(0, at), version, integrity: npm[key]?.integrity };
  });
}

/** The lock file leaves out a version where there is only one, and adds peers where there are. */
function keyOf(npm: Lock["npm"], reference: string): string {
  const key = Object.keys(npm).find((key) =>
    key === reference || key.startsWith(`${reference}@`) || key.startsWith(`${reference}_`)
  );
  if (!key) throw new Error(`deno.lock does not have ${reference}`);
  return key;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}${path}`)) as T;
}
