/** Names that a recording must not hold. */
export interface KnownNames {
  /** As the prompt shows it. */
  readonly host: string;
  readonly user: string;
  /** Passwords that were given. */
  readonly secrets: readonly string[];
}

/** Words behind which the rest of a row is a secret, a name or a number of one device. */
const TELLING =
  /\b(?:password|passwd|secret|community|key-string|[\w-]{1,30}-key|key(?= (?!to\b|for\b|or\b|and\b)\S)|md5|sha|psk|passphrase|token|cipher|username|snmp-server|domain|domain-name|serial|s\/n|board id|service tag|chassis|license|udi|sn)\b/i;
/** Words that say how, not what. */
const PLAIN =
  /^(?:\d{1,2}|is|set|no|not|none|enabled?|disabled?|encrypted|encryption|ro|rw|number|version|privilege|role|algorithm|type|mode|of|for|the|to|and|id|hash|\[y\/n\]:?|[^\w]+)$/i;
/** "The password needs to be changed": a sentence, and no setting. */
const SENTENCE =
  /^ (?:is|needs|poses|must|will|has|was|should|may|to|for|of|or|and|expire[sd]?)\b/i;
const IPV4 = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/g;
const MAC =
  /\b[\da-f]{2}[:-][\da-f]{2}[:-][\da-f]{2}[:-][\da-f]{2}[:-][\da-f]{2}[:-][\da-f]{2}\b|\b[\da-f]{4}[.-][\da-f]{4}[.-][\da-f]{4}\b|\b[\da-f]{6}-[\da-f]{6}\b/gi;
const HEX_OR_COLON = /[\da-f:]{3,45}/gi;
const LONG_WORD = /[\w+/=$.]{24,512}/g;
const HEX_WORD = /\b[\dA-F]{8}\b/g;
const E_MAIL = /[\w.-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}/g;
/** Names that devices have before anybody gives them one. */
const COMMON =
  /^(?:router|switch|cisco controller|mikrotik|ubnt|vyos|juniper|localhost|admin|root|cisco|manager|operator|user|console|.{0,2})$/i;
const ALIAS_OF_HOST = "device-one-of-the-lab";
const ALIAS_OF_USER = "someone";

/**
 * Puts something of the same length for what a recording must not tell: addresses, passwords,
 * keys, names, serial numbers. The same text gets the same replacement, so that columns and
 * references stay; masks and loopback addresses stay as they are.
 */
export class Replacements {
  readonly #names: KnownNames;
  readonly #known = new Map<string, string>();

  constructor(names: KnownNames) {
    this.#names = names;
  }

  /** The host name without its own part: `RP/0/RP0/CPU0:xr1` → `RP/0/RP0/CPU0:dev`. */
  get host(): string {
    const { host } = this.#names;
    const own = ownPart(host);
    return COMMON.test(own) ? host : host.replace(own, aliasOf(own, ALIAS_OF_HOST));
  }

  /** Text of the device, or what was typed. */
  apply(text: string): string {
    const { host, user, secrets } = this.#names;
    let replaced = text;
    for (const secret of secrets.filter((one) => one.length > 0)) {
      if (replaced.trim() === secret) replaced = replaced.replace(secret, "secret");
      if (secret.length > 3) replaced = replaced.replaceAll(secret, "secret");
    }
    const own = ownPart(host);
    if (!COMMON.test(own)) replaced = replaceWord(replaced, own, aliasOf(own, ALIAS_OF_HOST));
    if (!COMMON.test(user)) replaced = replaceWord(replaced, user, aliasOf(user, ALIAS_OF_USER));
    return replaced.split("\n").map((row) => this.#row(row)).join("\n");
  }

  #row(row: string): string {
    const told = TELLING.exec(row);
    const from = told === null ? row.length : told.index + told[0].length;
    const rest = row.slice(from);
    if (SENTENCE.test(rest)) return this.#addresses(row);
    return this.#addresses(row.slice(0, from)) + masked(rest);
  }

  #addresses(text: string): string {
    return text
      .replace(MAC, (found) => this.#remember(found, randomHex))
      .replace(IPV4, (found) => isKept(found) ? found : this.#remember(found, randomIpv4))
      .replace(HEX_OR_COLON, (found) => isIpv6(found) ? this.#remember(found, randomHex) : found)
      .replace(E_MAIL, "user@example.com")
      .replace(HEX_WORD, (found) => this.#remember(found, randomHex))
      .replace(LONG_WORD, (found) => looksRandom(found) ? "x".repeat(found.length) : found);
  }

  #remember(found: string, make: (found: string) => string): string {
    const known = this.#known.get(found) ?? make(found);
    this.#known.set(found, known);
    return known;
  }
}

function ownPart(host: string): string {
  return host.slice(
    Math.max(host.lastIndexOf(":"), host.lastIndexOf("/"), host.lastIndexOf("@")) + 1,
  );
}

function aliasOf(name: string, stem: string): string {
  return stem.repeat(Math.ceil(name.length / stem.length)).slice(0, name.length);
}

function replaceWord(text: string, word: string, by: string): string {
  let replaced = "";
  let from = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const isWhole = !/[\p{L}\d]/u.test(text[at - 1] ?? " ") &&
      !/[\p{L}\d]/u.test(text[at + word.length] ?? " ");
    replaced += text.slice(from, at) + (isWhole ? by : word);
    from = at + word.length;
  }
  return replaced + text.slice(from);
}

/** Controls, blanks and options stay; all other words become as many x. */
function masked(rest: string): string {
  return rest.replace(/[^\s\p{Cc}]{1,512}/gu, (word) => PLAIN.test(word) ? word : maskedWord(word));
}

/** A pager's words and a prompt behind the row are no secret. */
function maskedWord(word: string): string {
  return word.replace(/[\p{L}\d]/gu, "x");
}

/** Netmasks, wildcards, loopback and multicast. */
function isKept(address: string): boolean {
  const octets = address.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return true;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const isMask = (bits: number): boolean => /^1*0*$/.test(bits.toString(2).padStart(32, "0"));
  return isMask(value) || isMask(0xffffffff - value) || octets[0] === 127 || octets[0]! >= 224;
}

function isIpv6(text: string): boolean {
  const colons = text.split(":").length - 1;
  return colons === 7 || text.includes("::") && /[\da-f]/i.test(text) && colons < 8;
}

function looksRandom(word: string): boolean {
  return /\d/.test(word) && /[a-z]/i.test(word);
}

function randomIpv4(address: string): string {
  return address.split(".").map((octet) => {
    if (octet.length === 1) return String(1 + below(9));
    return String(octet.length === 2 ? 10 + below(90) : 100 + below(124));
  }).join(".");
}

function randomHex(text: string): string {
  const made = text.replace(/[\da-f]/gi, () => below(16).toString(16));
  return /[a-f]/.test(text) ? made : made.toUpperCase();
}

function below(limit: number): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % limit;
}
