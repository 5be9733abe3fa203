import { stat } from "node:fs/promises";
import { readBoundedText, UnfitFileError } from "../../config/bounded_file.ts";
import { type KeyFile, parseKeyFile } from "./key_file.ts";
import type { SigningKey } from "./signature.ts";

/** IdentityFile may name another file for each host. */
const KEPT_FILES = 64;

/** An identity file as it was read, or why it was not. */
export type ReadKeyFile = KeyFile | { readonly kind: "missing" };

interface Unlocked {
  readonly modifiedAt: number;
  readonly passphrase: string;
  readonly key: SigningKey;
}

/**
 * Reads identity files, and keeps what was decrypted: the key derivation holds the program up for
 * 0.2 to 1.3 s, which once per key is enough.
 */
export class KeyCache {
  readonly #parsed = new Map<string, { readonly text: string; readonly file: KeyFile }>();
  readonly #unlocked = new Map<string, Unlocked>();

  /** The content of the file; never throws. */
  async read(path: string): Promise<ReadKeyFile> {
    try {
      return this.#parse(path, await readBoundedText(path));
    } catch (error) {
      if (error instanceof UnfitFileError) return { kind: "unusable", reason: error.message };
      const { code, name } = error as { readonly code?: string; readonly name: string };
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
      return { kind: "unusable", reason: `it cannot be read (${code ?? name})` };
    }
  }

  /** A key that many hosts take is parsed once. */
  #parse(path: string, text: string): KeyFile {
    const kept = this.#parsed.get(path);
    if (kept?.text === text) return kept.file;
    const file = parseKeyFile(text);
    if (this.#parsed.size >= KEPT_FILES) this.#parsed.clear();
    this.#parsed.set(path, { text, file });
    return file;
  }

  /** Whether this passphrase decrypted the file before. */
  hasUnlocked(path: string, passphrase: string): boolean {
    return this.#unlocked.get(path)?.passphrase === passphrase;
  }

  /** Decrypts a file that {@link read} found locked; undefined when the passphrase is wrong. */
  async unlock(
    path: string,
    file: KeyFile & { readonly kind: "locked" },
    passphrase: string,
  ): Promise<SigningKey | undefined> {
    const modifiedAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    const kept = this.#unlocked.get(path);
    if (kept?.modifiedAt === modifiedAt && kept.passphrase === passphrase) return kept.key;
    const key = file.unlock(passphrase);
    if (key !== undefined) this.#unlocked.set(path, { modifiedAt, passphrase, key });
    return key;
  }
}
