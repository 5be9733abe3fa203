import type { Buffer } from "node:buffer";
import { afterOthers } from "../../clock.ts";
import { LIST_LIMIT_BYTES, readBoundedFile } from "../../config/bounded_file.ts";
import { coversAny, type KnownHostEntry, parseKnownHosts } from "./known_hosts.ts";

/** Of the files that are kept, together; a larger one is parsed each time. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** A hashed line takes some microseconds a name: others have their turn after so many. */
const LINES_A_TURN = 1_000;

interface Parsed {
  readonly bytes: Buffer;
  readonly entries: readonly KnownHostEntry[];
}

/**
 * The known_hosts files of this process: each is read for every connection, and parsed again when
 * its bytes differ. A connection keeps only the entries about its own host: with 3,000 hashed lines,
 * 100 connections with all of them took 400 MiB.
 */
export class KnownHostsFiles {
  readonly #kept = new Map<string, Parsed>();

  /** The entries of a file about any of the names, in its order; throws as {@link readBoundedFile}. */
  async about(names: readonly string[], file: string): Promise<readonly KnownHostEntry[]> {
    const entries = this.#parse(file, await readBoundedFile(file, LIST_LIMIT_BYTES));
    const isAbout = coversAny(names);
    const found: KnownHostEntry[] = [];
    for (let at = 0; at < entries.length; at += LINES_A_TURN) {
      if (at > 0) await new Promise<void>(afterOthers);
      found.push(...entries.slice(at, at + LINES_A_TURN).filter(isAbout));
    }
    return found;
  }

  #parse(file: string, bytes: Buffer): readonly KnownHostEntry[] {
    const kept = this.#kept.get(file);
    if (kept?.bytes.equals(bytes)) return kept.entries;
    // A byte order mark stays, as ssh has it: it belongs to the first word.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const entries = parseKnownHosts(text, file);
    this.#keep(file, { bytes, entries });
    return entries;
  }

  /** Makes room by the files that were parsed first. */
  #keep(file: string, parsed: Parsed): void {
    this.#kept.delete(file);
    let room = KEPT_BYTES - parsed.bytes.length;
    if (room < 0) return;
    for (const { bytes } of this.#kept.values()) room -= bytes.length;
    for (const [other, { bytes }] of this.#kept) {
      if (room >= 0) break;
      this.#kept.delete(other);
      room += bytes.length;
    }
    this.#kept.set(file, parsed);
  }
}
