import { Buffer } from "node:buffer";

// As OpenSSH's SFTP_MAX_MSG_LENGTH.
const LIMIT_BYTES = 256 * 1024;

const HEADER_BYTES = 4;

/** A packet as long as this is put together in one buffer that is used again. */
const LONG_BYTES = 64 * 1024;

/** A packet length that no server may send. `seen`: the length's bytes and some of those after it. */
export class PacketLengthError extends Error {
  constructor(readonly lengthBytes: number, readonly seen: Buffer) {
    super(`a packet of ${lengthBytes} bytes; 1 to ${LIMIT_BYTES} are allowed`);
  }
}

/**
 * Joins the pieces of packets, however the channel cuts them. At most one packet is kept, and each
 * byte is copied at most once: a server that sends single bytes costs no more than one that does not.
 */
export class PacketAssembler {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #packet: Buffer | undefined;
  #packetBytes = 0;
  #reused: Buffer | undefined;

  /**
   * The packets, without their lengths, that are complete with this chunk. Each is valid until the
   * next is asked for: 1 GiB in buffers of its own took 3 s longer and 200 MB more.
   *
   * @throws {PacketLengthError}
   */
  *add(chunk: Uint8Array): Generator<Buffer> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      rest = this.#packet === undefined ? this.#takeHeader(rest) : this.#fill(this.#packet, rest);
      const packet = this.#packet;
      if (packet === undefined || this.#packetBytes < packet.length) continue;
      this.#packet = undefined;
      this.#headerBytes = 0;
      this.#packetBytes = 0;
      yield packet;
    }
  }

  #takeHeader(bytes: Buffer): Buffer {
    const taken = bytes.copy(this.#header, this.#headerBytes);
    this.#headerBytes += taken;
    const rest = bytes.subarray(taken);
    if (this.#headerBytes < HEADER_BYTES) return rest;
    const lengthBytes = this.#header.readUInt32BE();
    if (lengthBytes === 0 || lengthBytes > LIMIT_BYTES) {
      throw new PacketLengthError(
        lengthBytes,
        Buffer.concat([this.#header, rest.subarray(0, 200)]),
      );
    }
    if (rest.length < lengthBytes) {
      this.#packet = this.#room(lengthBytes);
      return rest;
    }
    this.#packet = rest.subarray(0, lengthBytes);
    this.#packetBytes = lengthBytes;
    return rest.subarray(lengthBytes);
  }

  #room(lengthBytes: number): Buffer {
    if (lengthBytes < LONG_BYTES) return Buffer.allocUnsafeSlow(lengthBytes);
    this.#reused ??= Buffer.allocUnsafeSlow(LIMIT_BYTES);
    return this.#reused.subarray(0, lengthBytes);
  }

  #fill(packet: Buffer, bytes: Buffer): Buffer {
    const taken = bytes.copy(packet, this.#packetBytes);
    this.#packetBytes += taken;
    return bytes.subarray(taken);
  }
}
