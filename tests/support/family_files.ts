import { join } from "node:path";
import { type ProfileFile, profileSchema } from "../../src/shell/device/profiles/profile_schema.ts";
import { REPOSITORY } from "./source_file.ts";

/** A built-in family as its file has it. */
export interface FamilyFile {
  readonly path: string;
  readonly file: ProfileFile;
  /** Every pattern in it. */
  readonly patterns: readonly string[];
}

const DIRECTORY = "src/shell/device/profiles/families";
/** Keys whose text is no pattern. */
const PLAIN = ["id", "extends", "title", "aliases", "why", "sources", "setup", "send", "given"];
const ALSO_PLAIN = [
  "next",
  "quit",
  "place",
  "enter",
  "interrupt",
  "earlyPrompt",
  "emptyLine",
  "userSuffix",
];

/** The files of the built-in families, by name. */
export const FAMILY_FILES: readonly FamilyFile[] = readAll();

function readAll(): FamilyFile[] {
  const directory = join(REPOSITORY, DIRECTORY);
  return [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted().map((name) => {
    const file = profileSchema.parse(JSON.parse(Deno.readTextFileSync(join(directory, name))));
    return { path: name, file, patterns: patternsIn(file) };
  });
}

function patternsIn(value: unknown, key = ""): string[] {
  if (PLAIN.includes(key) || ALSO_PLAIN.includes(key)) return [];
  if (typeof value === "string") return value === "..." || key === "probe" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((entry) => patternsIn(entry, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => patternsIn(entry, name));
}
