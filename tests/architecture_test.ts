import assert from "node:assert/strict";
import { layersFigure } from "../.github/scripts/layers_figure.ts";
import { REPAIRED_VERSION } from "../src/transport/ssh2/repairs.ts";
import { PLANTED } from "./support/architecture/planted.ts";
import { RULES, type Tree } from "./support/architecture/rules.ts";
import { STEPS } from "./support/layers.ts";
import { REPOSITORY, sourceFileOf, sourceFiles } from "./support/source_file.ts";

const TOP_LEVEL = ["LICENSE", "README.md", "deno.json", "deno.lock", "src", "tests"];
const GENERATED = ["dist", "coverage", "node_modules"];

const product = sourceFiles("src");
const tree: Tree = { product, tests: sourceFiles("tests") };

for (const { title, broken } of RULES) {
  Deno.test(title, () => assert.deepEqual(broken(tree), []));
}

for (const { title, broken } of RULES) {
  Deno.test(`a file that breaks it is found: ${title}`, () => {
    const planted = PLANTED.filter((one) => one.breaks === title);
    assert.ok(planted.length > 0, "nothing is planted for this rule");
    for (const { files, found } of planted) {
      const paths = new Set(files.map(({ path }) => path));
      const added = files.map(({ path, text }) => sourceFileOf(path, text));
      const isProduct = ({ path }: { readonly path: string }): boolean => path.startsWith("src/");
      const kept = (one: { readonly path: string }): boolean => !paths.has(one.path);
      const places = broken({
        product: [...tree.product.filter(kept), ...added.filter(isProduct)],
        tests: [...tree.tests.filter(kept), ...added.filter((one) => !isProduct(one))],
      });
      assert.ok(places.some((place) => place.includes(found)), `${found} not in ${places}`);
    }
  });
}

Deno.test("the figure shows the layers as they are, and only what is there", () => {
  assert.equal(readText(".github/layers.svg"), layersFigure(), "deno task figure draws it anew");
  const names = new Set(product.map(({ path }) => path.split("/")[1]!.replace(/\.ts$/, "")));
  assert.deepEqual(new Set(STEPS.flat().map(({ name }) => name)), names);
});

Deno.test("the wall's repairs are those of the version that is pinned", () => {
  assert.ok(readText("deno.json").includes(`"npm:ssh2@${REPAIRED_VERSION}"`));
});

Deno.test("each typical change of CONTRIBUTING.md has one file, which holds the named symbol", () => {
  const table = readText(".github/CONTRIBUTING.md").split("## Where things are")[1]!.split(
    "## ",
  )[0]!;
  const rows = table.split("\n").filter((line) => /^\| .*`(src|tests)\//.test(line));
  assert.ok(rows.length >= 10);
  for (const row of rows) {
    const [, , file, symbol] = row.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    assert.match(file!, /^src\/[\w/]+\.(ts|json)$/, row);
    assert.ok(readText(file!).includes(symbol!), row);
  }
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
