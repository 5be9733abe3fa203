/** Crockford's base 32 without letters that read like digits. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

const ID_CHARS = 12;

/** A new command id: 12 characters, 60 random bits, so that nobody can guess one. */
export function newCommandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_CHARS));
  let id = "";
  for (const byte of bytes) id += ALPHABET[byte & 31];
  return id;
}
