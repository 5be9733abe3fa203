import { join } from "node:path";
import { REPOSITORY } from "../support/source_file.ts";

type Node = Deno.lint.Node;

/** Directories with tests that reach a state which needs more than a host. */
const WITH_CALLS = ["tests/advice", "tests/end_to_end"];

/** The advices that tests give to `followAdvice()` word by word; those of state groups are no literals there. */
export function followedAdvice(): readonly string[] {
  return WITH_CALLS.flatMap((directory) =>
    [...Deno.readDirSync(join(REPOSITORY, directory))]
      .filter(({ name }) => name.endsWith("_test.ts"))
      .flatMap(({ name }) => literalsIn(join(REPOSITORY, directory, name)))
  );
}

function literalsIn(path: string): readonly string[] {
  const text = Deno.readTextFileSync(path);
  if (!text.includes("followAdvice(")) return [];
  const found: string[] = [];
  const rule = {
    create: (): Deno.lint.LintVisitor => ({
      CallExpression: ({ callee, arguments: [, , advices] }) => {
        if (callee.type !== "Identifier" || callee.name !== "followAdvice") return;
        found.push(...literalsOf(advices));
      },
    }),
  };
  Deno.lint.runPlugin({ name: "followed", rules: { followed: rule } }, path, text);
  return found;
}

function literalsOf(advices: Node | undefined): readonly string[] {
  if (advices?.type !== "ArrayExpression") return [];
  return advices.elements.flatMap((element) =>
    element?.type === "Literal" && typeof element.value === "string" ? [element.value] : []
  );
}
