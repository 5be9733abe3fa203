import { Buffer } from "node:buffer";
import { InputError } from "../errors.ts";

/** Text made of a file's bytes, and what was lost on the way. */
export interface DecodedText {
  readonly text: string;
  /** How many of the given bytes `text` stands for; fewer only where a character was cut off. */
  readonly usedBytes: number;
  /** Places that are not of the encoding; each became U+FFFD. */
  readonly invalidCount: number;
}

/** Place of the bytes in their file. */
export interface DecodeOptions {
  /** Whether the file goes on after them: then an unfinished character at the end is left out. */
  readonly hasMore: boolean;
}

/** One way to write bytes as text and back. */
export interface FileEncoding {
  readonly name: string;
  decode(bytes: Uint8Array, options: DecodeOptions): DecodedText;
  /** @throws {InputError} When the text holds what the encoding cannot say. */
  encode(text: string): Uint8Array;
}

/**
 * The encoding of that name: utf-8, base64, hex, latin1 (ISO 8859-1, each byte one character),
 * ascii, utf-16le, utf-16be, or a label of the WHATWG Encoding Standard, such as windows-1252.
 *
 * @throws {InputError} When there is none; names those there are.
 */
export function fileEncoding(name: string): FileEncoding {
  const label = name.trim().toLowerCase();
  const known = named.get(label) ?? named.get(label.replaceAll("_", "-"));
  if (known !== undefined) return known();
  const decoder = labelledDecoder(label);
  if (decoder !== undefined) return labelled(label, decoder);
  throw new InputError(
    `There is no encoding ${JSON.stringify(name)}`,
    "Use utf-8, base64, hex, latin1, ascii, utf-16le, utf-16be or a label such as windows-1252",
  );
}

const named: ReadonlyMap<string, () => FileEncoding> = new Map([
  ...alias(["utf-8", "utf8", "text"], () => utf8),
  ...alias(["base64", "binary-base64"], () => base64),
  ...alias(["hex", "base16"], () => hex),
  ...alias(
    ["latin1", "latin-1", "iso-8859-1", "iso8859-1", "binary"],
    () => singleByte("latin1", 256),
  ),
  ...alias(["ascii", "us-ascii"], () => singleByte("ascii", 128)),
  ...alias(["utf-16le", "utf16le", "utf-16", "utf16", "ucs-2"], () => utf16("utf-16le")),
  ...alias(["utf-16be", "utf16be"], () => utf16("utf-16be")),
]);

function alias(
  names: readonly string[],
  make: () => FileEncoding,
): (readonly [string, () => FileEncoding])[] {
  return names.map((name) => [name, make] as const);
}

const utf8: FileEncoding = {
  name: "utf-8",
  decode: (bytes, { hasMore }) => {
    const usedBytes = hasMore ? bytes.length - unfinishedUtf8(bytes) : bytes.length;
    const used = bytes.subarray(0, usedBytes);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(used);
    return { text, usedBytes, invalidCount: text.includes("\ufffd") ? invalidUtf8(text, used) : 0 };
  },
  encode: (text) => {
    if (!text.isWellFormed()) throw cannotSay("utf-8", "a lone surrogate");
    return new TextEncoder().encode(text);
  },
};

/** Bytes at the end that begin a character whose rest may follow (RFC 3629 §3); 0–3. */
function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back && byte >= 0xc2 && byte <= 0xf4 ? back : 0;
  }
  return 0;
}

/** U+FFFD that the decoder made; those the file itself holds do not count. */
function invalidUtf8(text: string, bytes: Uint8Array): number {
  const made = text.split("\ufffd").length - 1;
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  for (let at = own.indexOf("\ufffd"); at >= 0; at = own.indexOf("\ufffd", at + 3)) count++;
  return made - count;
}

const base64: FileEncoding = {
  name: "base64",
  decode: (bytes) => ({
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"),
    usedBytes: bytes.length,
    invalidCount: 0,
  }),
  encode: (text) => {
    const compact = text.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/");
    const body = compact.replace(/={1,2}$/, "");
    if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) {
      throw cannotSay("base64", "a character outside A–Z, a–z, 0–9, + and /, or a wrong length");
    }
    return new Uint8Array(Buffer.from(body, "base64"));
  },
};

const hex: FileEncoding = {
  name: "hex",
  decode: (bytes) => ({
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex"),
    usedBytes: bytes.length,
    invalidCount: 0,
  }),
  encode: (text) => {
    const compact = text.replace(/\s+/g, "");
    if (!/^(?:[0-9A-Fa-f]{2})*$/.test(compact)) {
      throw cannotSay("hex", "something else than pairs of hex digits");
    }
    return new Uint8Array(Buffer.from(compact, "hex"));
  },
};

/** Each byte below `size` is the character of that code; ISO 8859-1 is the first 256 of Unicode. */
function singleByte(name: string, size: 128 | 256): FileEncoding {
  return {
    name,
    decode: (bytes) => {
      const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
      const text = size === 256 ? latin : latin.replace(/[\x80-\xff]/g, "\ufffd");
      const invalidCount = size === 256 ? 0 : bytes.filter((byte) => byte >= size).length;
      return { text, usedBytes: bytes.length, invalidCount };
    },
    encode: (text) => {
      const bytes = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code >= size) throw cannotSay(name, `U+${hexCode(text.codePointAt(at)!)}`);
        bytes[at] = code;
      }
      return bytes;
    },
  };
}

function utf16(name: "utf-16le" | "utf-16be"): FileEncoding {
  return {
    name,
    decode: (bytes, { hasMore }) => {
      const usedBytes = hasMore ? bytes.length - unfinishedUtf16(bytes, name) : bytes.length;
      const used = bytes.subarray(0, usedBytes);
      const text = new TextDecoder(name, { ignoreBOM: true }).decode(used);
      return { text, usedBytes, invalidCount: countReplacements(text) };
    },
    encode: (text) => {
      const bytes = Buffer.from(text, "utf16le");
      return new Uint8Array(name === "utf-16le" ? bytes : bytes.swap16());
    },
  };
}

function unfinishedUtf16(bytes: Uint8Array, name: "utf-16le" | "utf-16be"): number {
  const odd = bytes.length % 2;
  if (bytes.length - odd < 2) return odd;
  const high = bytes[bytes.length - odd - (name === "utf-16le" ? 1 : 2)]!;
  return high >= 0xd8 && high <= 0xdb ? odd + 2 : odd;
}

function labelledDecoder(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
}

function labelled(label: string, decoder: TextDecoder): FileEncoding {
  return {
    name: label,
    decode: (bytes) => {
      const text = decoder.decode(bytes);
      return { text, usedBytes: bytes.length, invalidCount: countReplacements(text) };
    },
    encode: (text) => encodeByTable(label, decoder, text),
  };
}

/** Turns a decoder of single bytes around; the runtime itself encodes UTF-8 only. */
function encodeByTable(label: string, decoder: TextDecoder, text: string): Uint8Array {
  const table = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte);
  if (table.size < 200) {
    throw new InputError(`Text cannot be written as ${label} here`, "Encode it and pass base64");
  }
  return Uint8Array.from(text, (character) => {
    const byte = table.get(character);
    if (byte === undefined || character === "\ufffd") {
      throw cannotSay(label, `U+${hexCode(character.codePointAt(0)!)}`);
    }
    return byte;
  });
}

function countReplacements(text: string): number {
  return text.split("\ufffd").length - 1;
}

function hexCode(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

function cannotSay(name: string, what: string): InputError {
  return new InputError(
    `The content is not ${name}: it holds ${what}`,
    "Nothing was written: correct the content, or use another encoding",
  );
}
