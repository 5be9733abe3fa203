import { posix } from "node:path";
import { REPAIRS } from "../../../src/transport/ssh2/repairs.ts";
import type { SourceFile } from "../source_file.ts";
import { earlyModules, localImports, strayImports, strayUses, upwardImports } from "./imports.ts";

/** The files that the rules are applied to. */
export interface Tree {
  readonly product: readonly SourceFile[];
  readonly tests: readonly SourceFile[];
}

/** A rule on the shape of the code; `broken` lists each place that breaks it. */
export interface Rule {
  readonly title: string;
  readonly broken: (tree: Tree) => readonly string[];
}

/** Where a test may read the time: benchmarks, runs of a length, bounds of waiting, growth. */
const MAY_READ_TIME =
  /^tests\/(bench|fuzz|soak|demo)\/|^tests\/support\/(condition|bare_program|hurried_timers)\.ts$|\/timing\.ts$|^tests\/hostile\/regexes_test\.ts$/;

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

const WALL = "src/transport/ssh2/";
const FOLDER_FILES = 22;
/** Functions, classes and values; a type may be exported for the sake of a signature alone. */
const EXPORTED = /^export (?:abstract )?(?:async )?(?:function\*?|class|const|let) (\w+)/gm;
/** Names that tell tests how the product is made. */
const USED_BY_TESTS = new Set([
  "REPAIRED_VERSION",
  "WORKING_DIRECTIVES",
]);

