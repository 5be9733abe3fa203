import assert from "node:assert/strict";
import { posix } from "node:path";
import { layersFigure } from "../.github/scripts/layers_figure.ts";
import { REPAIRED_VERSION, REPAIRS } from "../src/transport/ssh2/repairs.ts";
import { STEPS } from "./support/layers.ts";
import {
  type ImportFact,
  REPOSITORY,
  type SourceFile,
  sourceFiles,
} from "./support/source_file.ts";

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

/** Where a test may read the time: benchmarks, runs of a length, bounds of waiting, growth. */
const MAY_READ_TIME =
  /^tests\/(bench|fuzz|soak|demo)\/|^tests\/support\/(condition|bare_program)\.ts$|\/timing\.ts$|^tests\/hostile\/regexes_test\.ts$/;

/** Tests that suspend a program, or leave it unread, for longer than a bound of the product. */
const WAITS_OUT_A_BOUND =
  /^tests\/(faults\/silent_connection|shell\/device\/profiles\/pattern_check|clients\/slow_reader|terminal\/screen)_test\.ts$/;

/** The only files that put two of user, hostname and port together, and why. */
const PARTS_OF_A_TARGET: Readonly<Record<string, string>> = {
  "src/config/identity.ts": "the identity itself",
  "src/config/sources.ts": "asks whether this program may connect",
  "src/config/resolver.ts": "finds loops among the hops of one target",
  "src/config/ssh_config/expand.ts": "the %C of ssh_config(5)",
  "src/session/logins.ts": "what the caller said, to report that it leads elsewhere now",
  "src/session/session.ts": "the address to show",
  "src/mcp/host_book.ts": "the address to show",
  "src/mcp/forward_rows.ts": "the destination to show",
  "src/transport/proxy/proxied_socket.ts": "the proxy's address to show",
  "src/transport/connect_errors.ts": "the address to show",
  "src/cli/check_host.ts": "the address to show",
  "src/console/console.ts": "the address of its own page",
  "src/serve/settings.ts": "where the server itself listens",
};

const FOLDER_FILES = 22;
/** Functions, classes and values; a type may be exported for the sake of a signature alone. */
const EXPORTED = /^export (?:abstract )?(?:async )?(?:function\*?|class|const|let) (\w+)/gm;
/** Names that tell tests how the product is made. */
const USED_BY_TESTS = new Set([
  "REPAIRED_VERSION",
  "WORKING_DIRECTIVES",
]);

const TOP_LEVEL = ["LICENSE", "README.md", "deno.json", "deno.lock", "src", "tests"];
const GENERATED = ["dist", "coverage", "node_modules"];
const TEST_FOLDERS = [
  "bench",
  "clients",
  "conformance",
  "demo",
  "end_to_end",
  "jobs_of_an_agent",
  "faults",
  "fixtures",
  "fuzz",
  "hostile",
  "jobs_of_an_agent",
  "permissions",
  "soak",
  "support",
  "windows",
];
const VAGUE = /^(utils?|misc|types|helpers?|common|index|mod|base|stuff)$/;
const FILE_LINES = 300;
const FUNCTION_LINES = 40;

const product = sourceFiles("src");
const tests = sourceFiles("tests");

Deno.test("src imports leftwards only, and neighbours are strangers", () => {
  assert.deepEqual(product.flatMap(upwardImports), []);
});

Deno.test("src imports the file that defines a symbol, and packages where they belong", () => {
  const wrong = product.flatMap((file) =>
    file.imports.flatMap(({ specifier, line, reexport }) => {
      const stray = SOLE_IMPORTERS.some(([name, importers]) =>
        name.test(specifier.replace(/^npm:/, "")) && !importers.test(file.path)
      );
      return stray || reexport ? [`${file.path}:${line} ${specifier}`] : [];
    })
  );
  assert.deepEqual(wrong, []);
});

Deno.test("src touches private names of ssh2 behind one wall, which lists each repair", () => {
  const wall = "src/transport/ssh2/";
  const touches = product.filter(({ path }) => !path.startsWith(wall)).flatMap(({ path }) =>
    (readText(path).match(/\._(?!meta\b)[a-z]\w*/g) ?? []).map((name) => `${path} ${name}`)
  );
  assert.deepEqual(touches, []);
  const files = new Set(product.map(({ path }) => path));
  assert.deepEqual(REPAIRS.filter(({ file }) => !files.has(`${wall}${file}`)), []);
  assert.ok(readText("deno.json").includes(`"npm:ssh2@${REPAIRED_VERSION}"`));
});

