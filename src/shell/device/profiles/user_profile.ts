import type { DeviceProfile, EnableDialogue, PromptLevel, PromptShape } from "./profile.ts";
import { IOS_ENABLE } from "./profile_parts.ts";
import { findPatternFault } from "./pattern_check.ts";
import type { ProfileFile } from "./profile_schema.ts";

/** What is wrong at one place of a profile file. */
export interface ProfileMistake {
  /** Path inside the file, such as "prompts.exec" or "pagers[1].match". */
  readonly path: string;
  readonly fault: string;
}

/** Whether a pattern is held against a whole line or looked for inside a text. */
type Scope = "line" | "text";

/**
 * Makes a profile of a file's content and of what it extends.
 *
 * Patterns of prompts, pagers, headers and logins match whole lines; the others are looked for.
 * Returns the profile, and every mistake found in its patterns.
 */
export function buildProfile(
  file: ProfileFile,
  base: DeviceProfile,
  options: { readonly now: () => number },
): { readonly profile: DeviceProfile; readonly mistakes: readonly ProfileMistake[] } {
  const compiler = new PatternCompiler(options.now);
  const profile = defined({
    ...base,
    id: file.id,
    title: file.title ?? (base.id === "generic" ? file.id : base.title),
    aliases: file.aliases ?? [],
    detect: { ...detectOf(file, compiler), probe: probeOf(file) ?? base.detect.probe },
    prompts: promptsOf(file, compiler) ?? base.prompts,
    headers: compiler.list(file.headers, "headers", "line") ?? base.headers,
    login: file.login?.map(({ match, send }, index) => ({
      match: compiler.one(match, `login[${index}].match`, "line"),
      send,
    })) ?? base.login,
    setup: setupOf(file) ?? base.setup,
    enable: enableOf(file, base, compiler),
    pagers: file.pagers?.map(({ match, next, quit }, index) => ({
      match: compiler.one(match, `pagers[${index}].match`, "line"),
      next: next ?? " ",
      quit: quit ?? "q",
    })) ?? base.pagers,
    confirms: compiler.list(file.confirms, "confirms", "text") ?? base.confirms,
    errors: compiler.list(file.errors, "errors", "text") ?? base.errors,
    textInput: compiler.list(file.textInput, "textInput", "text") ?? base.textInput,
    enter: file.enter ?? base.enter,
    interrupt: file.interrupt ?? base.interrupt,
    earlyPrompt: switched(file.earlyPrompt, "fenced", base.earlyPrompt),
    help: switched(file.help, "at-once", base.help),
    userSuffix: file.userSuffix ?? base.userSuffix,
  });
  return { profile, mistakes: compiler.mistakes };
}

/** Compiles patterns and keeps what is wrong with them. */
class PatternCompiler {
  readonly mistakes: ProfileMistake[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  one(source: string, path: string, scope: Scope): RegExp {
    const isCaseless = source.startsWith("(?i)");
    const body = isCaseless ? source.slice(4) : source;
    const flags = isCaseless ? "im" : "m";
    const fault = findPatternFault(body, { now: this.#now, flags });
    if (fault !== undefined) {
      this.mistakes.push({ path, fault });
      return /(?!)/;
    }
    return scope === "line"
      ? new RegExp(`^(?:${body})$`, isCaseless ? "i" : "")
      : new RegExp(body, flags);
  }

  list(sources: readonly string[] | undefined, path: string, scope: Scope): RegExp[] | undefined {
    return sources?.map((source, index) => this.one(source, `${path}[${index}]`, scope));
  }

  note(path: string, fault: string): void {
    this.mistakes.push({ path, fault });
  }
}

function promptsOf(file: ProfileFile, compiler: PatternCompiler): PromptShape[] | undefined {
  if (file.prompts === undefined) return undefined;
  const levels: readonly PromptLevel[] = ["exec", "privileged", "config"];
  const shapes = levels.flatMap((level) => {
    const given = file.prompts![level];
    if (given === undefined) return [];
    return (Array.isArray(given) ? given : [given]).map((source, index) => {
      const path = `prompts.${level}${Array.isArray(given) ? `[${index}]` : ""}`;
      if (!/\(\?<host(?:View)?>/.test(source)) {
        compiler.note(path, "has no group (?<host>…) for the host name");
      }
      return { level, match: compiler.one(source, path, "line") };
    });
  });
  if (shapes.length === 0) compiler.note("prompts", "names no prompt");
  return shapes;
}

function detectOf(
  { detect }: ProfileFile,
  compiler: PatternCompiler,
): Omit<DeviceProfile["detect"], "probe"> {
  const compile = (source: string | undefined, name: string): RegExp | undefined =>
    source === undefined ? undefined : compiler.one(source, `detect.${name}`, "text");
  const answer = typeof detect?.probe === "object" ? detect.probe.match : undefined;
  return defined({
    ident: compile(detect?.ident, "ident"),
    banner: compile(detect?.banner, "banner"),
    prompt: compile(detect?.prompt, "prompt"),
    answer: compile(answer, "probe.match"),
  });
}

function probeOf({ detect }: ProfileFile): string | undefined {
  return typeof detect?.probe === "object" ? detect.probe.send : detect?.probe;
}

function setupOf({ setup }: ProfileFile): DeviceProfile["setup"] | undefined {
  return setup?.map((line) =>
    typeof line === "string"
      ? { send: line, level: "exec" }
      : { send: line.send, level: line.needsMode ?? "exec" }
  );
}

function enableOf(
  { enable }: ProfileFile,
  base: DeviceProfile,
  compiler: PatternCompiler,
): EnableDialogue | undefined {
  if (enable === undefined) return base.enable;
  const words = base.enable ?? IOS_ENABLE;
  const compile = (name: "password" | "username" | "noPassword" | "fail", scope: Scope): RegExp => {
    const source = enable[name];
    const known = name === "fail" ? words.refused : words[name];
    return source === undefined ? known : compiler.one(source, `enable.${name}`, scope);
  };
  return {
    send: enable.send ?? words.send,
    password: compile("password", "line"),
    username: compile("username", "line"),
    noPassword: compile("noPassword", "text"),
    refused: compile("fail", "text"),
  };
}

function switched<T>(given: boolean | undefined, on: T, base: T | undefined): T | undefined {
  if (given === undefined) return base;
  return given ? on : undefined;
}

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