const TEST_FOLDERS = [
  "advice",
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

/** The rules that sources alone can break. */
export const RULES: readonly Rule[] = [
  {
    title: "src imports leftwards only, and neighbours are strangers",
    broken: ({ product }) => product.flatMap(upwardImports),
  },
  {
    title: "src imports the file that defines a symbol, and packages where they belong",
    broken: ({ product }) => product.flatMap(strayImports),
  },
  {
    title: "src touches private names of ssh2 behind one wall, which lists each repair",
    broken: ({ product }) => [...product.flatMap(privateNames), ...missingRepairs(product)],
  },
  {
    title: "src uses timers, streams and the environment only where they belong",
    broken: ({ product }) => product.flatMap(strayUses),
  },
  {
    title: "one home for identity: nothing else makes a key of a target's parts",
    broken: ({ product }) =>
      product.filter(({ path }) => !Object.hasOwn(PARTS_OF_A_TARGET, path))
        .flatMap(({ path, text }) => keysOfTargets(text, path)),
  },
  {
    title: "every export has a docstring",
    broken: ({ product, tests }) =>
      [...product, ...tests.filter(({ path }) => path.startsWith("tests/support/"))]
        .flatMap(({ path, undocumented }) => undocumented.map((x) => `${path} ${x}`)),
  },
  {
    title: "a docstring names the described thing: none begins with 'What' or 'Who'",
    broken: ({ product }) =>
      product.flatMap(({ path, comments }) =>
        comments.filter((text) => /^\*[\s*]*(?:What|Who)\b/.test(text))
          .map((text) => `${path}: ${text.slice(0, 60)}`)
      ),
  },
  {
    title: "no banner divides a file: a second subject is another file",
    broken: ({ product }) =>
      product.flatMap(({ path, comments }) =>
        comments.filter((text) => /^\s*[-=*#]{3,}/.test(text)).map((text) => `${path}: ${text}`)
      ),
  },
  {
    title: "files are short",
    broken: ({ product, tests }) =>
      [...product, ...tests].filter(({ codeLines }) => codeLines > FILE_LINES)
        .map(({ path, codeLines }) => `${path} has ${codeLines} lines`),
  },
  {
    title: "functions are short",
    broken: ({ product, tests }) =>
      [...product, ...tests].flatMap((file) =>
        file.functions.filter(({ lines }) => lines > FUNCTION_LINES)
          .map(({ name, line, lines }) => `${file.path}:${line} ${name}() has ${lines} lines`)
      ),
  },
  { title: "no file of src loads itself, by whatever detour", broken: cycles },
  {
    title: "a start loads nothing of the network, of keys or of files",
    broken: ({ product }) => earlyModules(product, "src/main.ts"),
  },
  {
    title: "a folder of src holds no more files than a reader takes in",
    broken: ({ product }) =>
      [...Map.groupBy(product, ({ path }) => posix.dirname(path))]
        .filter(([, files]) => files.length > FOLDER_FILES)
        .map(([folder, files]) => `${folder} has ${files.length} files`),
  },
  {
    title: "src exports only what another file uses, or its own file and a test",
    broken: unusedExports,
  },
  {
    title: "file names are snake_case and say what they export",
    broken: ({ product, tests }) =>
      [...product, ...tests].map(({ path }) => path).filter((path) =>
        !/^[a-z0-9_/]+\.ts$/.test(path) || VAGUE.test(posix.basename(path, ".ts"))
      ),
  },
  {
    title: "no code searches an error's message",
    broken: ({ product }) =>
      product.flatMap(({ path, text }) =>
        (text.match(
          /\.message\.(?:includes|match|search|startsWith|endsWith)\(|\.test\(\w+\.message\)/g,
        ) ??
          []).map((code) => `${path}: ${code}`)
      ),
  },
  {
    title: "no test asserts how long something took",
    broken: ({ tests }) =>
      tests.filter(({ path }) => !MAY_READ_TIME.test(path) && !WAITS_OUT_A_BOUND.test(path))
        .flatMap(({ path, names }) =>
          names.filter((use) => /^performance\b/.test(use)).map((use) => `${path} ${use}`)
        ),
  },
  {
    title: "a TODO names its issue",
    broken: ({ product, tests }) =>
      [...product, ...tests].flatMap(({ path, comments }) =>
        comments
          .filter((text) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text) && !/#\d+/.test(text))
          .map((text) => `${path} ${text.trim()}`)
      ),
  },
  {
    title: "tests mirror src",
    broken: ({ product, tests }) => {
      const files = new Set(product.map(({ path }) => path));
      return tests.map(({ path }) => path)
        .filter((path) => path.endsWith("_test.ts") && !isInPlace(path, files));
    },
  },
  {
    title: "a package that only tests need is named in one file of tests/support/packages",
    broken: strayPackages,
  },
];

function privateNames({ path, text }: SourceFile): string[] {
  if (path.startsWith(WALL)) return [];
  return (text.match(/\._(?!meta\b)[a-z]\w*/g) ?? []).map((name) => `${path} ${name}`);
}

/** The wall's list names files that are there. */
function missingRepairs(product: readonly SourceFile[]): string[] {
  const files = new Set(product.map(({ path }) => path));
  return REPAIRS.map(({ file }) => `${WALL}${file}`).filter((path) => !files.has(path))
    .map((path) => `${path} is missing`);
}

function cycles({ product }: Tree): readonly string[] {
  const imports = new Map(product.map(({ path, imports }) => [path, localImports(path, imports)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" > "));
    if (way.includes(path) || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

function unusedExports({ product, tests }: Tree): readonly string[] {
  const wordsOf = ({ text }: SourceFile): readonly string[] => text.match(/\w+/g) ?? [];
  const words = new Map(product.map((file) => [file, new Set(wordsOf(file))]));
  const tested = new Set(tests.flatMap(wordsOf));
  const isUsed = (name: string, file: SourceFile): boolean => {
    if ([...words].some(([other, used]) => other !== file && used.has(name))) return true;
    return tested.has(name) && wordsOf(file).filter((word) => word === name).length > 1;
  };
  return product.flatMap((file) =>
    [...file.text.matchAll(EXPORTED)].map(([, name]) => name!)
      .filter((name) => !USED_BY_TESTS.has(name) && !isUsed(name, file))
      .map((name) => `${file.path} ${name}`)
  );
}

function strayPackages({ tests }: Tree): readonly string[] {
  const inline = tests.flatMap(({ path, imports }) =>
    imports.filter(({ specifier }) => specifier.startsWith("npm:"))
      .map(({ specifier }) => ({ path, name: /^npm:(@?[^@]+)@/.exec(specifier)?.[1] ?? specifier }))
  );
  const stray = inline.filter(({ path }) => !path.startsWith("tests/support/packages/"));
  const homes = Map.groupBy(inline, ({ name }) => name);
  const split = [...homes].filter(([, uses]) => new Set(uses.map(({ path }) => path)).size > 1);
  return [...stray.map(({ path, name }) => `${path} ${name}`), ...split.map(([name]) => name)];
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
