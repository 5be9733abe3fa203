import { sameBytes } from "../../bytes.ts";
import { identityOf } from "../../config/identity.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";

/** Of all versions together. */
const LIMIT_BYTES = 20 * 1024 * 1024;

interface Version {
  readonly before: Uint8Array;
  readonly written: Uint8Array;
}

/** The content that files had before this server wrote them, as far as there is room. */
export class FileVersions {
  /** Oldest first. */
  readonly #versions = new Map<string, Version>();
  #bytes = 0;

  /** Keeps the content before a write, in place of an older one. */
  keep(host: ResolvedHost, path: string, version: Version): void {
    const key = entryOf(host, path);
    this.#forget(key);
    this.#versions.set(key, version);
    this.#bytes += sizeOf(version);
    for (const oldest of this.#versions.keys()) {
      if (this.#bytes <= LIMIT_BYTES) return;
      this.#forget(oldest);
    }
  }

  /** The content before the last write; undefined where none is kept, or the file is another now. */
  before(host: ResolvedHost, path: string, now: Uint8Array): Uint8Array | undefined {
    const version = this.#versions.get(entryOf(host, path));
    return version !== undefined && sameBytes(version.written, now) ? version.before : undefined;
  }

  #forget(key: string): void {
    const version = this.#versions.get(key);
    if (version === undefined) return;
    this.#versions.delete(key);
    this.#bytes -= sizeOf(version);
  }
}

function entryOf(host: ResolvedHost, path: string): string {
  return JSON.stringify([identityOf(host), path]);
}

function sizeOf({ before, written }: Version): number {
  return before.length + written.length;
}
