import { Buffer } from "node:buffer";
import type { Clock, Timer } from "../../clock.ts";
import { ChannelError, ConnectionLostError, type SshError } from "../../errors.ts";
import { encodeFields, type Field, FieldReader, lengthOf } from "../fields.ts";
import { PacketAssembler, PacketLengthError } from "./packet_assembler.ts";
import { quoteRemote } from "../remote_text.ts";
import type { Channel } from "../transport.ts";

/** Packet types of draft-ietf-secsh-filexfer-02 §3. */
export const sftpPacket = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const;

/** An answer: its type and the fields behind the request number. */
export interface SftpReply {
  readonly type: number;
  readonly fields: FieldReader;
}

interface Waiter {
  /** Called while the answer's bytes are there: they are overwritten afterwards. */
  readonly resolve: (reply: SftpReply) => void;
  readonly reject: (error: unknown) => void;
}

/** A start is a process and one packet. A ForceCommand may read the request and never answer. */
const START_MS = 10_000;

/** One answer may wait for a disk or a network file system, and be 32 KiB on a slow line. */
const ANSWER_MS = 20_000;
/** For each KiB of a longer one, as on a line of 16 KB/s. */
const KIB_MS = 64;
const SHORT_BYTES = 32 * 1024;
/** Content that is copied behind its request rather than sent as a message of its own. */
const JOINED_BYTES = 8 * 1024;

/** A request, and content that goes behind it as it is; it must not change until the answer. */
export interface SftpRequest {
  readonly type: number;
  readonly fields: readonly Field[];
  readonly data?: Uint8Array | undefined;
}

/** Services of the connection that {@link SftpPackets} uses. */
export interface SftpPacketsParts {
  readonly clock: Clock;
  /** The error of requests that are unanswered when the channel ends. */
  readonly lost: () => SshError;
}

/**
 * Requests and their answers on one channel: any number under way, answered in any order.
 *
 * A server that breaks the protocol, or completes no answer for 20 s while requests wait, loses the
 * channel. Each answer belongs to one request, so the traffic is bounded by what was asked for.
 */
export class SftpPackets {
  readonly #channel: Channel;
  readonly #parts: SftpPacketsParts;
  readonly #assembler = new PacketAssembler();
  readonly #waiters = new Map<number, Waiter>();
  #version: Waiter | undefined;
  #hasStarted = false;
  #timer: Timer | undefined;
  #nextId = 0;
  #ended: unknown;
  #answerMs = ANSWER_MS;
  #transferredBytes = 0;
  /** Requests that go out together. */
  #gathered: Uint8Array[] | undefined;

  constructor(channel: Channel, parts: SftpPacketsParts) {
    this.#channel = channel;
    this.#parts = parts;
    this.#receive().catch((error) => this.#fail(error));
  }

  /** File content that was read or written so far. */
  get transferredBytes(): number {
    return this.#transferredBytes;
  }

  /** Counts file content that went across. */
  addTransferred(bytes: number): void {
    this.#transferredBytes += bytes;
  }

  /** Exchanges versions; resolves with the server's extensions by name (§4). */
  async start(): Promise<ReadonlySet<string>> {
    const reply = new Promise<SftpReply>((resolve, reject) => this.#version = { resolve, reject });
    if (this.#ended !== undefined) this.#version?.reject(this.#ended);
    else this.#timer = this.#parts.clock.after(START_MS, () => this.#close(startError()));
    this.#send([{ byte: sftpPacket.init }, { uint32: 3 }]);
    const { fields } = await reply;
    fields.uint32();
    const names = new Set<string>();
    while (fields.remainingBytes > 0) {
      names.add(fields.string());
      fields.bytes();
    }
    return names;
  }

  /** Sends one request; resolves with its answer, of whatever type. */
  request(type: number, ...fields: readonly Field[]): Promise<SftpReply> {
    return this.exchange({ type, fields }, ({ type, fields }) => ({ type, fields: fields.kept() }));
  }

  /**
   * Sends one request; resolves with what `take` makes of its answer, whose bytes are there for that
   * call alone.
   */
  exchange<T>({ type, fields, data }: SftpRequest, take: (reply: SftpReply) => T): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    this.#timer ??= this.#parts.clock.after(this.#answerMs, () => this.#close(silenceError()));
    return new Promise((resolve, reject) => {
      const settle = (reply: SftpReply): void => {
        try {
          resolve(take(reply));
        } catch (error) {
          reject(error);
        }
      };
      this.#waiters.set(id, { resolve: settle, reject });
      this.#send([{ byte: type }, { uint32: id }, ...fields], data);
    });
  }

  /** The requests that `send` makes before it returns go out as one message. */
  gather<T>(send: () => T): T {
    const gathered: Uint8Array[] = this.#gathered = [];
    try {
      return send();
    } finally {
      this.#gathered = undefined;
      if (gathered.length > 0) this.#channel.write(Buffer.concat(gathered)).catch(() => {});
    }
  }

  /** Allows the time that answers take which carry as many bytes. */
  expectLongAnswers(bytes: number): void {
    this.#answerMs = ANSWER_MS + Math.max(0, bytes - SHORT_BYTES) / 1024 * KIB_MS;
  }

  /** Closes the channel of a server that broke the protocol; the error says how. */
  breach(seen: string): ConnectionLostError {
    const error = breachError(seen);
    this.#close(error);
    return error;
  }

  /** A write that fails ends the output too, which tells better why. */
  #send(fields: readonly Field[], data?: Uint8Array): void {
    const extra: readonly Field[] = data === undefined ? [] : [{ uint32: data.length }];
    const all = [...fields, ...extra];
    const bytes = all.reduce((sum, field) => sum + lengthOf(field), data?.length ?? 0);
    const isLong = data !== undefined && data.length > JOINED_BYTES;
    const joined: readonly Field[] = data === undefined || isLong ? all : [...all, { raw: data }];
    this.#write(encodeFields({ uint32: bytes }, ...joined));
    if (isLong) this.#write(data);
  }

