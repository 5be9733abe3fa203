import { UnsupportedError } from "../../errors.ts";
import { type Call, targetOf } from "../call.ts";
import type { TargetArguments } from "../schemas.ts";

const ANSWER_MS = 10_000;
/** Start-up files may print before it. */
const ANSWER_BYTES = 256 * 1024;
const MARK = "mj-where ";

/** Prints what tells machines and containers apart; its quotes mean the same to every shell. */
export const WHERE_LINE = `sh -c 'echo "${MARK}$(uname -n) ` +
  "$(readlink /proc/self/ns/mnt || echo -) $(cat /proc/sys/kernel/random/boot_id || echo -)\"' 2>/dev/null";

/**
 * Lets a shell inside the login shell pass whose files the connection itself reaches.
 *
 * @throws {UnsupportedError} For one on another machine or in a container: nobody could find a record
 * there by the host's name.
 */
export async function sameMachine(where: string, args: TargetArguments, call: Call): Promise<void> {
  const registry = await call.services.registry();
  const { connection } = await registry.connection(targetOf(args), { signal: call.signal });
  const { text } = await connection.run(WHERE_LINE, {
    limitBytes: ANSWER_BYTES,
    timeoutMs: ANSWER_MS,
    until: (text) => answerIn(text.slice(0, text.lastIndexOf("\n") + 1)) !== undefined,
    signal: call.signal,
  });
  const inside = answerIn(where);
  if (inside !== undefined && inside === answerIn(text)) return;
  const [node] = (inside ?? "").split(" ");
  throw new UnsupportedError(
    `The session's shell runs on another machine or in a container${
      node ? ` (${node})` : ""
    }, where a durable command could not be found again by the name ${args.host}`,
    "Nothing was run. Name that machine as host, or another session",
  );
}

function answerIn(text: string): string | undefined {
  const line = text.split("\n").find((line) => line.startsWith(MARK));
  return line?.slice(MARK.length).trim();
}
