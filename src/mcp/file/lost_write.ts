import { within } from "../../clock.ts";
import { ConnectionLostError } from "../../errors.ts";
import type { RemoteFiles } from "../../sftp/remote_files.ts";
import { shownPath } from "../../sftp/remote_path.ts";
import { type Call, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";

/** A write whose connection went. */
export interface LostWrite {
  readonly args: TargetArguments;
  readonly call: Call;
  readonly files: RemoteFiles;
  /** The file beside the target, where one may be left. */
  readonly aside: string | undefined;
  readonly path: string;
}

/** Enough to connect anew and remove a file; not enough to keep the caller waiting. */
const CLEAN_UP_MS = 5_000;

/** The error of such a write: says whether the file was replaced, once what is left is removed. */
export async function lostWrite(
  cause: ConnectionLostError,
  write: LostWrite,
): Promise<ConnectionLostError> {
  const file = shownPath(write.path);
  const [fact, advice] = await outcome(write, file);
  return new ConnectionLostError(`${cause.message}; ${fact}`, advice, { cause });
}

type Outcome = readonly [fact: string, advice: string];

async function outcome(write: LostWrite, file: string): Promise<Outcome> {
  const unknown: Outcome = [
    `${file} is whole, the old file or the new one`,
    "Read it to see which, then write again if need be",
  ];
  if (write.aside === undefined) return unknown;
  const left = shownPath(write.aside);
  const removed = await removeAside(write.aside, write).catch(() => undefined);
  if (removed === undefined) {
    return [`${unknown[0]}, and ${left} may be left beside it`, unknown[1]];
  }
  return removed
    ? [`${file} is unchanged and nothing is left beside it`, "Write again"]
    : [`${file} was replaced before that`, "Read it if in doubt; nothing is left to do"];
}

/** Undefined when it did not come about in time. */
async function removeAside(aside: string, write: LostWrite): Promise<boolean | undefined> {
  const { args, call, files } = write;
  const giveUp = new AbortController();
  const removal = async (): Promise<boolean> => {
    const registry = await call.services.registry();
    const { connection } = await registry.connection(targetOf(args), { signal: giveUp.signal });
    return await files.removeLeftover(connection, aside);
  };
  try {
    return await within(call.services.clock, CLEAN_UP_MS, removal());
  } finally {
    giveUp.abort();
  }
}
