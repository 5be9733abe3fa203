import { Buffer } from "node:buffer";
import {
  CHUNK_BYTES,
  LONG_CHUNK_BYTES,
  readInto,
  type TransferFile,
  writeAll,
} from "./sftp_transfer.ts";
import { decodeAttributes, encodeAttributes } from "./sftp_attributes.ts";
import { statusError, unexpectedReply } from "./sftp_errors.ts";
import { sftpPacket, type SftpPackets, type SftpReply } from "./sftp_packets.ts";
import { listDirectory } from "./sftp_directory.ts";
import type {
  Channel,
  DirectoryEntry,
  FileAttributes,
  FileHandle,
  OwnerNames,
  Sftp,
} from "../transport.ts";
import { encodeFields, type Field, FieldReader } from "../fields.ts";

/** SSH_FXF_* of draft-ietf-secsh-filexfer-02 §6.3 for open(3)'s words. */
const openFlags: Readonly<Record<string, number>> = {
  "r": 0x01,
  "r+": 0x03,
  "w": 0x1a,
  "wx": 0x3a,
  "a": 0x0e,
};

/** Longer ones the draft forbids (§6.3). */
const HANDLE_LIMIT_BYTES = 256;
/** PATH_MAX of Linux; the paths that callers give have the same limit. */
const PATH_LIMIT_BYTES = 4_096;
const NAMES_KEPT = 1_000;
/** Since OpenSSH 8.5. */
const LIMITS = "limits@openssh.com";

/** A handle as the server named it. */
class ServerHandle implements FileHandle {
  constructor(readonly path: string, readonly id: Buffer) {}
}

/**
 * SFTP version 3 over one channel (draft-ietf-secsh-filexfer-02).
 *
 * ssh2 1.17 has an SFTP client, but it runs on ssh2's own channel, not on {@link Channel} with its
 * bounds, does not recognise text that a start-up file prints before the first packet, and reads and
 * writes one chunk after the other. 2 MiB on loopback, alternating, median of 40: written in 306 ms
 * here and 485 ms there, read in 250 ms here and 687 ms there (on a busy machine).
 */
export class SftpClient implements Sftp {
  readonly #channel: Channel;
  readonly #packets: SftpPackets;
  readonly #extensions: ReadonlySet<string>;
  #chunkBytes: Promise<number> | undefined;
  /** By `uid:gid`. */
  readonly #names = new Map<string, OwnerNames>();

  constructor(channel: Channel, packets: SftpPackets, extensions: ReadonlySet<string>) {
    this.#channel = channel;
    this.#packets = packets;
    this.#extensions = extensions;
  }

  get transferredBytes(): number {
    return this.#packets.transferredBytes;
  }

  async open(
    path: string,
    flags: string,
    options: { readonly mode?: number | undefined } = {},
  ): Promise<FileHandle> {
    const bits = openFlags[flags];
    if (bits === undefined) throw new TypeError(`unknown open flags ${flags}`);
    const { packets, what } = this.#about("open", path);
    const reply = await packets.request(
      sftpPacket.open,
      path,
      { uint32: bits },
      encodeAttributes(options),
    );
    if (reply.type !== sftpPacket.handle) throw what(reply);
    const id = reply.fields.bytes();
    if (id.length > HANDLE_LIMIT_BYTES) {
      throw packets.breach(`it sent a handle of ${id.length} bytes`);
    }
    return new ServerHandle(path, Buffer.from(id));
  }

