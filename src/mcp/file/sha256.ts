/** SHA-256 as 64 lowercase hex digits, as sha256sum(1) prints it. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex();
}
