import { Buffer } from "node:buffer";
import { lowerCase } from "../../config/ssh_config/pattern.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { HostKeyError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import { type Certificate, isCertificateType, parseCertificate } from "../keys/certificate.ts";
import { certificateFault } from "./host_certificate.ts";
import { authoritiesFor, type HostKeyFile } from "./host_key_file.ts";
import { keyTypeOf } from "../keys/key_blob.ts";
import {
  fingerprintSha256,
  type HostKeyPins,
  judgeHostKey,
  type KnownHostEntry,
  preferredHostKeyTypes,
  type ShownHostKey,
} from "./known_hosts.ts";
import {
  changedHostKeyError,
  revokedHostKeyError,
  unknownHostKeyError,
} from "./host_key_errors.ts";
import type { HostKeyState } from "../transport.ts";

/** What to ask a person before an unknown host is trusted (StrictHostKeyChecking=ask). */
export interface HostKeyQuestion {
  /** The alias to show. */
  readonly host: string;
  /** Such as "ssh-ed25519". */
  readonly type: string;
  /** "SHA256:…". */
  readonly fingerprint: string;
}

/** What a server shows: a plain key, or a certificate and the key in it. */
export interface HostKey {
  /** The plain key, which signs the key exchange. */
  readonly blob: Buffer;
  readonly certificate?: Certificate;
}

/** @throws {Error} When a certificate is malformed. */
export function hostKeyOf(shown: Buffer): HostKey {
  const copy = Buffer.from(shown);
  if (!isCertificateType(keyTypeOf(copy))) return { blob: copy };
  const certificate = parseCertificate(copy);
  return { blob: certificate.keyBlob, certificate };
}

/** Resolves true for yes; must give up by itself when nobody answers. */
export type AskHostKey = (question: HostKeyQuestion) => Promise<boolean>;

/** Checks the keys that one server shows, at first and at each rekeying. */
export class HostKeyGuard {
  readonly #resolved: ResolvedHost;
  readonly #file: HostKeyFile;
  readonly #pins: HostKeyPins;
  readonly #ask: AskHostKey | undefined;
  readonly #clock: Clock;
  #shown: ShownHostKey | undefined;
  #state: HostKeyState | undefined;

  constructor(resolved: ResolvedHost, file: HostKeyFile, options: HostKeyGuardOptions) {
    this.#resolved = resolved;
    this.#file = file;
    this.#pins = options.pins;
    this.#ask = options.ask;
    this.#clock = options.clock;
  }

  /** Algorithms whose keys are on file or pinned, to be preferred in negotiation. */
  get preferredAlgorithms(): readonly string[] {
    return preferredHostKeyTypes(this.#entries(), this.#file.query);
  }

  /** Whether a certificate could vouch for the host, so that one should be asked for. */
  get wantsCertificate(): boolean {
    return authoritiesFor(this.#file).length > 0;
  }

  /** The verdict; undefined before {@link check} accepted a key. */
  get state(): HostKeyState | undefined {
    return this.#state;
  }

  /**
   * Accepts the key or certificate, or says why not (StrictHostKeyChecking of ssh_config(5)).
   *
   * The server has not proved yet that it owns the key: {@link confirm} follows when it has.
   *
   * @throws {HostKeyError} With the fingerprint, the offending line and the ways to trust it.
   */
  async check({ blob, certificate }: HostKey, address: string | undefined): Promise<void> {
    if (this.#shown !== undefined) return this.#checkAgain(blob);
    const shown = {
      ...this.#file.query,
      ...(this.#resolved.checkHostIp ? { address } : {}),
      keyType: keyTypeOf(blob),
      key: blob,
    };
    this.#state = await this.#judge(shown, certificate);
    this.#shown = shown;
  }

  /** To be called when the server has signed the key exchange: remembers an added key. */
  confirm(): void {
    if (this.#state?.verdict === "added" && this.#shown !== undefined) this.#pins.pin(this.#shown);
  }

  async #judge(shown: ShownHostKey, certificate?: Certificate): Promise<HostKeyState> {
    const fingerprint = fingerprintSha256(shown.key);
    const problem = { host: this.#resolved.host, type: shown.keyType, fingerprint };
    const verdict = judgeHostKey(this.#entries(), shown);
    const fault = certificate === undefined ? undefined : this.#faultOf(certificate, shown);
    switch (verdict.kind) {
      case "revoked":
        throw revokedHostKeyError(problem, verdict.entry);
      case "known":
        return stateOf(problem, verdict.entry.line === 0 ? "added" : "known");
    }
    if (certificate !== undefined && fault === undefined) {
      return stateOf({ ...problem, type: certificate.type }, "known");
    }
    if (verdict.kind === "changed") throw changedHostKeyError(problem, verdict.entry);
    return stateOf(problem, await this.#admit(problem, verdict.authorities, fault));
  }

  /** Why the certificate does not vouch for the host. */
  #faultOf(certificate: Certificate, shown: ShownHostKey): string | undefined {
    const byAuthority = { ...shown, key: certificate.authority };
    if (judgeHostKey(this.#entries(), byAuthority).kind === "revoked") {
      return "its authority is revoked";
    }
    return certificateFault(certificate, {
      name: lowerCase(this.#resolved.hostKeyAlias ?? this.#resolved.hostname),
      authorities: authoritiesFor(this.#file).map(({ key }) => key),
      nowMs: this.#clock.now(),
    });
  }

  async #admit(
    problem: HostKeyQuestion,
    authorities: readonly KnownHostEntry[],
    certificateFault: string | undefined,
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
      certificateFault,
      files: this.#resolved.userKnownHostsFiles,
      unreadable: this.#file.unreadable,
    });
  }

  #checkAgain(blob: Buffer): void {
    if (blob.equals(this.#shown!.key)) return;
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
  readonly clock: Clock;
  readonly pins: HostKeyPins;
  readonly ask?: AskHostKey | undefined;
}

function stateOf(key: HostKeyQuestion, verdict: HostKeyState["verdict"]): HostKeyState {
  return { verdict, fingerprint: key.fingerprint, type: key.type };
}
