import { lowerCase } from "./pattern.ts";

const MAX_INTEGER = 2 ** 31 - 1;
const SECONDS_PER: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** A whole number from 0 to 2³¹−1; undefined for anything else. */
export function parseInteger(text: string): number | undefined {
  if (!/^\s*[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= 0 && value <= MAX_INTEGER ? Math.abs(value) : undefined;
}

/** A port from 1 to 65535, or `ssh`; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  if (text === "ssh") return 22;
  const value = parseInteger(text);
  return value !== undefined && value >= 1 && value <= 65_535 ? value : undefined;
}

/** Seconds of a time such as 90, 15m or 1h30m (sshd_config(5), TIME FORMATS). */
export function parseSeconds(text: string): number | undefined {
  if (text === "" || !/^(?:\s*\+?\d+[smhdw])*(?:\s*\+?\d+)?$/i.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    total += Number(count) * (SECONDS_PER[lowerCase(unit ?? "")] ?? 1);
  }
  return total <= MAX_INTEGER ? total : undefined;
}

/** A domain in lower case without its last dot, or undefined where it cannot be one. */
export function parseDomain(text: string): string | undefined {
  const name = lowerCase(text);
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name) || name.includes("..")) return undefined;
  return name.replace(/\.$/, "");
}
