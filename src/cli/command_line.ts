import { HELP, usageError } from "./help.ts";

/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: "serve" }
  | { readonly kind: "shared"; readonly onlyCheck: boolean }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "config" | "check"; readonly host: string }
  | { readonly kind: "replay"; readonly path: string; readonly profile: string | undefined }
  | { readonly kind: "wrong"; readonly message: string };

/** Reads the program's arguments; what makes no sense becomes `wrong`, never an exception. */
export async function parseCommandLine(
  args: readonly string[],
  version: string,
): Promise<CommandLine> {
  if (args.length === 0) return { kind: "serve" };
  // Loading it takes 6 ms, which the many starts without arguments can do without.
  const { parseArgs } = await import("node:util");
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
        check: { type: "boolean" },
      },
    });
    if (values.help) return { kind: "print", text: HELP };
    if (values.version) return { kind: "print", text: `mcp-ssh-session ${version}\n` };
    if (values.check === true || positionals[0] === "serve") {
      return parseServe(positionals, values.check === true);
    }
    return parseWords(positionals, version);
  } catch (error) {
    return {
      kind: "wrong",
      message: usageError(String(error).replace(/^TypeError: |\. To specify.*$/gs, "")),
    };
  }
}

function parseWords([word, ...rest]: readonly string[], version: string): CommandLine {
  if (word === undefined) return { kind: "serve" };
  if (word === "help") return { kind: "print", text: HELP };
  if (word === "version") return { kind: "print", text: `mcp-ssh-session ${version}\n` };
  if (word === "config" || word === "check") {
    const [host, ...more] = rest;
    return host === undefined || more.length > 0
      ? { kind: "wrong", message: usageError(`${word} takes one host`) }
      : { kind: word, host };
  }
  if (word === "profile") return parseProfileWords(rest);
  return { kind: "wrong", message: usageError(`Unknown word "${word}"`) };
}

function parseServe(words: readonly string[], onlyCheck: boolean): CommandLine {
  if (words[0] === "serve" && words.length === 1) return { kind: "shared", onlyCheck };
  return { kind: "wrong", message: usageError("serve takes nothing but --check") };
}

function parseProfileWords([word, path, profile, ...more]: readonly string[]): CommandLine {
  if (word === "test" && path !== undefined && more.length === 0) {
    return { kind: "replay", path, profile };
  }
  return { kind: "wrong", message: usageError("profile test takes a recording and a profile") };
}
