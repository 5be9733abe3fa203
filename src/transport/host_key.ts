import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { HostKeyError } from "../errors.ts";
import {
  fingerprintSha256,
  type HostKeyPins,
  type HostKeyQuery,
  judgeHostKey,
  type KnownHostEntry,
  parseKnownHosts,
  preferredHostKeyTypes,
  type ShownHostKey,
} from "./known_hosts.ts";
import {
  changedHostKeyError,
  revokedHostKeyError,
  unknownHostKeyError,
} from "./host_key_errors.ts";
import type { HostKeyState } from "./transport.ts";
import { FieldReader } from "./wire.ts";

/** What to ask a person before an unknown host is trusted (StrictHostKeyChecking=ask). */
export interface HostKeyQuestion {
  /** The alias to show. */
  readonly host: string;
  /** Such as "ssh-ed25519". */
  readonly type: string;
  /** "SHA256:…". */
  readonly fingerprint: string;
}

/** Resolves true for yes; must give up by itself when nobody answers. */
export type AskHostKey = (question: HostKeyQuestion) => Promise<boolean>;

/** What is on file about one host, and what reading it met. */
export interface HostKeyFile {
  readonly entries: readonly KnownHostEntry[];
  /** Files that exist and cannot be read. */
  readonly unreadable: readonly string[];
  readonly query: HostKeyQuery;
}

/** Reads the host's known_hosts files; a missing one is empty, as ssh has it. */
export async function loadHostKeys(resolved: ResolvedHost): Promise<HostKeyFile> {
  const entries: KnownHostEntry[] = [];
  const unreadable: string[] = [];
  for (const file of [...resolved.userKnownHostsFiles, ...resolved.globalKnownHostsFiles]) {
    try {
      entries.push(...parseKnownHosts(await readFile(file, "utf8"), file));
    } catch (error) {
      if (!isMissing(error)) unreadable.push(file);
    }
  }
  const { hostname, port, hostKeyAlias } = resolved;
  return { entries, unreadable, query: { host: hostname, port, hostKeyAlias } };
}

/** Checks the keys that one server shows, at first and at each rekeying. */
export class HostKeyGuard {
  readonly #resolved: ResolvedHost;
  readonly #file: HostKeyFile;
  readonly #pins: HostKeyPins;
  readonly #ask: AskHostKey | undefined;
  #shown: ShownHostKey | undefined;
  #state: HostKeyState | undefined;

  constructor(resolved: ResolvedHost, file: HostKeyFile, options: HostKeyGuardOptions) {
    this.#resolved = resolved;
    this.#file = file;
    this.#pins = options.pins;
    this.#ask = options.ask;
  }

  /** Algorithms whose keys are on file or pinned, to be preferred in negotiation. */
  get preferredAlgorithms(): readonly string[] {
    return preferredHostKeyTypes(this.#entries(), this.#file.query);
  }

  /** The verdict; undefined before {@link check} accepted a key. */
  get state(): HostKeyState | undefined {
    return this.#state;
  }

  /**
   * Accepts the key or says why not (StrictHostKeyChecking of ssh_config(5)).
   *
   * The server has not proved yet that it owns the key: {@link confirm} follows when it has.
   *
   * @throws {HostKeyError} With the fingerprint, the offending line and the ways to trust it.
   */
  async check(key: Buffer, address: string | undefined): Promise<void> {
    if (this.#shown !== undefined) return this.#checkAgain(key);
    const shown = {
      ...this.#file.query,
      ...(this.#resolved.checkHostIp ? { address } : {}),
      keyType: new FieldReader(key).string(),
      key: Uint8Array.from(key),
    };
    const facts = { type: shown.keyType, fingerprint: fingerprintSha256(key) };
    const state: HostKeyState = { verdict: await this.#judge(shown, facts), ...facts };
    this.#shown = shown;
    this.#state = state;
  }

  /** To be called when the server has signed the key exchange: remembers an added key. */
  confirm(): void {
    if (this.#state?.verdict === "added" && this.#shown !== undefined) this.#pins.pin(this.#shown);
  }

  async #judge(
    shown: ShownHostKey,
    facts: Omit<HostKeyState, "verdict">,
  ): Promise<HostKeyState["verdict"]> {
    const verdict = judgeHostKey(this.#entries(), shown);
    const problem = { host: this.#resolved.host, ...facts };
    switch (verdict.kind) {
      case "known":
        return verdict.entry.line === 0 ? "added" : "known";
      case "changed":
        throw changedHostKeyError(problem, verdict.entry);
      case "revoked":
        throw revokedHostKeyError(problem, verdict.entry);
      case "unknown":
        return await this.#admit(problem, verdict.authorities);
    }
  }

  async #admit(
    problem: HostKeyQuestion,
    authorities: readonly KnownHostEntry[],
  ): Promise<HostKeyState["verdict"]> {
    switch (this.#resolved.strictHostKeyChecking) {
      case "no":
        return "unchecked";
      case "accept-new":
        return "added";
      case "ask":
        if (await this.#ask?.(problem)) return "added";
        break;
      case "yes":
    }
    throw unknownHostKeyError(problem, {
      authorities,
      files: this.#resolved.userKnownHostsFiles,
      unreadable: this.#file.unreadable,
    });
  }

  #checkAgain(key: Buffer): void {
    if (key.equals(this.#shown!.key)) return;
    throw new HostKeyError(
      `The host key of "${this.#resolved.host}" changed while connected`,
      "Do not go on: ask the host's administrator",
    );
  }

  #entries(): readonly KnownHostEntry[] {
    return [...this.#file.entries, ...this.#pins.entries];
  }
}

/** Partners of a {@link HostKeyGuard}. */
export interface HostKeyGuardOptions {
  readonly pins: HostKeyPins;
  readonly ask?: AskHostKey | undefined;
}

function isMissing(error: unknown): boolean {
  const code = (error as { readonly code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
