import { expanded, PatternCompiler, type ProfileMistake } from "./pattern_compiler.ts";
import type {
  DeviceProfile,
  EnableDialogue,
  LoginAnswer,
  Pager,
  PromptLevel,
  PromptShape,
  SetupLine,
} from "./profile.ts";
import type { ProfileFile } from "./profile_schema.ts";

/** The base of a profile that extends none. */
export const EMPTY_PROFILE: DeviceProfile = {
  id: "",
  aliases: [],
  title: "",
  detect: { probe: "" },
  prompts: [],
  headers: [],
  login: [],
  setup: [],
  pagers: [],
  confirms: [],
  errors: [],
  textInput: [],
  enter: "\r",
  helpsAtOnce: false,
  emptyLineActs: false,
};

/**
 * Makes a profile of a file's content and of what it extends.
 *
 * Patterns of prompts, pagers, headers and logins match whole lines; the others are looked for.
 * Returns the profile, and every mistake found in its patterns.
 */
export function buildProfile(
  file: ProfileFile,
  base: DeviceProfile,
  options: { readonly areTrusted: boolean } = { areTrusted: false },
): { readonly profile: DeviceProfile; readonly mistakes: readonly ProfileMistake[] } {
  const compiler = new PatternCompiler(options);
  const list = (
    key: "headers" | "confirms" | "errors" | "textInput",
    scope: "line" | "text",
  ) => compiler.list(file[key], { path: key, scope, base: base[key] });
  const profile: DeviceProfile = {
    ...base,
    id: file.id,
    title: file.title ?? (base.id === "generic" ? file.id : base.title),
    aliases: file.aliases ?? [],
    detect: detectOf(file, base, compiler),
    prompts: promptsOf(file, compiler) ?? base.prompts,
    headers: list("headers", "line"),
    login: loginOf(file, base, compiler),
    setup: setupOf(file, base),
    enable: enableOf(file, base, compiler),
    pagers: pagersOf(file, base, compiler),
    confirms: list("confirms", "text"),
    errors: list("errors", "text"),
    textInput: list("textInput", "text"),
    enter: file.enter ?? base.enter,
    interrupt: given(file.interrupt, base.interrupt),
    earlyPrompt: given(file.earlyPrompt, base.earlyPrompt),
    helpsAtOnce: file.help ?? base.helpsAtOnce,
    emptyLineActs: file.emptyLine === undefined ? base.emptyLineActs : file.emptyLine === "acts",
    userSuffix: given(file.userSuffix, base.userSuffix),
  };
  return { profile, mistakes: compiler.mistakes };
}

function promptsOf(file: ProfileFile, compiler: PatternCompiler): PromptShape[] | undefined {
  if (file.prompts === undefined) return undefined;
  const levels: readonly PromptLevel[] = ["exec", "privileged", "config"];
  const shapes = levels.flatMap((level) => {
    const sources = file.prompts![level];
    if (sources === undefined) return [];
    return (Array.isArray(sources) ? sources : [sources]).map((source, index) => {
      const path = `prompts.${level}${Array.isArray(sources) ? `[${index}]` : ""}`;
      if (!source.includes("(?<host>") && !source.includes("(?<hostView>")) {
        compiler.note(path, "has no group (?<host>…) for the host name");
      }
      return { level, match: compiler.one(source, path, "line") };
    });
  });
  if (shapes.length === 0) compiler.note("prompts", "names no prompt");
  return shapes;
}

/** How a family is found is never inherited, but for the line that asks. */
function detectOf(
  { detect }: ProfileFile,
  base: DeviceProfile,
  compiler: PatternCompiler,
): DeviceProfile["detect"] {
  const probe = typeof detect?.probe === "object"
    ? detect.probe
    : { send: detect?.probe ?? base.detect.probe, match: undefined };
  return {
    ident: compiler.optional(detect?.ident, "detect.ident", "text"),
    banner: compiler.optional(detect?.banner, "detect.banner", "text"),
    prompt: compiler.optional(detect?.prompt, "detect.prompt", "text"),
    probe: probe.send,
    answer: compiler.optional(probe.match, "detect.probe.match", "text"),
  };
}

function loginOf(
  { login }: ProfileFile,
  base: DeviceProfile,
  compiler: PatternCompiler,
): readonly LoginAnswer[] {
  return expanded(login, base.login, (answer, index) => {
    const match = compiler.one(answer.match, `login[${index}].match`, "line");
    return { match, send: "given" in answer ? { given: answer.given } : answer.send };
  });
}

function setupOf({ setup }: ProfileFile, base: DeviceProfile): readonly SetupLine[] {
  return expanded(
    setup,
    base.setup,
    (line) =>
      typeof line === "string"
        ? { send: line, level: "exec" as const }
        : { send: line.send, level: line.needsMode },
  );
}

function pagersOf(
  { pagers }: ProfileFile,
  base: DeviceProfile,
  compiler: PatternCompiler,
): readonly Pager[] {
  return expanded(pagers, base.pagers, (pager, index) => {
    const place = pager.place ?? "line";
    const scope = place === "line-end" ? "end" : "line";
    return {
      match: compiler.one(pager.match, `pagers[${index}].match`, scope),
      next: pager.next ?? " ",
      quit: pager.quit ?? "q",
      filler: compiler.optional(pager.filler, `pagers[${index}].filler`, "line"),
      place,
    };
  });
}

function enableOf(
  { enable }: ProfileFile,
  base: DeviceProfile,
  compiler: PatternCompiler,
): EnableDialogue | undefined {
  if (enable === undefined) return base.enable;
  if (enable === null) return undefined;
  const never = { send: "enable", pattern: compiler.one("[^\\s\\S]", "enable", "line") };
  const compile = (
    name: "password" | "username" | "noPassword" | "fail",
    scope: "line" | "text",
  ) =>
    compiler.optional(enable[name], `enable.${name}`, scope) ?? base.enable?.[name] ??
      never.pattern;
  return {
    send: enable.send ?? base.enable?.send ?? never.send,
    password: compile("password", "line"),
    username: compile("username", "line"),
    noPassword: compile("noPassword", "text"),
    fail: compile("fail", "text"),
    done: compiler.optional(enable.done, "enable.done", "text") ?? base.enable?.done,
  };
}

function given<T>(value: T | null | undefined, base: T | undefined): T | undefined {
  return value === undefined ? base : value ?? undefined;
}
