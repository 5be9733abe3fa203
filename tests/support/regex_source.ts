import { join } from "node:path";
import { REPOSITORY } from "./source_file.ts";

/** One regular expression of the program. */
export interface FoundRegex {
  /** `path:line`. */
  readonly place: string;
  readonly regex: RegExp;
}

/** Where an expression is made of parts, which no test can run. */
export interface BuiltRegex {
  readonly place: string;
  readonly source: string;
}

/** All regular expressions of one file, as deno's own parser finds them. */
export function regexesOf(path: string): {
  readonly found: readonly FoundRegex[];
  readonly built: readonly BuiltRegex[];
} {
  const text = Deno.readTextFileSync(join(REPOSITORY, path));
  const found: FoundRegex[] = [];
  const built: BuiltRegex[] = [];
  const placeOf = (node: Deno.lint.Node): string =>
    `${path}:${text.slice(0, node.range[0]).split("\n").length}`;
  let constants = "";
  const visitor: Deno.lint.LintVisitor = {
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== "Identifier" || init === null) return;
      const value = text.slice(init.range[0], init.range[1]);
      const declared = `${constants}const ${id.name} = ${value};`;
      if (isText(declared, id.name)) constants = declared;
    },
    Literal: (node) => {
      const source = text.slice(node.range[0], node.range[1]);
      const regex = source.startsWith("/") ? evaluated(source) : undefined;
      if (regex !== undefined) found.push({ place: placeOf(node), regex });
    },
    NewExpression: (node) => {
      if (text.slice(node.callee.range[0], node.callee.range[1]) !== "RegExp") return;
      const source = text.slice(node.range[0], node.range[1]);
      const regex = evaluated(source, constants);
      if (regex === undefined) built.push({ place: placeOf(node), source });
      else found.push({ place: placeOf(node), regex });
    },
  };
  Deno.lint.runPlugin(
    { name: "regexes", rules: { regexes: { create: () => visitor } } },
    path,
    text,
  );
  return { found, built };
}

/** The expression, where its parts are constants. */
function evaluated(source: string, constants = ""): RegExp | undefined {
  try {
    const { source: pattern, flags } = new Function(`${constants}return ${source}`)() as RegExp;
    return new RegExp(pattern, flags.replace(/[gy]/g, ""));
  } catch {
    return undefined;
  }
}

/** Whether a declaration is of a text or a number, made of those before it. */
function isText(declarations: string, name: string): boolean {
  try {
    return /string|number/.test(typeof new Function(`${declarations}return ${name}`)());
  } catch {
    return false;
  }
}
