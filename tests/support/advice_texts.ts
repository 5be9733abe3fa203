import { join } from "node:path";
import { REPOSITORY, sourceFiles } from "./source_file.ts";

/** Stands for what a template or a variable puts in. */
export const HOLE = "…";

/** A text of the program for its caller, with {@link HOLE} for each value in it. */
export interface CallerText {
  /** `path:line` from the repository's root. */
  readonly place: string;
  readonly text: string;
}

type Node = Deno.lint.Node;

/** Every whole text in the sources that names one of `tools`, concatenations joined. */
export function textsNaming(tools: readonly string[]): readonly CallerText[] {
  return textsWith(new RegExp(`\\b(?:${tools.join("|")})\\b`));
}

/** Every whole text of several words in the sources that a pattern fits. */
export function textsWith(pattern: RegExp): readonly CallerText[] {
  return sourceFiles("src").flatMap(({ path, text }) => {
    if (!pattern.test(text)) return [];
    return textsOf(path, text).filter((one) => pattern.test(one.text) && one.text.includes(" "));
  });
}

/** The outermost strings, templates and sums of them. */
function textsOf(path: string, source: string): CallerText[] {
  const found: CallerText[] = [];
  const take = (node: Node): void => {
    if ("parent" in node && isText(node.parent as Node)) return;
    const line = source.slice(0, node.range[0]).split("\n").length;
    found.push({ place: `${path}:${line}`, text: flat(node) });
  };
  const rule = {
    create: (): Deno.lint.LintVisitor => ({
      Literal: (node) => typeof node.value === "string" ? take(node) : undefined,
      TemplateLiteral: take,
      BinaryExpression: (node) => isText(node) ? take(node) : undefined,
    }),
  };
  Deno.lint.runPlugin({ name: "texts", rules: { texts: rule } }, join(REPOSITORY, path), source);
  return found;
}

function isText(node: Node): boolean {
  if (node.type === "TemplateLiteral") return true;
  if (node.type === "Literal") return typeof node.value === "string";
  return node.type === "BinaryExpression" && node.operator === "+" &&
    (isText(node.left) || isText(node.right));
}

function flat(node: Node): string {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : HOLE;
  if (node.type === "TemplateLiteral") {
    return node.quasis.map(({ cooked }) => cooked).join(HOLE);
  }
  if (node.type === "BinaryExpression") return flat(node.left) + flat(node.right as Node);
  return HOLE;
}