Deno.test("src uses timers, streams and the environment only where they belong", () => {
  const wrong = product.flatMap((file) =>
    file.names.filter((use) =>
      SOLE_USERS.some(([name, users]) => name.test(use.split(":")[0]!) && !users.test(file.path))
    ).map((use) => `${file.path} ${use}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("one home for identity: nothing else makes a key of a target's parts", () => {
  const wrong = product.filter(({ path }) => !Object.hasOwn(PARTS_OF_A_TARGET, path))
    .flatMap(({ path }) => keysOfTargets(Deno.readTextFileSync(`${REPOSITORY}${path}`), path));
  assert.deepEqual(wrong, []);
});

Deno.test("the figure shows the layers as they are, and only what is there", () => {
  const drawn = Deno.readTextFileSync(`${REPOSITORY}.github/layers.svg`);
  assert.equal(drawn, layersFigure(), "deno task figure draws it anew");
  const names = new Set(
    product.map(({ path }) => path.split("/")[1]!.replace(/\.ts$/, "")),
  );
  assert.deepEqual(new Set(STEPS.flat().map(({ name }) => name)), names);
});

Deno.test("every export has a docstring", () => {
  const files = [...product, ...tests.filter(({ path }) => path.startsWith("tests/support/"))];
  const wrong = files.flatMap(({ path, undocumented }) => undocumented.map((x) => `${path} ${x}`));
  assert.deepEqual(wrong, []);
});

Deno.test("files and functions are short", () => {
  const files = [...product, ...tests]
    .filter(({ codeLines }) => codeLines > FILE_LINES)
    .map(({ path, codeLines }) => `${path} has ${codeLines} lines`);
  const functions = [...product, ...tests].flatMap((file) =>
    file.functions
      .filter(({ lines }) => lines > FUNCTION_LINES)
      .map(({ name, line, lines }) => `${file.path}:${line} ${name}() has ${lines} lines`)
  );
  assert.deepEqual([...files, ...functions], []);
});

Deno.test("no file of src loads itself, by whatever detour", () => {
  const imports = new Map(product.map(({ path, imports }) => [path, localImports(path, imports)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" > "));
    if (way.includes(path) || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  assert.deepEqual(cycles, []);
});

Deno.test("a folder of src holds no more files than a reader takes in", () => {
  const folders = Map.groupBy(product, ({ path }) => posix.dirname(path));
  const full = [...folders].filter(([, files]) => files.length > FOLDER_FILES);
  assert.deepEqual(full.map(([folder, files]) => `${folder} has ${files.length} files`), []);
});

Deno.test("what src exports is used: by another file, or by its own file and a test", () => {
  const wordsOf = (path: string): readonly string[] => readText(path).match(/\w+/g) ?? [];
  const words = new Map(product.map(({ path }) => [path, new Set(wordsOf(path))]));
  const tested = new Set(tests.flatMap(({ path }) => wordsOf(path)));
  const isUsed = (name: string, path: string): boolean => {
    if ([...words].some(([other, used]) => other !== path && used.has(name))) return true;
    return tested.has(name) && wordsOf(path).filter((word) => word === name).length > 1;
  };
  const unused = product.flatMap(({ path }) =>
    [...readText(path).matchAll(EXPORTED)].map(([, name]) => name!)
      .filter((name) => !USED_BY_TESTS.has(name) && !isUsed(name, path))
      .map((name) => `${path} ${name}`)
  );
  assert.deepEqual(unused, []);
});

Deno.test("file names are snake_case and say what they export", () => {
  const wrong = [...product, ...tests].map(({ path }) => path).filter((path) =>
    !/^[a-z0-9_/]+\.ts$/.test(path) || VAGUE.test(posix.basename(path, ".ts"))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no test asserts how long something took", () => {
  const wrong = tests.filter(({ path }) =>
    !MAY_READ_TIME.test(path) && !WAITS_OUT_A_BOUND.test(path)
  ).flatMap(({ path, names }) =>
    names.filter((use) => /^performance\b/.test(use)).map((use) => `${path} ${use}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("a TODO names its issue", () => {
  const wrong = [...product, ...tests].flatMap(({ path, comments }) =>
    comments
      .filter((text) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text) && !/#\d+/.test(text))
      .map((text) => `${path} ${text.trim()}`)
  ).filter((line) => !line.startsWith("tests/architecture_test.ts"));
  assert.deepEqual(wrong, []);
});

Deno.test("tests mirror src", () => {
  const files = new Set(product.map(({ path }) => path));
  const named = tests.map(({ path }) => path).filter((path) => path.endsWith("_test.ts"));
  const wrong = named.filter((path) => !isInPlace(path, files));
  assert.deepEqual(wrong, []);
});

Deno.test("the top level holds nothing but what belongs there", () => {
  const names = [...Deno.readDirSync(REPOSITORY)].map(({ name }) => name);
  const stray = names.filter((name) =>
    !name.startsWith(".") && ![...TOP_LEVEL, ...GENERATED].includes(name)
  );
  assert.deepEqual(stray, []);
  assert.deepEqual(TOP_LEVEL.filter((name) => !names.includes(name)), []);
});

Deno.test("the lock files name no registry", () => {
  for (const path of ["deno.lock", "tests/deno.lock"]) {
    assert.doesNotMatch(readText(path), /https?:\/\/|"tarball"/, path);
  }
});

Deno.test("the program's own lock file holds what src imports, and nothing for tests", () => {
  const { imports } = JSON.parse(readText("deno.json")) as { imports: Record<string, string> };
  const imported = product.flatMap((file) => file.imports.map(({ specifier }) => specifier));
  const used = new Set([...imported, ...importsOfPage()]);
  const unused = Object.keys(imports).filter((name) =>
    !name.startsWith("@types/") && ![...used].some((x) => x === name || x.startsWith(`${name}/`))
  );
  assert.deepEqual(unused, []);
  const { specifiers } = JSON.parse(readText("deno.lock")) as { specifiers: object };
  assert.deepEqual(Object.keys(specifiers).sort(), Object.values(imports).sort());
});

Deno.test("a package that only tests need is named in one file of tests/support/packages", () => {
  const inline = tests.flatMap(({ path, imports }) =>
    imports.filter(({ specifier }) => specifier.startsWith("npm:"))
      .map(({ specifier }) => ({ path, name: /^npm:(@?[^@]+)@/.exec(specifier)?.[1] ?? specifier }))
  );
  const stray = inline.filter(({ path }) => !path.startsWith("tests/support/packages/"));
  assert.deepEqual(stray, []);
  const homes = Map.groupBy(inline, ({ name }) => name);
  const split = [...homes].filter(([, uses]) => new Set(uses.map(({ path }) => path)).size > 1);
  assert.deepEqual(split, []);
});

/** The console's page is JavaScript, which the program carries packed. */
function importsOfPage(): readonly string[] {
  const page = `${REPOSITORY}src/console/page/`;
  const scripts = [...Deno.readDirSync(page)].filter(({ name }) => name.endsWith(".js"));
  return scripts.flatMap(({ name }) =>
    [...Deno.readTextFileSync(page + name).matchAll(/ from "([^"]+)"/g)].map(([, from]) => from!)
  );
}

function readText(path: string): string {
  return Deno.readTextFileSync(`${REPOSITORY}${path}`);
}

/** Texts made of several parts of a target, and functions that name a key of one. */
function keysOfTargets(text: string, path: string): string[] {
  const made = [...text.matchAll(/`[^`]*`|JSON\.stringify\(\[[^\]]*\]/g)].map(([code]) => code);
  const joined = made.filter((code) => {
    const values = code.startsWith("`") ? code.match(/\$\{[^}]*\}/g)?.join() ?? "" : code;
    return new Set(values.match(/\b(?:user|hostname|port)\b/g)).size > 1;
  });
  const named = text.match(
    /function \w*(?:[Kk]ey|[Ii]dentity|[Ss]cope)\w*\([^)]*: (?:ResolvedHost|JumpHost)\b[^)]*\): string/g,
  );
  return [...joined, ...named ?? []].map((code) => `${path}: ${code}`);
}

function localImports(path: string, imports: readonly ImportFact[]): readonly string[] {
  return imports.filter(({ specifier, isType }) => specifier.startsWith(".") && !isType)
    .map(({ specifier }) => posix.join(posix.dirname(path), specifier));
}

function upwardImports({ path, imports }: SourceFile): string[] {
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

/**
 * `tests/shell/prompt_test.ts` covers `src/shell/prompt.ts`; a part of its cases may stand in
 * `prompt_<part>_test.ts`.
 */
function isInPlace(path: string, files: ReadonlySet<string>): boolean {
  const parts = path.split("/").slice(1);
  if (parts.length === 1) {
    const covered = `src/${parts[0]!.replace(/_test\.ts$/, ".ts")}`;
    return path === "tests/architecture_test.ts" || files.has(covered);
  }
  if (TEST_FOLDERS.includes(parts[0]!)) return true;
  const words = path.replace(/^tests\//, "src/").replace(/_test\.ts$/, "").split("_");
  return words.some((_, count) => files.has(`${words.slice(0, count + 1).join("_")}.ts`));
}
