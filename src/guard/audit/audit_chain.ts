import { createHash } from "node:crypto";

/** Facts of a record; undefined ones are left out. */
export type AuditFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The part of a record that ties it to the one before. */
interface Link {
  /** Of one run of the server. */
  readonly "audit.chain": string;
  /** From 0, without a gap. */
  readonly "audit.seq": number;
  /** SHA-256 of the line before without its hash; of the first one empty. */
  readonly "audit.previous": string;
}

/** Records of one run of the server, each tied to the one before by its hash. */
export class AuditChain {
  readonly #chain = crypto.randomUUID();
  #seq = 0;
  #previous = "";

  /** The next record as one line of JSON, without LF. */
  add(fields: AuditFields): string {
    const link: Link = {
      "audit.chain": this.#chain,
      "audit.seq": this.#seq++,
      "audit.previous": this.#previous,
    };
    const body = JSON.stringify({ ...fields, ...link });
    this.#previous = hashOf(body);
    return `${body.slice(0, -1)},"audit.hash":"${this.#previous}"}`;
  }
}

/** A fault of a chain, in words. */
export interface ChainFault {
  /** From 1. */
  readonly line: number;
  readonly fault: string;
}

/** The result of a check. */
export interface ChainReport {
  readonly records: number;
  readonly chains: number;
  readonly faults: readonly ChainFault[];
  /** Chains whose last record is not the one that a server writes when it ends. */
  readonly open: number;
}

interface Seen {
  seq: number;
  hash: string;
  isEnded: boolean;
}

/** The event of the last record of a run that was ended in order. */
export const LAST_EVENT = "audit.end";

/**
 * Checks lines that hold records, also behind the header of a syslog line; other lines are passed
 * over. What was removed, changed, doubled or put in another place is found, but for what is missing
 * at a chain's end, which only counts as open.
 */
export function verifyChain(lines: Iterable<string>): ChainReport {
  const chains = new Map<string, Seen>();
  const faults: ChainFault[] = [];
  let records = 0;
  let number = 0;
  for (const text of lines) {
    number++;
    const read = recordIn(text);
    if (read === undefined) continue;
    records++;
    const report = (fault: string): void => void faults.push({ line: number, fault });
    if (typeof read === "string") report(read);
    else takeRecord(read, chains, report);
  }
  const open = [...chains.values()].filter(({ isEnded }) => !isEnded).length;
  return { records, chains: chains.size, faults, open };
}

interface ReadRecord extends Link {
  readonly "event.name"?: unknown;
  readonly hash: string;
  readonly isUnchanged: boolean;
}

function takeRecord(
  record: ReadRecord,
  chains: Map<string, Seen>,
  report: (fault: string) => void,
): void {
  const { "audit.chain": chain, "audit.seq": seq, "audit.previous": previous } = record;
  const before = chains.get(chain) ?? { seq: -1, hash: "", isEnded: false };
  if (!record.isUnchanged) report(`record ${seq} was changed`);
  if (seq > before.seq + 1) report(`records ${before.seq + 1} to ${seq - 1} are missing before it`);
  else if (seq <= before.seq) report(`record ${seq} follows record ${before.seq}`);
  else if (previous !== before.hash) report(`record ${seq} does not follow the record before it`);
  if (seq <= before.seq) return;
  chains.set(chain, { seq, hash: record.hash, isEnded: record["event.name"] === LAST_EVENT });
}

const HASH = /,"audit\.hash":"([0-9a-f]{64})"\}$/;

/** Undefined for a line without a record; a fault in words for one that is damaged. */
function recordIn(text: string): ReadRecord | string | undefined {
  const at = text.indexOf("{");
  if (at < 0 || !text.includes('"audit.')) return undefined;
  const line = text.slice(at).trimEnd();
  const hash = HASH.exec(line)?.[1];
  try {
    if (hash === undefined) return "a record without its hash";
    const body = `${line.slice(0, -`,"audit.hash":"${hash}"}`.length)}}`;
    const link = JSON.parse(body) as Link;
    const isLink = typeof link["audit.chain"] === "string" &&
      Number.isSafeInteger(link["audit.seq"]) && typeof link["audit.previous"] === "string";
    if (!isLink) return "a record without its place";
    return { ...link, hash, isUnchanged: hashOf(body) === hash };
  } catch {
    return "a record that is not JSON";
  }
}

function hashOf(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
