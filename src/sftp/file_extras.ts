import type { Clock } from "../clock.ts";
import type { Connection } from "../transport/transport.ts";

/** A far end that takes longer to list one file is not asked for more. */
const LIMIT_MS = 2_000;
const OUTPUT_CHARS = 4_096;

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
  options: { readonly clock: Clock },
): Promise<boolean> {
  if (/['\\!\n\0]/.test(path)) return false;
  const giveUp = new AbortController();
  const late = Promise.withResolvers<string>();
  using _limit = options.clock.after(LIMIT_MS, () => {
    giveUp.abort();
    late.resolve("");
  });
  const asking = listFile(connection, path, giveUp.signal).catch(() => "");
  return showsExtras(await Promise.race([asking, late.promise]));
}

async function listFile(
  connection: Connection,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const word = `'${/^[/.]/.test(path) ? path : `./${path}`}'`;
  await using channel = await connection.exec(`ls -ldn ${word}`, { signal });
  channel.end();
  signal.addEventListener("abort", () => void channel[Symbol.asyncDispose](), { once: true });
  let text = "";
  for await (const chunk of channel.output) {
    text += new TextDecoder().decode(chunk);
    if (text.length > OUTPUT_CHARS) break;
  }
  return text;
}

/** The mode's eleventh place (`+`, `.` or `@`) and the number of links (POSIX ls, GNU, BSD). */
function showsExtras(listing: string): boolean {
  const match = /^-[-rwxsStT]{9}([+.@]?)\s+(\d+)\s/m.exec(listing);
  return match !== null && (match[1] !== "" || Number(match[2]) > 1);
}
