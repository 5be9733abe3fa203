import { sameBytes } from "../../bytes.ts";
import { InputError } from "../../errors.ts";
import { fileEncoding } from "../encoding.ts";

const BOM = "\ufeff";

/** A file's bytes read as text so that the same text gives the same bytes. */
export interface FileText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly hasBom: boolean;
  /** utf-8, utf-16le, utf-16be, or latin1 for everything else. */
  readonly encoding: string;
  /** Whether every line end is CRLF and there is one. */
  readonly hasCrlf: boolean;
  /**
   * The bytes of an edited text, with the byte order mark if there was one.
   *
   * @throws {InputError} When the encoding has no code for a character.
   */
  encode(text: string): Uint8Array;
}

/**
 * Reads a file as UTF-16 if it begins with that byte order mark, as UTF-8 if it is valid, or else
 * with one character for each byte (ISO 8859-1), so that what is not edited keeps its bytes.
 */
export function fileText(bytes: Uint8Array): FileText {
  const exact = [...utf16ByBom(bytes), "utf-8"].find((name) => {
    const encoding = fileEncoding(name);
    return sameBytes(encoding.encode(encoding.decode(bytes, { hasMore: false }).text), bytes);
  });
  const encoding = fileEncoding(exact ?? "latin1");
  const whole = encoding.decode(bytes, { hasMore: false }).text;
  const hasBom = whole.startsWith(BOM) && exact !== undefined;
  const text = hasBom ? whole.slice(1) : whole;
  return {
    text,
    hasBom,
    encoding: encoding.name,
    hasCrlf: hasOnlyCrlf(text),
    encode: (edited) => encode(edited, { encoding, hasBom, bytes }),
  };
}

function encode(
  text: string,
  { encoding, hasBom, bytes }: {
    readonly encoding: ReturnType<typeof fileEncoding>;
    readonly hasBom: boolean;
    readonly bytes: Uint8Array;
  },
): Uint8Array {
  try {
    const encoded = encoding.encode(hasBom ? BOM + text : text);
    if (sameBytes(encoding.encode(encoding.decode(encoded, { hasMore: false }).text), encoded)) {
      return encoded;
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  if (encoding.name !== "latin1") {
    throw new InputError(
      `new_text has a character that ${encoding.name} does not have, or half of one`,
      "Nothing was written: give the character whole, or leave it out",
    );
  }
  throw new InputError(
    "The file is not UTF-8, and new_text has characters that ISO 8859-1 does not have" +
      (holdsUtf8(bytes) ? " (parts of the file are UTF-8)" : ""),
    "Nothing was written: use read_file and write_file with the file's encoding",
  );
}

/** Whether some of it is valid UTF-8 beyond ASCII: then it is damaged UTF-8 rather than ISO 8859-1. */
export function holdsUtf8(bytes: Uint8Array): boolean {
  return /[^\0-\x7f\ufffd]/.test(new TextDecoder().decode(bytes));
}

function utf16ByBom(bytes: Uint8Array): readonly string[] {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return ["utf-16le"];
  return bytes[0] === 0xfe && bytes[1] === 0xff ? ["utf-16be"] : [];
}

function hasOnlyCrlf(text: string): boolean {
  let at = text.indexOf("\n");
  if (at < 0) return false;
  for (; at >= 0; at = text.indexOf("\n", at + 1)) {
    if (text[at - 1] !== "\r") return false;
  }
  return true;
}
