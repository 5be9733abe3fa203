import type { Syntax } from "./keywords.ts";
import { lowerCase } from "./pattern.ts";
import { parseInteger, parsePort, parseSeconds } from "./values.ts";

type CheckedSyntax = Extract<Syntax, { kind: "ipqos" | "rekey" | "forward" }>;

/** The objection of ssh to a setting that has no effect here; undefined if it has none. */
export function faultInWords(syntax: CheckedSyntax, words: readonly string[]): string | undefined {
  switch (syntax.kind) {
    case "ipqos":
      return faultInIpQos(words);
    case "rekey":
      return faultInRekeyLimit(words);
    case "forward":
      return faultInForward(words, syntax.target);
  }
}

const CLASS = /^(?:af[1-4][1-3]|cs[0-7]|ef|le|lowdelay|throughput|reliability|none)$/;

function faultInIpQos(words: readonly string[]): string | undefined {
  if (words.length < 1 || words.length > 2) return "it has not one or two words";
  const isBad = (word: string): boolean => !CLASS.test(lowerCase(word)) && !isByte(word);
  return words.some(isBad) ? "one of its words is no class of packets" : undefined;
}

/** As strtol(3) reads it with any base. */
function isByte(word: string): boolean {
  const isHex = /^0x[0-9a-f]+$/i.test(word);
  const isOctal = /^0[0-7]*$/.test(word);
  if (!isHex && !isOctal && !/^[1-9]\d*$/.test(word)) return false;
  return (isOctal ? Number.parseInt(word, 8) : Number(word)) <= 255;
}

const LEAST_BYTES = 16;
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

function faultInRekeyLimit(words: readonly string[]): string | undefined {
  const [size = "", time, ...more] = words;
  if (more.length > 0) return "it has more than two words";
  if (time !== undefined && time !== "none" && parseSeconds(time) === undefined) {
    return "its second word is no time";
  }
  if (size === "default") return undefined;
  const [, digits, unit = ""] = /^(\d{1,15}(?:\.\d{1,15})?)([kmgt]?)$/i.exec(size) ?? [];
  if (digits === undefined) return "its first word is no amount of data";
  const bytes = Number(digits) * (UNITS[lowerCase(unit)] ?? 1);
  return bytes !== 0 && bytes < LEAST_BYTES ? "its first word is too small" : undefined;
}

function faultInForward(
  words: readonly string[],
  target: "needed" | "optional" | "none",
): string | undefined {
  const [listen = "", to, ...more] = words;
  if (more.length > 0) return "it has too many words";
  // With a port of 0 the server chooses one; nobody else does.
  if (!isListener(listen, target)) return "its first word is no port to listen on";
  if (target === "none") return to === undefined ? undefined : "it has more than one word";
  if (to === undefined) return target === "needed" ? "it has no target" : undefined;
  return isTarget(to) ? undefined : "its second word is no target";
}

/** A word with a slash is a socket's path. */
function isListener(text: string, target: "needed" | "optional" | "none"): boolean {
  if (text.includes("/")) return true;
  const port = text.slice(text.lastIndexOf(":") + 1);
  return parsePort(port) !== undefined || (target === "optional" && parseInteger(port) === 0);
}

function isTarget(text: string): boolean {
  if (text.includes("/")) return true;
  const at = text.lastIndexOf(":");
  return at > 0 && parsePort(text.slice(at + 1)) !== undefined;
}
