import { FileError } from "../errors.ts";
import type { Sftp } from "../transport/transport.ts";
import type { FileFacts } from "./file_range.ts";

/** The owner after and before, as far as it changed; names where they are known. */
export function ownerChanges(now: Owner & Named, was: Owner & Named): readonly string[] {
  const word = (name: string | undefined, id: string): string => ownerName(name) ?? id;
  return [
    ...(now.uid === was.uid ? [] : [
      `owner is now ${word(now.user, `uid ${now.uid}`)}, was ${word(was.user, `uid ${was.uid}`)}`,
    ]),
    ...(now.gid === was.gid ? [] : [
      `group is now ${word(now.group, `gid ${now.gid}`)}, was ${word(was.group, `gid ${was.gid}`)}`,
    ]),
  ];
}

/** Longer ones are shown by number; LOGIN_NAME_MAX of Linux is 256, with the domain of a directory. */
const NAME_CHARS = 256;

/**
 * A name of the host's that may stand in a line of ours: no blanks, nothing invisible, and nothing
 * that could be taken for a number or for the colon between user and group.
 */
export function ownerName(name: string | undefined): string | undefined {
  if (name === undefined || name === "" || name.length > NAME_CHARS) return undefined;
  // GNU stat(1) says UNKNOWN for an id without a name.
  if (name === "UNKNOWN" || /^\d+$/.test(name)) return undefined;
  return /[^\p{L}\p{N}._@\\$+-]/u.test(name) ? undefined : name;
}

type Owner = Pick<FileFacts, "uid" | "gid">;
type Named = Pick<FileFacts, "user" | "group">;

/** The same facts with the names of user and group, where the server has users-groups-by-id. */
export async function withOwnerNames<T extends Owner>(sftp: Sftp, facts: T): Promise<T & Named> {
  const { uid, gid } = facts;
  if (uid === undefined || gid === undefined) return facts;
  try {
    const names = await sftp.ownerNames({ uid, gid });
    return { ...facts, user: ownerName(names?.user), group: ownerName(names?.group) };
  } catch (error) {
    if (error instanceof FileError) return facts;
    throw error;
  }
}
