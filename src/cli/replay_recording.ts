import { InputError } from "../errors.ts";
import type { DeviceProfile } from "../shell/device/profiles/profile.ts";
import type { ProfileTable } from "../shell/device/profiles/profile_table.ts";
import { describeReplay, type Replay, replayTranscript } from "../shell/device/replay.ts";
import { type Output, runWord } from "./output.ts";
import { makeVisible } from "../terminal/visible.ts";

/** The input and output of `profile test`. */
export interface Recording {
  /** Bytes as the device sent them, as text. */
  readonly text: string;
  /** Where it was read, to name it. */
  readonly path: string;
  /** A profile named outright. */
  readonly profile: string | undefined;
}

/** How the word `profile test` reads and prints. */
export interface ReplayOptions {
  readonly output: Output;
  readonly readText: (path: string) => Promise<string>;
}

/** `profile test FILE [PROFILE]`: prints what a recording would have returned; returns the status. */
export function replayFile(
  { path, profile }: Omit<Recording, "text">,
  table: ProfileTable,
  { output, readText }: ReplayOptions,
): Promise<number> {
  return runWord(output, async () => {
    const text = await readText(path).catch((cause: Error) => {
      throw new InputError(`Cannot read ${path}: ${cause.message}`, "Check the path", { cause });
    });
    await output.print(replayRecording({ text, path, profile }, table));
    return 0;
  });
}

/**
 * Shows what a recording would have returned through a profile.
 *
 * Without a name the profile is tried that understands most of its commands: the operator's own
 * first, then the built-in ones.
 *
 * @throws {InputError} When no profile has the name, or none finds a prompt in the recording.
 */
function replayRecording(recording: Recording, table: ProfileTable): string {
  const profiles = recording.profile === undefined
    ? table.profiles
    : [table.get(recording.profile)];
  const best = profiles.map((profile) => replay(profile, recording.text)).reduce(better);
  if (best.host === undefined) {
    throw new InputError(
      `No line of ${recording.path} is a prompt of ${recording.profile ?? "any profile"}`,
      "Record the session with its prompts, as script(1) does, or name its profile",
    );
  }
  return `${makeVisible(describeReplay(best)).text.trimEnd()}\n`;
}

function replay(profile: DeviceProfile, text: string): Replay {
  return replayTranscript(profile, text);
}

/** The first of two that read equally much: own profiles and particular families come first. */
function better(first: Replay, second: Replay): Replay {
  return second.commands.length > first.commands.length ? second : first;
}
