import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { SshError } from "../errors.ts";
import { certificateAlgorithms, chooseAlgorithms, UnofferableError } from "./offered_algorithms.ts";
import { offerCertificates, useCertifiedKey } from "./ssh2/certified_key_exchange.ts";
import { BoundError } from "./bound_error.ts";
import { ClientWatch } from "./ssh2/client_watch.ts";
import {
  type ConnectPhase,
  handshakeError,
  timeoutError,
  unofferableError,
} from "./connect_errors.ts";
import { coalesceWrites } from "./ssh2/coalesced_writes.ts";
import { Deadline } from "./deadline.ts";
import type { HandshakeTurns } from "./handshake_turns.ts";
import { type HostKeyGuard, hostKeyOf } from "./host_key/host_key_guard.ts";
import { handleMessage, offeredHostKeyAlgorithms, stopNotes } from "./ssh2/protocol_access.ts";
import { type FairReader, readFairly } from "./ssh2/fair_reading.ts";
import { boundGroupExchange } from "./ssh2/group_exchange.ts";
import { boundTraffic } from "./ssh2/traffic_bounds.ts";
import { repairClient } from "./ssh2/repairs.ts";
import { createSsh2Client, type Ssh2Algorithms, type Ssh2Client } from "./ssh2/ssh2_client.ts";

/** The means of a handshake. */
export interface HandshakeOptions {
  readonly clock: Clock;
  readonly guard: HostKeyGuard;
  /** Shared by all handshakes. */
  readonly turns: HandshakeTurns;
  /** The stream that carries the transport; destroyed when anything fails. */
  readonly stream: Duplex;
  /** The peer's IP address, where it is known. */
  readonly address: string | undefined;
}

const greetingBytes = 512;
const bannerChars = 64 * 1024;
const bannerLimitChars = 4 * 1024 * 1024;

/** One attempt to reach "authenticated" over a stream; says what went wrong, and where. */
export class Handshake {
  readonly client: Ssh2Client = createSsh2Client();
  readonly watch: ClientWatch = new ClientWatch(this.client);
  /** Rejects with an {@link SshError} when the transport goes. */
  readonly failed: Promise<never>;
  readonly deadline: Deadline;
  readonly #resolved: ResolvedHost;
  readonly #options: HandshakeOptions;
  readonly #offered = new Map<string, string>();
  #phase: ConnectPhase = "ident";
  #reader: FairReader | undefined;
  #shown: Buffer | undefined;
  #greeting = "";
  #banner = "";
  #bannerChars = 0;

