/** The names of a host in its own output. */
export interface OwnNames {
  /** The alias, shown as `%h`. */
  readonly host: string;
  /** The HostName of ssh_config, shown as `%a`; absent where it is the same or hidden. */
  readonly address?: string | undefined;
}

/** Shorter names are parts of other words more often than names. */
const SHORTEST_NAME = 3;

/**
 * The text with the host's own names as `%h` and `%a`, so that it is equal on every host that prints
 * the same but for them; undefined where it has none, or where these signs would not be told apart
 * from such ones in the text. {@link withNames} gives back the text.
 */
export function withoutNames(text: string, names: OwnNames): string | undefined {
  if (text.includes("%h") || text.includes("%a")) return undefined;
  const wanted = [["%a", names.address ?? ""], ["%h", names.host]] as const;
  const known = wanted.filter(([, name]) => name.length >= SHORTEST_NAME && !name.includes("%"))
    .sort(([, a], [, b]) => b.length - a.length);
  const parts: string[] = [];
  let done = 0;
  for (let at = 0; at < text.length;) {
    const found = known.map(([sign, name]) => ({ sign, name, start: text.indexOf(name, at) }))
      .filter(({ start }) => start >= 0)
      .reduce<Found | undefined>((a, b) => a === undefined || b.start < a.start ? b : a, undefined);
    if (found === undefined) break;
    const end = found.start + found.name.length;
    at = found.start + 1;
    if (!isWord(text, found.start, end)) continue;
    parts.push(text.slice(done, found.start), found.sign);
    done = end;
    at = end;
  }
  return parts.length === 0 ? undefined : parts.join("") + text.slice(done);
}

/** The text of one host again. */
export function withNames(text: string, names: OwnNames): string {
  return text.replace(/%[ha]/g, (sign) => sign === "%h" ? names.host : names.address ?? sign);
}

interface Found {
  readonly sign: string;
  readonly name: string;
  readonly start: number;
}

/** Whether it stands by itself: web1 is not in web10. */
function isWord(text: string, start: number, end: number): boolean {
  return !/[A-Za-z0-9_]/.test(text[start - 1] ?? "") && !/[A-Za-z0-9_]/.test(text[end] ?? "");
}
