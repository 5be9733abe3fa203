import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { InputError } from "../../errors.ts";
import { Client, utils } from "./library.ts";

/** Handlers of incoming messages by name, as ssh2 1.17's protocol calls them; replaceable. */
// deno-lint-ignore no-explicit-any -- each message has its own arguments
export type MessageHandlers = Record<string, ((...args: any[]) => void) | undefined>;

/** The part of ssh2 1.17's protocol object that this layer uses; deno.json pins the version. */
export interface Ssh2Protocol {
  readonly _handlers: MessageHandlers;
  _kex: Ssh2KeyExchange;
  /** The algorithms to offer, made of names by kind. */
  _offer: {
    readonly constructor: new (names: unknown) => Ssh2Protocol["_offer"];
    readonly lists: {
      readonly kex: OfferedList;
      readonly serverHostKey: OfferedList;
      readonly cs: Readonly<Record<string, OfferedList>>;
      readonly sc: Readonly<Record<string, OfferedList>>;
    };
  };
  readonly _kexinit: unknown;
  readonly _remoteIdentRaw: Buffer | undefined;
  readonly _cipher: { encrypt(packet: Buffer): void };
  readonly _decipher: { _onPayload: (payload: Buffer) => unknown };
  /** Takes what was read from `start` up to `end`. */
  parse: (chunk: Buffer, start: number, end: number) => void;
  /** Does so for one line or packet, and answers how far it came. */
  _parse: (chunk: Buffer, start: number, end: number) => number;
  readonly _packetRW: {
    read: { read(payload: Buffer): Buffer };
    readonly write: {
      readonly allocStart: number;
      alloc(payloadBytes: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
  /** Methods whose replies are due, which tells what message 60 means (RFC 4252 §6). */
  readonly _authsQueue: string[];
  _queue: Buffer[] | undefined;
  _debug: ((message: string) => void) | undefined;
  ping(): void;
  service(name: string): void;
  session(channel: number, windowBytes: number, packetBytes: number): void;
  env(channel: number, name: string, value: string, wantReply: boolean): void;
  pty(
    channel: number,
    rows: number,
    columns: number,
    height: number,
    width: number,
    term: string,
    modes: Readonly<Record<string, number>> | null,
    wantReply: boolean,
  ): void;
  shell(channel: number, wantReply: boolean): void;
  exec(channel: number, command: string, wantReply: boolean): void;
  subsystem(channel: number, name: string, wantReply: boolean): void;
  channelData(channel: number, data: Buffer): void;
  channelWindowAdjust(channel: number, bytes: number): void;
}

interface OfferedList {
  readonly array: readonly string[];
}

/** One key exchange under way (RFC 4253 §7). */
export interface Ssh2KeyExchange {
  readonly sessionID: Buffer;
  readonly negotiated: { serverHostKey: string };
  /** Ours: the name that the signature bears, where a certificate was negotiated. */
  signatureAlgorithm?: string;
  _hostKey: Buffer | undefined;
  getPublicKey(): Buffer;
}

/** One end of a channel: its number, what may be sent, and its state. */
export interface ChannelSide {
  readonly id: number;
  window: number;
  readonly packetSize: number;
  readonly state: "open" | "eof" | "closing" | "closed";
}

/** The part of ssh2 1.17's channel that this layer uses. */
export interface Ssh2Channel extends Duplex {
  subtype: string | undefined;
  readonly incoming: ChannelSide;
  readonly outgoing: ChannelSide;
  /** Replies to channel requests that are due, in order (RFC 4254 §5.4). */
  readonly _callbacks: ((refused: Error | boolean) => void)[];
  readonly stderr: Duplex;
  close(): void;
  eof(): void;
  signal(name: string): void;
  setWindow(rows: number, columns: number, height: number, width: number): void;
}

/** A callback of a channel opening, as ssh2's channel manager keeps it. */
export interface ChannelWaiter {
  (error: (Error & { readonly reason?: number | string }) | undefined, channel: Ssh2Channel): void;
  type?: string;
}

/** ssh2's client with the inner parts that its public face leaves out. */
export interface Ssh2Client extends EventEmitter {
  connect(config: Ssh2ConnectConfig): void;
  end(): void;
  forwardOut(
    fromAddress: string,
    fromPort: number,
    hostname: string,
    port: number,
    callback: (error: Error | undefined, stream: Duplex) => void,
  ): void;
  readonly _protocol: Ssh2Protocol;
  readonly _chanMgr: {
    add(waiter: ChannelWaiter): number;
    get(id: number): Ssh2Channel | ChannelWaiter | null | undefined;
  };
  /** Replies to global requests that are due, in order (RFC 4254 §4). */
  readonly _callbacks: ((refused: Error | boolean, data?: Buffer) => void)[];
}

/** The settings given to ssh2; it never opens a socket nor reads a file by itself. */
export interface Ssh2ConnectConfig {
  readonly sock: Duplex;
  readonly username: string;
  readonly ident: string;
  readonly readyTimeout: 0;
  readonly keepaliveInterval: 0;
  readonly algorithms: Ssh2Algorithms;
  /** Must return undefined and call back: a Promise would count as consent. */
  readonly hostVerifier: (key: Buffer, verify: (permitted: boolean) => void) => undefined;
  readonly debug: (message: string) => void;
}

/** Names by kind, in order of preference. */
export interface Ssh2Algorithms {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
  readonly compress: readonly string[];
}

/** A fresh client of npm:ssh2; `repairClient` makes it fit to use. */
export function createSsh2Client(): Ssh2Client {
  return new Client() as unknown as Ssh2Client;
}

/**
 * sshd drops the connection at a packet over 256 KiB, and one over 5 MB overruns the stack of ssh2's
 * Poly1305 module: from then on no connection of this process can be had.
 */
const messageBytes = 200 * 1024;

/** @throws {InputError} At a value that no message can carry. */
export function checkLength(text: string | Uint8Array): void {
  const length = typeof text === "string" ? Buffer.byteLength(text) : text.length;
  if (length <= messageBytes) return;
  throw new InputError(
    `A value of ${length} bytes does not fit into a message of SSH`,
    "Pass less: names, passwords and paths are short, and long input goes to a command",
  );
}

/** Sends one message, behind a key exchange where one is under way (RFC 4253 §7.1). */
export function sendMessage({ _protocol: protocol }: Ssh2Client, payload: Uint8Array): void {
  checkLength(payload);
  const writer = protocol._packetRW.write;
  const packet = writer.alloc(payload.length);
  packet.set(payload, writer.allocStart);
  const finished = writer.finalize(packet);
  if (protocol._kexinit === undefined) protocol._cipher.encrypt(finished);
  else (protocol._queue ??= []).push(finished);
}

/**
 * Decodes a private key in OpenSSH's or PuTTY's form into PEM.
 *
 * @throws {Error} With the library's words, also for a wrong passphrase.
 */
export function parseOpenSshKey(text: string, passphrase?: string): string {
  const parsed: unknown = utils.parseKey(text, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) throw key;
  return key.getPrivatePEM();
}
