import type { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";
import type { Ssh2Client, Ssh2Protocol } from "./ssh2_client.ts";

/** Shorter data is sent in packets of its own. */
const LONG_BYTES = 16 * 1024;
/** Message number, recipient and length (RFC 4254 §5.2). */
const FIELDS_BYTES = 9;
const CHANNEL_DATA = 94;
/** Of padding_length (RFC 4253 §6). */
const PADDING_AT = 4;

interface Laid {
  readonly cipher: Ssh2Protocol["_cipher"];
  readonly packet: Buffer;
  readonly dataBytes: number;
}

/**
 * Lays long data of a channel out in the packet of the data before, where it is as long.
 *
 * The packet is encrypted before the call ends, and only its length field, which stays the same, is
 * looked at afterwards. While keys are exchanged packets wait, so that none is used again.
 */
export function reusePackets({ _protocol: protocol }: Ssh2Client): void {
  const channelData = protocol.channelData.bind(protocol);
  let laid: Laid | undefined;
  protocol.channelData = (channel, data) => {
    if (data.length < LONG_BYTES || protocol._kexinit !== undefined) {
      return channelData(channel, data);
    }
    const { write: writer } = protocol._packetRW;
    const { allocStart } = writer;
    const cipher = protocol._cipher;
    if (laid?.cipher !== cipher || laid.dataBytes !== data.length) {
      laid = { cipher, packet: writer.alloc(FIELDS_BYTES + data.length), dataBytes: data.length };
    }
    const { packet } = laid;
    packet[allocStart] = CHANNEL_DATA;
    packet.writeUInt32BE(channel, allocStart + 1);
    packet.writeUInt32BE(data.length, allocStart + 5);
    packet.set(data, allocStart + FIELDS_BYTES);
    randomFillSync(packet, allocStart + FIELDS_BYTES + data.length, packet[PADDING_AT]!);
    cipher.encrypt(writer.finalize(packet));
  };
}