  async read(handle: FileHandle, offset: number, lengthBytes: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    const got = await this.readInto(handle, offset, bytes);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, got);
  }

  readInto(handle: FileHandle, offset: number, into: Uint8Array): Promise<number> {
    return this.#transfer(handle, into.length, (file) => readInto(file, offset, into));
  }

  write(handle: FileHandle, offset: number, data: Uint8Array): Promise<void> {
    return this.#transfer(handle, data.length, (file) => writeAll(file, offset, data));
  }

  close(handle: FileHandle): Promise<void> {
    const { path, id } = named(handle);
    return this.#perform("close", path, sftpPacket.close, id);
  }

  stat(path: string): Promise<FileAttributes> {
    return this.#attributes(path, sftpPacket.stat, path);
  }

  lstat(path: string): Promise<FileAttributes> {
    return this.#attributes(path, sftpPacket.lstat, path);
  }

  fstat(handle: FileHandle): Promise<FileAttributes> {
    const { path, id } = named(handle);
    return this.#attributes(path, sftpPacket.fstat, id);
  }

  setAttributes(handle: FileHandle, attributes: FileAttributes): Promise<void> {
    const { path, id } = named(handle);
    const fields = [id, encodeAttributes(attributes)];
    return this.#perform("change the attributes of", path, sftpPacket.fsetstat, ...fields);
  }

  setPathAttributes(path: string, attributes: FileAttributes): Promise<void> {
    const fields = [path, encodeAttributes(attributes)];
    return this.#perform("change the attributes of", path, sftpPacket.setstat, ...fields);
  }

  list(path: string): AsyncGenerator<DirectoryEntry> {
    return listDirectory(this.#packets, path);
  }

  symlink(path: string, text: string): Promise<void> {
    // OpenSSH's server takes them in this order, and all others followed it (PROTOCOL §4.1).
    return this.#perform("make the link", path, sftpPacket.symlink, text, path);
  }

  async link(from: string, to: string): Promise<boolean> {
    const extension = "hardlink@openssh.com";
    if (!this.#extensions.has(extension)) return false;
    await this.#perform("link", to, sftpPacket.extended, extension, from, to);
    return true;
  }

  realpath(path: string): Promise<string> {
    return this.#name("resolve", path, sftpPacket.realpath);
  }

  readlink(path: string): Promise<string> {
    return this.#name("read the link", path, sftpPacket.readlink);
  }

  makeDirectory(path: string, options: { readonly mode?: number } = {}): Promise<void> {
    const fields = [path, encodeAttributes(options)];
    return this.#perform("make the directory", path, sftpPacket.mkdir, ...fields);
  }

  remove(path: string): Promise<void> {
    return this.#perform("remove", path, sftpPacket.remove, path);
  }

  removeDirectory(path: string): Promise<void> {
    return this.#perform("remove", path, sftpPacket.rmdir, path);
  }

  rename(from: string, to: string): Promise<void> {
    const extension = "posix-rename@openssh.com";
    if (this.#extensions.has(extension)) {
      return this.#perform("rename to", to, sftpPacket.extended, extension, from, to);
    }
    return this.#perform("rename to", to, sftpPacket.rename, from, to);
  }

  async sync(handle: FileHandle): Promise<boolean> {
    const extension = "fsync@openssh.com";
    if (!this.#extensions.has(extension)) return false;
    const { path, id } = named(handle);
    await this.#perform("sync", path, sftpPacket.extended, extension, id);
    return true;
  }

  async ownerNames(
    { uid, gid }: { readonly uid: number; readonly gid: number },
  ): Promise<OwnerNames | undefined> {
    const extension = "users-groups-by-id@openssh.com";
    if (!this.#extensions.has(extension)) return undefined;
    const key = `${uid}:${gid}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const reply = await this.#packets.request(
      sftpPacket.extended,
      extension,
      encodeFields({ uint32: uid }),
      encodeFields({ uint32: gid }),
    );
    if (reply.type === sftpPacket.status) return undefined;
    if (reply.type !== sftpPacket.extendedReply) {
      throw unexpectedReply("read the owner's name of", ".", reply);
    }
    const names = [reply.fields.bytes(), reply.fields.bytes()];
    const [user = "", group = ""] = names.map((name) => new FieldReader(name).string());
    if (this.#names.size < NAMES_KEPT) this.#names.set(key, { user, group });
    return { user, group };
  }

  gather<T>(send: () => T): T {
    return this.#packets.gather(send);
  }

  async end(): Promise<void> {
    this.#channel.end();
    await this.#channel.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  /**
   * Bytes of a request are asked for once, at the first transfer that is longer than the least. A
   * short transfer is sent before this returns: what its caller sends next is done behind it.
   */
  async #transfer<T>(
    handle: FileHandle,
    lengthBytes: number,
    run: (file: TransferFile) => Promise<T>,
  ): Promise<T> {
    const file = { packets: this.#packets, ...named(handle) };
    const isShort = lengthBytes <= CHUNK_BYTES || !this.#extensions.has(LIMITS);
    if (isShort) return await run({ ...file, chunkBytes: CHUNK_BYTES });
    return await run({ ...file, chunkBytes: await (this.#chunkBytes ??= this.#askLimits()) });
  }

  async #askLimits(): Promise<number> {
    const reply = await this.#packets.request(sftpPacket.extended, LIMITS);
    if (reply.type !== sftpPacket.extendedReply) return CHUNK_BYTES;
    // Of a packet, of a read and of a write; a packet has room for the other fields.
    const [packet, read, write] = [0, 1, 2].map(() => Number(reply.fields.uint64()));
    const longest = Math.min(LONG_CHUNK_BYTES, packet! - 1024, read!, write!);
    const chunkBytes = Math.max(CHUNK_BYTES, longest);
    this.#packets.expectLongAnswers(chunkBytes);
    return chunkBytes;
  }

  /** A request that is answered by a status alone. */
  async #perform(
    action: string,
    path: string,
    type: number,
    ...fields: readonly Field[]
  ): Promise<void> {
    const reply = await this.#packets.request(type, ...fields);
    if (reply.type !== sftpPacket.status) throw unexpectedReply(action, path, reply);
    if (reply.fields.peekUint32() === 0) return;
    throw statusError(action, path, reply);
  }

  async #attributes(path: string, type: number, field: Field): Promise<FileAttributes> {
    const { packets, what } = this.#about("read the attributes of", path);
    const reply = await packets.request(type, field);
    if (reply.type !== sftpPacket.attrs) throw what(reply);
    return decodeAttributes(reply.fields);
  }

  async #name(action: string, path: string, type: number): Promise<string> {
    const { packets, what } = this.#about(action, path);
    const reply = await packets.request(type, path);
    if (reply.type !== sftpPacket.name) throw what(reply);
    const count = reply.fields.uint32();
    if (count !== 1) throw packets.breach(`it sent ${count} names where one was asked for`);
    const name = reply.fields.bytes();
    if (name.length > PATH_LIMIT_BYTES) {
      throw packets.breach(`it sent a path of ${name.length} bytes`);
    }
    return name.toString();
  }

  #about(action: string, path: string): About {
    const what = (reply: SftpReply): Error =>
      reply.type === sftpPacket.status
        ? statusError(action, path, reply)
        : unexpectedReply(action, path, reply);
    return { packets: this.#packets, what };
  }
}

interface About {
  readonly packets: SftpPackets;
  readonly what: (reply: SftpReply) => Error;
}

function named(handle: FileHandle): ServerHandle {
  if (handle instanceof ServerHandle) return handle;
  throw new TypeError("not a handle of this connection");
}
