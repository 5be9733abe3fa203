import type { Word } from "./words.ts";

/** The request that a command line makes. */
export type CommandLine =
  | { readonly kind: "serve" }
  | { readonly kind: "shared"; readonly onlyCheck: boolean }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "config" | "check"; readonly host: string }
  | { readonly kind: "audit"; readonly path: string }
  | { readonly kind: "replay"; readonly path: string; readonly profile: string | undefined }
  | { readonly kind: "record"; readonly host: string; readonly commands: string | undefined }
  | { readonly kind: "wrong"; readonly message: string };

/** Reads the program's arguments; what makes no sense becomes `wrong`, never an exception. */
export async function parseCommandLine(
  args: readonly string[],
  version: string,
): Promise<CommandLine> {
  // The many starts without arguments do without the table and the parser, which take 6 ms.
  if (args.length === 0) return { kind: "serve" };
  const { parseArgs } = await import("node:util");
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
        agent: { type: "boolean" },
        check: { type: "boolean" },
      },
    });
    if (values.agent) return await wrong("--agent is the first word of the npm package's command");
    if (values.help) return await parseWords(["help"], { version, check: false });
    if (values.version) return await parseWords(["version"], { version, check: false });
    return await parseWords(positionals, { version, check: values.check === true });
  } catch (error) {
    return await wrong(String(error).replace(/^TypeError: |\. To specify.*$/gs, ""));
  }
}

interface Given {
  readonly version: string;
  /** Whether `--check` was given. */
  readonly check: boolean;
}

async function parseWords(typed: readonly string[], given: Given): Promise<CommandLine> {
  const { WORDS } = await import("./words.ts");
  const of = ({ name }: Word): readonly string[] => name.split(" ");
  const word = WORDS.find((one) => of(one).every((part, at) => typed[at] === part));
  if (!word) {
    const begun = WORDS.find((one) => of(one)[0] === typed[0]);
    return await wrong(begun ? wants(begun) : `Unknown word "${typed[0] ?? "--check"}"`);
  }
  const values = typed.slice(of(word).length);
  const least = word.takes.filter(({ isOptional }) => !isOptional).length;
  const fits = values.length >= least && values.length <= word.takes.length;
  const takesCheck = word.options.includes("--check");
  if (!fits || (given.check && !takesCheck)) return await wrong(wants(word));
  return await requestOf(word, values, given);
}

async function requestOf(
  word: Word,
  values: readonly string[],
  { version, check }: Given,
): Promise<CommandLine> {
  const [value = ""] = values;
  switch (word.name) {
    case "serve":
      return { kind: "shared", onlyCheck: check };
    case "config":
    case "check":
      return { kind: word.name, host: value };
    case "profile test":
      return { kind: "replay", path: value, profile: values[1] };
    case "profile record":
      return { kind: "record", host: value, commands: values[1] };
    case "audit verify":
      return { kind: "audit", path: value };
    case "completion": {
      const { SHELLS } = await import("./completions.ts");
      const write = Object.hasOwn(SHELLS, value) ? SHELLS[value] : undefined;
      return write ? { kind: "print", text: write() } : await wrong(wants(word));
    }
    case "manual": {
      const { manualPage } = await import("./manual_page.ts");
      return { kind: "print", text: manualPage(version) };
    }
    case "help":
      return await help(values[0]);
    default:
      return { kind: "print", text: `mcp-ssh-session ${version}\n` };
  }
}

async function help(name: string | undefined): Promise<CommandLine> {
  const [{ helpOf, helpText }, { WORDS }] = await Promise.all([
    import("./help.ts"),
    import("./words.ts"),
  ]);
  if (name === undefined) return { kind: "print", text: helpText() };
  const words = WORDS.filter((one) => one.name === name || one.name.split(" ")[0] === name);
  return words.length > 0
    ? { kind: "print", text: words.map(helpOf).join("\n") }
    : await wrong(`Unknown word "${name}"`);
}

function wants(word: Word): string {
  return `${word.name} takes ${word.wants}`;
}

async function wrong(seen: string): Promise<CommandLine> {
  const { usageError } = await import("./help.ts");
  return { kind: "wrong", message: usageError(seen) };
}
