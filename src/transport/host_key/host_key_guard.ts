import { Buffer } from "node:buffer";
import { trustScope } from "../../config/identity.ts";
import { lowerCase } from "../../config/ssh_config/pattern.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { HostKeyError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import { type Certificate, isCertificateType, parseCertificate } from "../keys/certificate.ts";
import { certificateFault } from "./host_certificate.ts";
import { authoritiesFor, type HostKeyFile } from "./host_key_file.ts";
import { isShortRsa, keyTypeOf, rsaBitsOf } from "../keys/key_blob.ts";
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
  type HostKeyProblem,
  placeOf,
  revokedHostKeyError,
  shortHostKeyError,
  unknownHostKeyError,
} from "./host_key_errors.ts";
import type { HostKeyState } from "../transport.ts";
import { type AskHostKey, hostKeyQuestionKey } from "./host_key_question.ts";

/** The server's proof: a plain key, or a certificate and the key in it. */
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

/** Checks the keys that one server shows, at first and at each rekeying. */
export class HostKeyGuard {
  readonly #resolved: ResolvedHost;
  readonly #file: HostKeyFile;
  readonly #pins: HostKeyPins;
  readonly #ask: AskHostKey | undefined;
  readonly #clock: Clock;
  readonly #scope: string;
  #shown: ShownHostKey | undefined;
  #state: HostKeyState | undefined;

  constructor(resolved: ResolvedHost, file: HostKeyFile, options: HostKeyGuardOptions) {
    this.#resolved = resolved;
    this.#file = file;
    this.#pins = options.pins;
    this.#ask = options.ask;
    this.#clock = options.clock;
    this.#scope = trustScope(resolved);
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

  /**
   * To be called when the server has signed the key exchange: remembers a key that is on no file,
   * so that another one is refused for as long as the server runs.
   */
  confirm(): void {
    if (this.#shown === undefined || this.#state?.verdict === "known") return;
    this.#pins.pin(this.#scope, this.#shown);
  }

  async #judge(shown: ShownHostKey, certificate?: Certificate): Promise<HostKeyState> {
    const fingerprint = fingerprintSha256(shown.key);
    const problem = { host: this.#resolved.host, type: shown.keyType, fingerprint };
    this.#requireAllowed(problem, shown, certificate);
    const verdict = judgeHostKey(this.#entries(), shown);
    switch (verdict.kind) {
      case "revoked":
        throw revokedHostKeyError(problem, placeOf(verdict.entry));
      case "known":
        return stateOf(problem, verdict.entry.line === 0 ? this.#verdictOfPin() : "known");
    }
    const fault = certificate === undefined ? undefined : this.#faultOf(certificate);
    if (certificate !== undefined && fault === undefined) {
      return stateOf({ ...problem, type: certificate.type }, "known");
    }
    if (verdict.kind === "changed") throw changedHostKeyError(problem, verdict.entry);
    return stateOf(problem, await this.#admit(problem, verdict.authorities, fault));
  }

  /** Refuses short and revoked keys, whatever else is on file about the host. */
  #requireAllowed(
    problem: HostKeyProblem,
    shown: ShownHostKey,
    certificate: Certificate | undefined,
  ): void {
    const key = Buffer.from(shown.key);
    const { requiredRsaBits } = this.#resolved;
    if (isShortRsa(key, requiredRsaBits)) {
      throw shortHostKeyError(problem, { bits: rsaBitsOf(key) ?? 0, requiredRsaBits });
    }
    const place = this.#file.revoked?.placeOf(key, certificate);
    if (place !== undefined) throw revokedHostKeyError(problem, place);
    if (certificate === undefined) return;
    const byAuthority = judgeHostKey(this.#entries(), { ...shown, key: certificate.authority });
    if (byAuthority.kind !== "revoked") return;
    throw revokedHostKeyError(problem, placeOf(byAuthority.entry), "its certificate's authority");
  }

  /** Why the certificate does not vouch for the host. */
  #faultOf(certificate: Certificate): string | undefined {
    return certificateFault(certificate, {
      name: lowerCase(this.#resolved.hostKeyAlias ?? this.#resolved.hostname),
      authorities: authoritiesFor(this.#file).map(({ key }) => key),
      signatureAlgorithms: this.#resolved.caSignatureAlgorithms,
      nowMs: this.#clock.now(),
    });
  }

  #verdictOfPin(): HostKeyState["verdict"] {
    return this.#resolved.strictHostKeyChecking === "no" ? "unchecked" : "added";
  }

  async #admit(
    problem: HostKeyProblem,
    authorities: readonly KnownHostEntry[],
    certificateFault: string | undefined,
  ): Promise<HostKeyState["verdict"]> {
    const unavailable = this.#resolved.unavailable.filter(({ stage }) => stage === "host-key");
    const asked = { ...problem, scope: this.#scope };
    let question: string | undefined;
    const isAllAsked = !unavailable.some(({ keyword }) => keyword === "knownhostscommand");
    switch (this.#resolved.strictHostKeyChecking) {
      case "no":
        if (isAllAsked && this.#mayAdd) return "unchecked";
        break;
      case "accept-new":
        if (isAllAsked && this.#mayAdd) return "added";
        break;
      case "ask":
        if (isAllAsked && await this.#ask?.(asked)) return "added";
        if (isAllAsked) question = hostKeyQuestionKey(asked);
        break;
      case "yes":
    }
    throw unknownHostKeyError(problem, {
      question,
      authorities,
      certificateFault,
      files: this.#resolved.userKnownHostsFiles,
      unreadable: this.#file.unreadable,
      unavailable,
    });
  }

  /**
   * Whether an unknown key may be accepted by itself. A file that cannot be read could say that the
   * key has changed or is revoked; with UserKnownHostsFile none, ssh adds no key and refuses it.
   */
  get #mayAdd(): boolean {
    return this.#file.unreadable.length === 0 && this.#resolved.userKnownHostsFiles.length > 0;
  }

  #checkAgain(blob: Buffer): void {
    if (blob.equals(this.#shown!.key)) return;
    throw new HostKeyError(
      `The host key of "${this.#resolved.host}" changed while connected`,
      "Do not go on: ask the host's administrator",
    );
  }

  #entries(): readonly KnownHostEntry[] {
    return [...this.#file.entries, ...this.#pins.entriesOf(this.#scope)];
  }
}

/** Partners of a {@link HostKeyGuard}. */
export interface HostKeyGuardOptions {
  readonly clock: Clock;
  readonly pins: HostKeyPins;
  readonly ask?: AskHostKey | undefined;
}

function stateOf(key: HostKeyProblem, verdict: HostKeyState["verdict"]): HostKeyState {
  return { verdict, fingerprint: key.fingerprint, type: key.type };
}
