import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository, with a slash at its end. */
export const REPOSITORY: string = fileURLToPath(new URL("../../", import.meta.url));

/** One imported or re-exported module, as written. */
export interface ImportFact {
  readonly specifier: string;
  readonly line: number;
  /** A re-export passes symbols on from a file that does not define them. */
  readonly reexport: boolean;
  /** `import type`: nothing is loaded for its sake. */
  readonly isType: boolean;
  /** `import()`: loaded when it is reached. */
  readonly isLazy: boolean;
}

/** One function, method or closure with a name. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** What the architecture rules look at in one TypeScript file. */
export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  /** Exports without a docstring right above, as `name:line`. */
  readonly undocumented: readonly string[];
  /** Free names and `Deno.` members used, as `name:line`. */
  readonly names: readonly string[];
  readonly comments: readonly string[];
  /** Lines that are neither blank nor comment. */
  readonly codeLines: number;
  readonly text: string;
}

/** Reads the facts of every TypeScript file below a folder of the repository. */
export function sourceFiles(folder: string): SourceFile[] {
  return typescriptFiles(join(REPOSITORY, folder)).sort().map(readSourceFile);
}

function typescriptFiles(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) return entry.name === "fixtures" ? [] : typescriptFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function readSourceFile(file: string): SourceFile {
  return sourceFileOf(relative(REPOSITORY, file), Deno.readTextFileSync(file));
}

/** The facts of a file that need not exist. */
export function sourceFileOf(path: string, text: string): SourceFile {
  const file = join(REPOSITORY, path);
  const facts = new Facts(text);
  const rule = { create: (context: Deno.lint.RuleContext) => facts.visitor(context) };
  Deno.lint.runPlugin({ name: "facts", rules: { facts: rule } }, file, text);
  return { path: path.replaceAll("\\", "/"), ...facts.result() };
}

type Node = Deno.lint.Node;
type Declaring = Deno.lint.FunctionDeclaration | Deno.lint.MethodDefinition;

/** Collects the facts while deno's own parser walks one file. */
class Facts {
  readonly #text: string;
  readonly #imports: ImportFact[] = [];
  readonly #functions: FunctionFact[] = [];
  readonly #undocumented: string[] = [];
  readonly #names: string[] = [];
  #comments: readonly { readonly range: readonly [number, number]; readonly value: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  visitor(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    return {
      Program: () => void (this.#comments = context.sourceCode.getAllComments()),
      ImportDeclaration: (node) => this.#import(node, { reexport: false }),
      ImportExpression: (node) => this.#import(node, { reexport: false }),
      ExportAllDeclaration: (node) => this.#import(node, { reexport: true }),
      ExportNamedDeclaration: (node) => this.#export(node),
      ExportDefaultDeclaration: (node) => this.#undocumented.push(`default:${this.#line(node)}`),
      FunctionDeclaration: (node) => this.#function(node, node.id?.name ?? "default"),
      MethodDefinition: (node) => this.#function(node, this.#source(node.key)),
      VariableDeclarator: (node) => {
        if (node.init?.type === "ArrowFunctionExpression") {
          this.#function(node as unknown as Declaring, this.#source(node.id));
        }
      },
      MemberExpression: (node) => {
        if (this.#source(node.object) === "Deno") this.#name(this.#source(node), node);
      },
      Identifier: (node) => this.#identifier(node),
    };
  }

  result(): Omit<SourceFile, "path"> {
    return {
      text: this.#text,
      imports: this.#imports,
      functions: this.#functions,
      undocumented: this.#undocumented,
      names: this.#names,
      comments: this.#comments.map(({ value }) => value),
      codeLines: this.#withoutComments().split("\n").filter((line) => line.trim() !== "").length,
    };
  }

  #import(
    node: Deno.lint.ImportDeclaration | Deno.lint.ImportExpression | Deno.lint.ExportAllDeclaration,
    { reexport }: { readonly reexport: boolean },
  ): void {
    const specifier = this.#source(node.source).replace(/^["'`]|["'`]$/g, "");
    const isType = "importKind" in node && node.importKind === "type";
    const isLazy = node.type === "ImportExpression";
    this.#imports.push({ specifier, line: this.#line(node), reexport, isType, isLazy });
  }

  #export(node: Deno.lint.ExportNamedDeclaration): void {
    if (node.source) {
      const specifier = String(node.source.value);
      const line = this.#line(node);
      this.#imports.push({ specifier, line, reexport: true, isType: false, isLazy: false });
    }
    if (!node.declaration || this.#isDocumented(node) || this.#isOverload(node)) return;
    this.#undocumented.push(
      `${this.#source(node).slice(0, 60).split("\n")[0]}:${this.#line(node)}`,
    );
  }

  #isDocumented(node: Node): boolean {
    return /\*\/\s*(\/\/[^\n]*\s*)*$/.test(this.#text.slice(0, node.range[0]));
  }

  /** The implementation below overload signatures shares their docstring. */
  #isOverload(node: Deno.lint.ExportNamedDeclaration): boolean {
    const name = /function\*? ([\w$]+)/.exec(this.#source(node))?.[1];
    if (!name) return false;
    return new RegExp(`^export (async )?function\\*? ${RegExp.escape(name)}\\b`, "m")
      .test(this.#text.slice(0, node.range[0]));
  }

  #function(node: Declaring, name: string): void {
    const lines = this.#source(node).split("\n").length;
    this.#functions.push({ name, line: this.#line(node), lines });
  }

  #identifier(node: Deno.lint.Identifier): void {
    const parent = node.parent;
    const isMember = parent.type === "MemberExpression" && parent.property === node;
    const isKey = "key" in parent && parent.key === node;
    if (!isMember && !isKey) this.#name(node.name, node);
  }

  #name(name: string, node: Node): void {
    this.#names.push(`${name}:${this.#line(node)}`);
  }

  #source(node: Node): string {
    return this.#text.slice(node.range[0], node.range[1]);
  }

  #line(node: Node): number {
    return this.#text.slice(0, node.range[0]).split("\n").length;
  }

  #withoutComments(): string {
    let rest = "";
    let at = 0;
    for (const { range } of this.#comments) {
      rest += this.#text.slice(at, range[0]);
      at = range[1];
    }
    return rest + this.#text.slice(at);
  }
}
