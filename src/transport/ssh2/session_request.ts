import type { Duplex } from "node:stream";
import { checkLength, type Ssh2Channel, type Ssh2Client } from "./ssh2_client.ts";
import { WINDOW_BYTES } from "./traffic_bounds.ts";
import type { PtyRequest, TunnelTarget } from "../transport.ts";

const packetBytes = 32 * 1024;
/**
 * The window of a terminal. All output on its way delays the other sessions of the connection: with
 * 2 MiB by up to 1 s on a busy machine.
 */
const TERMINAL_WINDOW_BYTES = 256 * 1024;

/** The request that a session channel is opened for (RFC 4254 §6). */
export interface SessionRequest {
  readonly environment?: Readonly<Record<string, string>>;
  readonly pty?: PtyRequest;
  readonly start:
    | { readonly kind: "shell" }
    | { readonly kind: "exec"; readonly command: string }
    | { readonly kind: "subsystem"; readonly name: string };
}

/** The far end refused a step of opening; `step` is "channel", "pty", or the kind of start. */
export class RefusedError extends Error {
  constructor(readonly step: string, readonly reason: string) {
    super(`${step} refused: ${reason}`);
  }
}

/**
 * Opens a session channel and sends all its requests at once, so that it costs two round trips.
 *
 * `onOpen` gets the channel before any byte of it arrives.
 *
 * @throws {RefusedError} Naming the step.
 */
export function openSession<T>(
  client: Ssh2Client,
  request: SessionRequest,
  onOpen: (channel: Ssh2Channel) => T,
): Promise<T> {
  checkRequest(request);
  return new Promise((resolve, reject) => {
    const windowBytes = windowOf(request);
    openSessionChannel(client, windowBytes, (error, channel) => {
      if (error !== undefined) return reject(new RefusedError("channel", openFailure(error)));
      channel.incoming.window = windowBytes;
      const opened = onOpen(channel);
      sendRequests(client, channel, request, (refused) => {
        if (refused === undefined) return resolve(opened);
        channel.close();
        reject(refused);
      });
    });
  });
}

/** The window that a channel is opened with, and kept at. */
export function windowOf({ pty }: SessionRequest): number {
  return pty === undefined ? WINDOW_BYTES : TERMINAL_WINDOW_BYTES;
}

function checkRequest({ start, environment }: SessionRequest): void {
  if (start.kind === "exec") checkLength(start.command);
  for (const [name, value] of Object.entries(environment ?? {})) checkLength(name + value);
}

/** Opens a direct-tcpip channel (RFC 4254 §7.2). */
export function forwardOut(client: Ssh2Client, to: TunnelTarget): Promise<Duplex> {
  checkLength(to.hostname);
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 65_535, to.hostname, to.port, (error, stream) => {
      if (error !== undefined) reject(new RefusedError("tunnel", openFailure(error)));
      else resolve(stream);
    });
  });
}

function openFailure(error: Error & { readonly reason?: number | string }): string {
  return error.message.replace(/^\(SSH\) Channel open failure: /, "") || `reason ${error.reason}`;
}

function openSessionChannel(
  client: Ssh2Client,
  windowBytes: number,
  waiter: Parameters<Ssh2Client["_chanMgr"]["add"]>[0],
): void {
  const typed = Object.assign(
    (...[error, channel]: Parameters<typeof waiter>) => waiter(error, channel),
    { type: "session" },
  );
  client._protocol.session(client._chanMgr.add(typed), windowBytes, packetBytes);
}

function sendRequests(
  client: Ssh2Client,
  channel: Ssh2Channel,
  request: SessionRequest,
  done: (refused: RefusedError | undefined) => void,
): void {
  const { _protocol: protocol } = client;
  const id = channel.outgoing.id;
  let refusal: RefusedError | undefined;
  const expect = (step: string, then?: () => void): void => {
    channel._callbacks.push((refused) => {
      if (refused) refusal ??= new RefusedError(step, "the server said no");
      then?.();
    });
  };
  for (const [name, value] of Object.entries(request.environment ?? {})) {
    protocol.env(id, name, value, wantNoReply);
  }
  if (request.pty !== undefined) {
    const { rows, columns, term, modes } = request.pty;
    expect("pty");
    protocol.pty(id, rows, columns, 0, 0, term, modes ?? null, wantReply);
  }
  channel.subtype = request.start.kind;
  expect(request.start.kind, () => done(refusal));
  switch (request.start.kind) {
    case "shell":
      return protocol.shell(id, wantReply);
    case "exec":
      return protocol.exec(id, request.start.command, wantReply);
    case "subsystem":
      return protocol.subsystem(id, request.start.name, wantReply);
  }
}

const wantReply = true;
const wantNoReply = false;