  #write(bytes: Uint8Array): void {
    if (this.#gathered !== undefined) this.#gathered.push(bytes);
    else this.#channel.write(bytes).catch(() => {});
  }

  async #receive(): Promise<void> {
    for await (const chunk of this.#channel.output) this.#take(chunk);
    this.#fail(this.#parts.lost());
  }

  #take(chunk: Uint8Array): void {
    try {
      for (const packet of this.#assembler.add(chunk)) {
        if (this.#ended !== undefined) return;
        this.#answer(packet);
      }
    } catch (error) {
      if (!(error instanceof PacketLengthError)) throw error;
      const isNoise = !this.#hasStarted && isText(error.seen.subarray(0, 4));
      this.#close(isNoise ? noiseError(error.seen) : breachError(`it sent ${error.message}`));
    }
  }

  #answer(packet: Buffer): void {
    const fields = new FieldReader(
      packet,
      () => this.breach("it sent an answer that is cut short"),
    );
    const type = fields.byte();
    if (!this.#hasStarted) return this.#begin({ type, fields });
    const id = fields.uint32();
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) {
      throw this.breach(`it sent an answer with number ${id}, which no request has`);
    }
    this.#waiters.delete(id);
    if (this.#waiters.size > 0) this.#timer?.restart();
    else this.#stopTimer();
    waiter.resolve({ type, fields });
  }

  #begin(reply: SftpReply): void {
    if (reply.type !== sftpPacket.version) {
      throw this.breach(`it sent packet type ${reply.type} before its version`);
    }
    this.#hasStarted = true;
    this.#stopTimer();
    this.#version?.resolve(reply);
  }

  #close(error: SshError): void {
    this.#fail(error);
    void this.#channel[Symbol.asyncDispose]();
  }

  #fail(error: unknown): void {
    this.#ended ??= error;
    this.#stopTimer();
    this.#version?.reject(error);
    for (const { reject } of this.#waiters.values()) reject(error);
    this.#waiters.clear();
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

/** Whether bytes may be printed text, in ASCII or UTF-8. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    [0x09, 0x0a, 0x0d, 0x1b].includes(byte) || (byte >= 0x20 && byte <= 0x7e) ||
    (byte >= 0x80 && byte <= 0xf4)
  );
}

/** Text in place of a packet: a start-up file of the login shell prints something. */
function noiseError(bytes: Buffer): ChannelError {
  return new ChannelError(
    `The sftp subsystem sent ${quoteRemote(bytes.toString("latin1"))} where a packet should be`,
    "Make the login shell's start-up files silent for non-interactive logins, or use a command",
  );
}

function startError(): ChannelError {
  return new ChannelError(
    `The sftp subsystem did not answer within ${START_MS / 1000} s`,
    "Use execute_command instead",
  );
}

function silenceError(): ConnectionLostError {
  return new ConnectionLostError(
    `The SFTP channel was closed: the server completed no answer for ${ANSWER_MS / 1000} s`,
    "Its file system may hang (see df and dmesg there); check it, then try again",
  );
}

function breachError(seen: string): ConnectionLostError {
  return new ConnectionLostError(
    `The SFTP channel was closed, since the server broke the protocol: ${seen}`,
    "Use execute_command instead, and check which program serves SFTP on this host",
  );
}