  constructor(resolved: ResolvedHost, options: HandshakeOptions) {
    this.#resolved = resolved;
    this.#options = options;
    this.deadline = new Deadline(options.clock, () => this.#expire());
    this.failed = new Promise((_, reject) => {
      this.watch.onClose((error) => reject(this.#explain(error)));
    });
    this.failed.catch(() => {});
  }

  /** USERAUTH_BANNER text so far, at most 64 KiB of it. */
  get banner(): string {
    return this.#banner;
  }

  /** Sends our identification; the rest follows by itself. */
  start(): void {
    const { client } = this;
    const { stream } = this.#options;
    coalesceWrites(stream);
    client.on("error", () => this.cut());
    client.on("handshake", () => this.#onKeyExchanged());
    client.connect({
      sock: stream,
      username: this.#resolved.user,
      ident: "mcp-ssh-session",
      readyTimeout: 0,
      keepaliveInterval: 0,
      algorithms: this.#algorithms(),
      hostVerifier: (key, verify): undefined => void this.#verify(key, verify),
      debug: (message) => this.#note(message),
    });
    if (this.#options.guard.wantsCertificate) offerCertificates(client, this.#certificates());
    const keepGreeting = (chunk: Buffer): void => {
      if (!this.#keepGreeting(chunk)) stream.off("data", keepGreeting);
    };
    stream.on("data", keepGreeting);
    repairClient(client);
    boundGroupExchange(client);
    boundTraffic(client, this.#options);
    this.#reader = readFairly(client, stream, this.#options);
    handleMessage(client, "USERAUTH_BANNER", (_protocol, text) => this.#addBanner(text));
    this.deadline.start(this.#limitMs());
    stream.resume();
  }

  /** Starts the bound of one request of the login. */
  awaitReply(): void {
    this.#phase = "authentication";
    this.deadline.start(this.#limitMs());
  }

  /** Ends the transport at once. */
  cut(error?: Error): void {
    this.watch.cut(this.#options.stream, error);
  }

  /** Nothing is due while a person is asked. */
  pause(): void {
    this.deadline.stop();
  }

  /** The login is done: no bound, no notes. */
  finish(): void {
    this.deadline.stop();
    this.#reader?.endHandshake();
    stopNotes(this.client);
  }

  #algorithms(): Ssh2Algorithms {
    try {
      const algorithms = chooseAlgorithms(this.#resolved, this.#options.guard.preferredAlgorithms);
      for (const [keyword, names] of ourNames(algorithms)) this.#offered.set(keyword, names);
      return algorithms;
    } catch (error) {
      if (error instanceof UnofferableError) throw unofferableError(this.#resolved, error);
      throw error;
    }
  }

  #certificates(): readonly string[] {
    const plain = offeredHostKeyAlgorithms(this.client);
    return certificateAlgorithms(this.#resolved, plain);
  }

  /** Never async itself: a Promise in ssh2's hands counts as consent. */
  #verify(shown: Buffer, verify: (permitted: boolean) => void): void {
    if (this.#shown !== undefined) return this.#verifyAgain(this.#shown, shown, verify);
    this.#shown = Buffer.from(shown);
    this.deadline.stop();
    const refuse = (error: Error): void => {
      this.watch.blame(error);
      verify(refused);
    };
    try {
      // The exchange's signature is checked as soon as the server's NEWKEYS is here.
      const key = hostKeyOf(shown);
      useCertifiedKey(this.client, key.blob);
      this.#options.guard.check(key, this.#options.address).then(() => {
        this.deadline.start(this.#limitMs());
        verify(permitted);
      }, refuse).catch((error) => this.cut(error));
    } catch (error) {
      refuse(error as Error);
    }
  }

  /**
   * Answers at once when keys are exchanged anew: what is sent while ssh2 waits for the answer would
   * be garbled (measured: sshd reads "Bad packet length" and closes).
   */
  #verifyAgain(first: Buffer, shown: Buffer, verify: (permitted: boolean) => void): void {
    if (first.equals(shown)) {
      useCertifiedKey(this.client, hostKeyOf(first).blob);
      return verify(permitted);
    }
    this.watch.blame(new Error("it showed another host key when keys were exchanged anew"));
    verify(refused);
  }

  /** ssh2 comes here only when the server's signature over the exchange is proven. */
  #onKeyExchanged(): void {
    if (this.#phase === "authentication") return;
    this.#options.guard.confirm();
    this.awaitReply();
  }

  #note(message: string): void {
    if (message.startsWith("Remote ident: ")) this.#phase = "key-exchange";
    const found = /^Handshake: \(remote\) ([^:]+): (.*)$/.exec(message);
    const keyword = found === null ? undefined : keywordOfNote[found[1]!];
    if (keyword !== undefined) this.#offered.set(keyword, found![2]!);
  }

  /** False once no more of it is of use. */
  #keepGreeting(chunk: Buffer): boolean {
    if (this.#phase !== "ident" || this.#greeting.length >= greetingBytes) return false;
    this.#greeting += chunk.subarray(0, greetingBytes).toString("latin1");
    return true;
  }

  #addBanner(text: string): void {
    this.#bannerChars += text.length;
    this.#banner = (this.#banner + text).slice(0, bannerChars);
    if (this.#bannerChars < bannerLimitChars) return;
    this.cut(new BoundError("it sends a banner without end"));
  }

  #expire(): void {
    this.cut(timeoutError(this.#resolved, this.#phase, this.#limitMs()));
  }

  #limitMs(): number {
    const limitMs = this.#resolved.connectTimeoutMs || defaultLimitMs;
    return this.#phase === "authentication" ? Math.max(limitMs, leastLoginMs) : limitMs;
  }

  #explain(error: Error | undefined): SshError {
    const attempt = {
      resolved: this.#resolved,
      phase: this.#phase,
      greeting: this.#greeting,
      offered: this.#offered,
    };
    return handshakeError(attempt, error);
  }
}

/** Of each step, where ssh_config has no ConnectTimeout. */
const defaultLimitMs = 30_000;
/** A login may wait for PAM and its directory servers longer than for the network. */
const leastLoginMs = 15_000;

const permitted = true;
const refused = false;

const keywordOfNote: Readonly<Record<string, string>> = {
  "KEX method": "KexAlgorithms",
  "Host key format": "HostKeyAlgorithms",
  "C->S cipher": "Ciphers",
  "C->S MAC": "MACs",
  "C->S compression": "Compression",
};

function ourNames(algorithms: Ssh2Algorithms): readonly (readonly [string, string])[] {
  return [
    ["our KexAlgorithms", algorithms.kex.join(",")],
    ["our HostKeyAlgorithms", algorithms.serverHostKey.join(",")],
    ["our Ciphers", algorithms.cipher.join(",")],
    ["our MACs", algorithms.hmac.join(",")],
    ["our Compression", algorithms.compress.join(",")],
  ];
}
