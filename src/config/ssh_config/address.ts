/**
 * The canonical text of a numeric address as inet_aton(3) and inet_pton(3) read it, such as
 * 127.0.0.1 for 127.1; undefined for what is none. A zone behind `%` stays as it is.
 */
export function canonicalAddress(text: string): string | undefined {
  if (!text.includes(":")) return canonicalV4(text);
  const [, address = "", zone = ""] = /^([^%]*)(%.+)?$/s.exec(text) ?? [];
  const groups = parseV6(address);
  return groups === undefined ? undefined : printV6(groups) + zone;
}

/** Whether a name can only be an address, valid or not: it holds `%`, `:` or digits and dots. */
export function looksLikeAddress(name: string): boolean {
  return /[%:]/.test(name) || /^[0-9.]*$/.test(name);
}

/** The family of a canonical address. */
export function addressFamilyOf(address: string): "inet" | "inet6" {
  return address.includes(":") ? "inet6" : "inet";
}

/** Whether a text is a block of addresses such as 10.0.0.0/8, with no bit set behind its prefix. */
export function isAddressBlock(block: string): boolean {
  const [network = "", length, ...rest] = block.split("/");
  const base = addressBits(network);
  if (base === undefined || rest.length > 0) return false;
  if (length === undefined) return true;
  const prefix = Number(length);
  return /^\d{1,3}$/.test(length) && prefix <= base.length && !base.slice(prefix).includes("1");
}

function addressBits(text: string): string | undefined {
  const groups = text.includes(":") ? parseV6(text) : undefined;
  if (groups !== undefined) return groups.map((group) => toBits(group, 16)).join("");
  const v4 = /^[0-9.]+$/.test(text) ? canonicalV4(text) : undefined;
  return v4?.split(".").map((byte) => toBits(Number(byte), 8)).join("");
}

function toBits(value: number, width: number): string {
  return value.toString(2).padStart(width, "0");
}

function canonicalV4(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map(parseV4Part);
  const last = numbers.pop();
  if (last === undefined || numbers.some((n) => n === undefined || n > 255)) return undefined;
  const free = 4 - numbers.length;
  if (last >= 256 ** free) return undefined;
  const tail = Array.from(
    { length: free },
    (_, i) => Math.floor(last / 256 ** (free - 1 - i)) % 256,
  );
  return [...numbers, ...tail].join(".");
}

function parseV4Part(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function parseV6(text: string): readonly number[] | undefined {
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  if (tail !== null) {
    const bytes = (tail[2] as string).split(".").map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    return parseV6(`${tail[1]}${hex}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, rest] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && rest === undefined)) return undefined;
  if (rest === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - rest.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...rest];
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}

/** RFC 5952: the longest run of zeros folded, the first of equals; IPv4 inside as dotted quad. */
function printV6(groups: readonly number[]): string {
  const run = longestZeroRun(groups);
  const mapped = run.start === 0 &&
    (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const hex = groups.map((group) => group.toString(16));
  if (mapped) {
    const [a = 0, b = 0] = groups.slice(6);
    const quad = [a >> 8, a & 255, b >> 8, b & 255].join(".");
    return run.length === 6 ? `::${quad}` : `::ffff:${quad}`;
  }
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(
  groups: readonly number[],
): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
