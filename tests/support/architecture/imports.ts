import { posix } from "node:path";
import { STEPS } from "../layers.ts";
import type { ImportFact, SourceFile } from "../source_file.ts";

/** Packages and the only places that may import them. */
const SOLE_IMPORTERS: readonly (readonly [specifier: RegExp, importers: RegExp])[] = [
  [/^ssh2(\/|$)/, /^src\/transport\/ssh2\/library\.ts$/],
  [/^@xterm\//, /^src\/terminal\//],
  [/^@modelcontextprotocol\//, /^src\/(mcp\/|serve\/|main\.ts)/],
  [/^jose$/, /^src\/serve\/(callers\/tokens|credentials\/signer)\.ts$/],
  [/^oauth4webapi$/, /^src\/serve\/callers\/oauth_client\.ts$/],
  [/^postgres$/, /^src\/serve\/cluster\/postgres_store\.ts$/],
  [
    /^zod(\/|$)/,
    /^src\/(mcp\/|shell\/device\/profiles\/profile_schema\.ts$|guard\/rules_schema\.ts$)/,
  ],
  [/^websocket-driver$/, /^src\/console\/web_socket\.ts$/],
  [/^re2js$/, /^src\/shell\/device\/profiles\/line_pattern\.ts$/],
  // Each needs a permission that the program does not have.
  [/^node:(child_process|os|cluster|worker_threads|inspector)$/, /^$/],
  [/^(jsr|https?):/, /^$/],
];

/** Names of the runtime and the only places that may use them. */
const SOLE_USERS: readonly (readonly [name: RegExp, users: RegExp])[] = [
  [/^(setTimeout|setInterval|Date|performance|Temporal)$/, /^src\/clock\.ts$/],
  [/^console$/, /^$/],
  [/^Deno\.(exit|exitCode|args)$/, /^src\/main\.ts$/],
  [/^Deno\.env$/, /^src\/main\.ts$/],
  [/^Deno\.(stdin|stdout|stderr)$/, /^src\/(main\.ts|mcp\/)/],
  [/^Deno\.(Command|dlopen|write\w*|mkdir\w*|remove\w*|rename\w*|chmod\w*|chown\w*)$/, /^$/],
  [/^Deno\.(copyFile|symlink|link|truncate|makeTemp\w+|kill|hostname|osRelease)\w*$/, /^$/],
];

/** Packages imported elsewhere than in their place, and re-exports. */
export function strayImports(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, line, reexport }) => {
    const stray = SOLE_IMPORTERS.some(([name, importers]) =>
      name.test(specifier.replace(/^npm:/, "")) && !importers.test(file.path)
    );
    return stray || reexport ? [`${file.path}:${line} ${specifier}`] : [];
  });
}

/** Names of the runtime used elsewhere than in their place. */
export function strayUses({ path, names }: SourceFile): string[] {
  return names.filter((use) =>
    SOLE_USERS.some(([name, users]) => name.test(use.split(":")[0]!) && !users.test(path))
  ).map((use) => `${path} ${use}`);
}

/** Paths that loading a file loads too. */
export function localImports(path: string, imports: readonly ImportFact[]): readonly string[] {
  return imports.filter(({ specifier, isType }) => specifier.startsWith(".") && !isType)
    .map(({ specifier }) => posix.join(posix.dirname(path), specifier));
}

/** Modules that a server which was asked nothing has no use for; each costs its start 10 to 60 ms. */
const LATE =
  /^(?:node:(?:crypto|net|dns|tls|url|stream|zlib)\b|ssh2$|diff$|re2js$|jose$|postgres$|@xterm\/)/;

/** Late modules that the entry file loads before the program answers, each with its way there. */
export function earlyModules(product: readonly SourceFile[], entry: string): string[] {
  const files = new Map(product.map((file) => [file.path, file]));
  const ways = new Map([[entry, entry]]);
  const found: string[] = [];
  // The map grows while it is gone through.
  for (const [path, way] of ways) {
    const imports = (files.get(path)?.imports ?? []).filter((one) => !one.isLazy && !one.isType);
    for (const { specifier } of imports) {
      if (LATE.test(specifier)) found.push(`${way} > ${specifier}`);
    }
    for (const target of localImports(path, imports)) {
      if (!ways.has(target)) ways.set(target, `${way} > ${target}`);
    }
  }
  return found;
}

/** Imports of a higher layer, or of a neighbour. */
export function upwardImports({ path, imports }: SourceFile): string[] {
  const own = layerOf(path);
  if (stepOf(own) < 0) return [`${path} is in no layer`];
  return imports.filter(({ specifier }) => specifier.startsWith(".")).flatMap((fact) => {
    const target = posix.join(posix.dirname(path), fact.specifier);
    // The version of the program is written there, and nowhere else.
    if (path === "src/main.ts" && target === "deno.json") return [];
    const layer = layerOf(target);
    const allowed = layer === own || (stepOf(layer) >= 0 && stepOf(layer) < stepOf(own));
    return allowed ? [] : [`${path}:${fact.line} imports ${target}`];
  });
}

/** `src/shell/posix.ts` → `shell`, `src/clock.ts` → `clock`. */
function layerOf(path: string): string {
  return path.split("/")[1]!.replace(/\.ts$/, "");
}

function stepOf(layer: string): number {
  return STEPS.findIndex((layers) => layers.some(({ name }) => name === layer));
}
