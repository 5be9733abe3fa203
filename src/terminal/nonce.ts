import { buildMarker } from "./markers.ts";

/** 128 random bits in hex: what makes a marker ours. */
export function newNonce(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** A marker as the format of printf(1): typed so, the line itself holds no marker. */
export function printfMarker(nonce: string, letter: string, fields?: string): string {
  return buildMarker(nonce, letter, fields).replace("\x1b", "\\033").replace("\x07", "\\007");
}
