import { Buffer } from "node:buffer";
import { ChannelError, type SshError } from "../../errors.ts";
import { encodeFields, type Field, FieldReader } from "../fields.ts";
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
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
} as const;

// As OpenSSH's SFTP_MAX_MSG_LENGTH.
const maxPacketBytes = 256 * 1024;

/** An answer: its type and the fields behind the request number. */
export interface SftpReply {
  readonly type: number;
  readonly fields: FieldReader;
}

interface Waiter {
  readonly resolve: (reply: SftpReply) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests and their answers on one channel, any number under way, in any order. */
export class SftpPackets {
  readonly #channel: Channel;
  readonly #lost: () => SshError;
  readonly #waiters = new Map<number, Waiter>();
  #version: Waiter | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #nextId = 0;
  #ended: unknown;

  /** `lost`: the error of requests that the channel's end leaves unanswered. */
  constructor(channel: Channel, lost: () => SshError) {
    this.#channel = channel;
    this.#lost = lost;
    this.#receive().catch((error) => this.#fail(error));
  }

  /** Exchanges versions; resolves with the server's extensions by name (§4). */
  async start(): Promise<ReadonlySet<string>> {
    const reply = new Promise<SftpReply>((resolve, reject) => this.#version = { resolve, reject });
    this.#send(encodeFields({ byte: sftpPacket.init }, { uint32: 3 }));
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
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject });
      this.#send(encodeFields({ byte: type }, { uint32: id }, ...fields));
    });
  }

  /** A write that fails ends the output too, which tells better why. */
  #send(packet: Uint8Array): void {
    this.#channel.write(encodeFields(packet)).catch(() => {});
  }

  async #receive(): Promise<void> {
    for await (const chunk of this.#channel.output) this.#take(chunk);
    this.#fail(this.#lost());
  }

  #take(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    while (this.#buffer.length >= 4) {
      const lengthBytes = this.#buffer.readUInt32BE();
      if (lengthBytes > maxPacketBytes || lengthBytes === 0) throw noiseError(this.#buffer);
      if (this.#buffer.length < 4 + lengthBytes) return;
      this.#answer(this.#buffer.subarray(4, 4 + lengthBytes));
      this.#buffer = this.#buffer.subarray(4 + lengthBytes);
    }
  }

  #answer(packet: Buffer): void {
    const fields = new FieldReader(packet);
    const type = fields.byte();
    if (type === sftpPacket.version) return this.#version?.resolve({ type, fields });
    const id = fields.uint32();
    this.#waiters.get(id)?.resolve({ type, fields });
    this.#waiters.delete(id);
  }

  #fail(error: unknown): void {
    this.#ended ??= error;
    this.#version?.reject(error);
    for (const { reject } of this.#waiters.values()) reject(error);
    this.#waiters.clear();
  }
}

/** Text where a packet should be: a start-up file of the login shell prints something. */
function noiseError(bytes: Buffer): ChannelError {
  return new ChannelError(
    `The sftp subsystem sent ${quoteRemote(bytes.toString("latin1"))} where a packet should be`,
    "Make the login shell's start-up files silent for non-interactive logins, or use a command",
  );
}
