import type { Connection } from "../../transport/transport.ts";

/** A far end that takes longer to list one file is not asked for more. */
const LIMIT_MS = 2_000;
const OUTPUT_BYTES = 256 * 1024;

/**
 * Whether a file has what SFTP version 3 neither shows nor keeps: an access control list, a security
 * context, or other names (hard links); as ls(1) tells.
 *
 * False also where no command can be run, or the path needs quotes that not every login shell reads
 * alike.
 */
export async function hasExtras(
  connection: Connection,
  path: string,
): Promise<boolean> {
  if (/['\\!\n\0]/.test(path)) return false;
  const word = `'${/^[/.]/.test(path) ? path : `./${path}`}'`;
  const listing = await connection.run(`ls -ldn ${word}`, {
    limitBytes: OUTPUT_BYTES,
    timeoutMs: LIMIT_MS,
  }).catch(() => undefined);
  return showsExtras(listing?.text ?? "");
}

/** The mode's eleventh place (`+`, `.` or `@`) and the number of links (POSIX ls, GNU, BSD). */
function showsExtras(listing: string): boolean {
  const match = /^-[-rwxsStT]{9}([+.@]?)\s+(\d+)\s/m.exec(listing);
  return match !== null && (match[1] !== "" || Number(match[2]) > 1);
}
