import { findPatternFault, LinePattern } from "./line_pattern.ts";

/** The fault at one place of a profile file. */
export interface ProfileMistake {
  /** Path inside the file, such as "prompts.exec" or "pagers[1].match". */
  readonly path: string;
  readonly fault: string;
}

type Scope = ConstructorParameters<typeof LinePattern>[1];

/** Makes patterns of a file's text and keeps what is wrong with them. */
export class PatternCompiler {
  readonly mistakes: ProfileMistake[] = [];
  readonly #areTrusted: boolean;

  /** `areTrusted`: patterns are checked by tests, and compiled when they are first used. */
  constructor({ areTrusted }: { readonly areTrusted: boolean }) {
    this.#areTrusted = areTrusted;
  }

  one(source: string, path: string, scope: Scope): LinePattern {
    const fault = this.#areTrusted ? undefined : findPatternFault(source);
    if (fault !== undefined) this.note(path, fault);
    return new LinePattern(source, scope);
  }

  optional(source: string | undefined, path: string, scope: Scope): LinePattern | undefined {
    return source === undefined ? undefined : this.one(source, path, scope);
  }

  /** A list, with `"..."` replaced by the base's. */
  list(
    sources: readonly string[] | undefined,
    how: { readonly path: string; readonly scope: Scope; readonly base: readonly LinePattern[] },
  ): readonly LinePattern[] {
    return expanded(
      sources,
      how.base,
      (source, index) => this.one(source, `${how.path}[${index}]`, how.scope),
    );
  }

  note(path: string, fault: string): void {
    this.mistakes.push({ path, fault });
  }
}

/** A file's list in terms of the profile: the base's where there is none, and in place of `"..."`. */
export function expanded<From, To>(
  list: readonly From[] | undefined,
  base: readonly To[],
  make: (entry: Exclude<From, "...">, index: number) => To,
): readonly To[] {
  if (list === undefined) return base;
  return list.flatMap((entry, index) =>
    entry === "..." ? base : [make(entry as Exclude<From, "...">, index)]
  );
}
