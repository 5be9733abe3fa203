import { Buffer } from "node:buffer";
import { encodeFields } from "../fields.ts";
import {
  type MessageHandlers,
  sendMessage,
  type Ssh2Channel,
  type Ssh2Client,
} from "./ssh2_client.ts";

/** SSH_MSG_IGNORE with no data (RFC 4253 §11.2). */
const IGNORE_MESSAGE = encodeFields({ byte: 2 }, "");

/** Handles a message by name in ssh2's place; returns the handler before. */
export function handleMessage(
  client: Ssh2Client,
  name: string,
  handler: NonNullable<MessageHandlers[string]>,
): MessageHandlers[string] {
  const handlers = client._protocol._handlers;
  const before = handlers[name];
  handlers[name] = handler;
  return before;
}

/** The server's identification string, without its line end. */
export function identOf(client: Ssh2Client): string {
  return (client._protocol._remoteIdentRaw ?? Buffer.alloc(0)).toString("latin1").trim();
}

/** Identifier of the session that signatures are bound to (RFC 4252 §7). */
export function sessionIdOf(client: Ssh2Client): Buffer {
  return client._protocol._kex.sessionID;
}

/** The host key algorithms that are offered, without certificates. */
export function offeredHostKeyAlgorithms(client: Ssh2Client): readonly string[] {
  return client._protocol._offer.lists.serverHostKey.array;
}

/** Tells ssh2 which method a reply is due to: message 60 has three meanings (RFC 4252 §6). */
export function expectAuthReply(client: Ssh2Client, method: string): void {
  client._protocol._authsQueue.push(method);
}

/** Sends a global request that every server answers, and calls back with the answer. */
export function ping(client: Ssh2Client, onReply: () => void = () => {}): void {
  client._callbacks.push(() => onReply());
  client._protocol.ping();
}

/** Ends the notes that ssh2 makes of a handshake. */
export function stopNotes(client: Ssh2Client): void {
  client._protocol._debug = undefined;
}

/** The bytes by which a channel's window is to be topped up now; 0 while half of it is left. */
export function takeWindowAdjustment({ incoming }: Ssh2Channel, windowBytes: number): number {
  if (incoming.window > windowBytes / 2) return 0;
  const adjustment = windowBytes - incoming.window;
  incoming.window = windowBytes;
  return adjustment;
}

/**
 * Answers global requests in ssh2's place: it would check every announced host key, and die of a
 * type it does not know.
 */
export function takeOverGlobalRequests(client: Ssh2Client): void {
  handleMessage(client, "GLOBAL_REQUEST", (protocol, name, wantReply) => {
    if (wantReply) protocol.requestFailure();
    // sshd's Nagle holds its next packet until this one is acknowledged, which takes 40 ms unless
    // we have something to send (measured: first exec 45 ms, with this 5 ms).
    else if (name === "hostkeys-00@openssh.com") sendMessage(client, IGNORE_MESSAGE);
  });
}
