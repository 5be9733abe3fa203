import { Buffer } from "node:buffer";
import type { Clock } from "../../../src/clock.ts";
import { ChannelError } from "../../../src/errors.ts";
import { SftpClient } from "../../../src/transport/sftp/sftp_client.ts";
import { SftpPackets } from "../../../src/transport/sftp/sftp_packets.ts";
import type { Channel } from "../../../src/transport/transport.ts";
import { FakeChannel } from "../../support/fake_channel.ts";
import { encodeFields, type Field, FieldReader } from "../../../src/transport/fields.ts";

/** A request as an SFTP server receives it. */
export interface SftpRequest {
  readonly type: number;
  readonly id: number;
  readonly fields: FieldReader;
}

/** The bytes that a server sends for a request; undefined for none. */
export type SftpScript = (request: SftpRequest) => Uint8Array | undefined;

/** One packet, with its length. */
export function packet(...fields: readonly Field[]): Buffer {
  return encodeFields(encodeFields(...fields));
}

/** SSH_FXP_VERSION of version 3. */
export const VERSION = packet({ byte: 2 }, { uint32: 3 });

/** A channel to an SFTP server that is a script; its output comes in the pieces of `cut`. */
export class ScriptedSftpChannel extends FakeChannel {
  readonly #script: SftpScript;
  readonly #cut: (bytes: Uint8Array) => Iterable<Uint8Array>;

  constructor(
    script: SftpScript,
    cut: (bytes: Uint8Array) => Iterable<Uint8Array> = (bytes) => [bytes],
  ) {
    super();
    this.#script = script;
    this.#cut = cut;
  }

  override write(data: Uint8Array): Promise<void> {
    const fields = new FieldReader(data);
    fields.uint32();
    const type = fields.byte();
    const id = fields.uint32();
    const answer = this.#script({ type, id, fields });
    if (answer !== undefined) this.send(answer);
    return Promise.resolve();
  }

  /** Sends bytes at any time. */
  override send(bytes: Uint8Array): void {
    for (const piece of this.#cut(bytes)) super.send(piece);
  }

  override end(): void {
    this.close();
  }
}

/** The client of a channel, once both sides have started. */
export async function clientOver(channel: Channel, clock: Clock): Promise<SftpClient> {
  const lost = (): ChannelError => new ChannelError("it ended", "go on");
  const packets = new SftpPackets(channel, { clock, lost });
  return new SftpClient(channel, packets, await packets.start());
}
