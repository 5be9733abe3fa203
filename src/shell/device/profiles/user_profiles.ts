import { posix } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { buildProfile } from "./build_profile.ts";
import { BUILT_IN_PROFILES } from "./built_in_profiles.ts";
import type { DeviceProfile } from "./profile.ts";
import { profileSchema } from "./profile_schema.ts";

/** How files are reached; the program gives it what its permissions cover. */
export interface ProfileFiles {
  /** Names in a directory; throws when it cannot be read. */
  readDir(path: string): Promise<readonly string[]>;
  /** Text of a file; throws when it cannot be read. */
  readText(path: string): Promise<string>;
}

/** An operator's profiles, and what was wrong with the others. */
export interface UserProfiles {
  readonly profiles: readonly DeviceProfile[];
  /** One for each mistake; names file and place. */
  readonly mistakes: readonly ConfigError[];
}

const FILE_LIMIT_CHARS = 262_144;

/** Loads every `*.json` of a directory (MCP_SSH_PROFILES), in order of name. */
export async function loadUserProfiles(
  directory: string,
  files: ProfileFiles,
): Promise<UserProfiles> {
  let names: readonly string[];
  try {
    names = await files.readDir(directory);
  } catch (error) {
    const fault = `cannot be read: ${messageOf(error)}`;
    return { profiles: [], mistakes: [mistake(directory, "", fault)] };
  }
  const profiles: DeviceProfile[] = [];
  const mistakes: ConfigError[] = [];
  for (const name of names.filter((x) => x.endsWith(".json")).toSorted()) {
    const path = posix.join(directory, name);
    const read = await readProfile(path, files);
    if (read.profile === undefined) mistakes.push(...read.mistakes);
    else if (profiles.some(({ id }) => id === read.profile!.id)) {
      mistakes.push(mistake(path, "id", `"${read.profile.id}" is taken by another file`));
    } else profiles.push(read.profile);
  }
  return { profiles, mistakes };
}

/** Reads one profile from a file's text; without mistakes there is a profile. */
export function parseProfile(
  path: string,
  text: string,
): { readonly profile?: DeviceProfile; readonly mistakes: readonly ConfigError[] } {
  const json = parseJson(text);
  if (json instanceof Error) return { mistakes: [mistake(path, "", json.message)] };
  const checked = profileSchema.safeParse(json);
  if (!checked.success) {
    const mistakes = checked.error.issues.map((issue) =>
      mistake(path, pathText(issue.path), describe(issue))
    );
    return { mistakes };
  }
  const wanted = checked.data.extends ?? "generic";
  const base = BUILT_IN_PROFILES.find(({ id }) => id === wanted);
  if (base === undefined) {
    const known = BUILT_IN_PROFILES.map(({ id }) => id).join(", ");
    return {
      mistakes: [mistake(path, "extends", `"${wanted}" is no built-in; known are ${known}`)],
    };
  }
  const { profile, mistakes } = buildProfile(checked.data, base);
  if (mistakes.length === 0) return { profile, mistakes: [] };
  return { mistakes: mistakes.map(({ path: place, fault }) => mistake(path, place, fault)) };
}

async function readProfile(
  path: string,
  files: ProfileFiles,
): Promise<ReturnType<typeof parseProfile>> {
  try {
    const text = await files.readText(path);
    if (text.length <= FILE_LIMIT_CHARS) return parseProfile(path, text);
    return { mistakes: [mistake(path, "", `is longer than ${FILE_LIMIT_CHARS} characters`)] };
  } catch (error) {
    return { mistakes: [mistake(path, "", `cannot be read: ${messageOf(error)}`)] };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text, which may be any file that stands in the directory.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(messageOf(error))?.[0];
    return new Error(`is not JSON${place === undefined ? "" : ` ${place}`}`);
  }
}

interface Issue {
  readonly code?: string;
  readonly message: string;
  readonly keys?: readonly string[];
}

/** Zod's words where they say enough; the known keys where one is unknown. */
function describe(issue: Issue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const names = (issue.keys ?? []).map((key) => `"${key}"`).join(", ");
  return `${names} is not known here; a profile's keys are ${
    Object.keys(profileSchema.shape).join(", ")
  }`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    return index === 0 ? String(step) : `.${String(step)}`;
  }).join("");
}

function mistake(file: string, place: string, fault: string): ConfigError {
  const where = place === "" ? file : `${file}: ${place}`;
  return new ConfigError(`${where} ${fault}`, "Mend the profile and restart the server");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
