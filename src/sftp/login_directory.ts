import { ChannelError } from "../errors.ts";
import { newNonce } from "../terminal/nonce.ts";
import type { Connection } from "../transport/transport.ts";

const ANSWER_MS = 5_000;
/** Start-up files may print before it. */
const ANSWER_BYTES = 64 * 1024;

/** The directory that a host without SFTP runs commands in; undefined where it does not tell. */
export async function loginDirectory(connection: Connection): Promise<string | undefined> {
  const mark = newNonce();
  const command = `exec sh -c 'printf "${mark}%s/${mark}" "$(pwd)"'`;
  try {
    const { text } = await connection.run(command, {
      limitBytes: ANSWER_BYTES,
      timeoutMs: ANSWER_MS,
      until: (text) => text.split(mark).length > 2,
    });
    const [, directory] = text.split(mark);
    return directory?.startsWith("/") ? directory.slice(0, -1) || "/" : undefined;
  } catch (error) {
    // What the file itself needs will fail in the same way, and say why.
    if (error instanceof ChannelError) return undefined;
    throw error;
  }
}
