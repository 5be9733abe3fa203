import { abortable } from "../clock.ts";
import { identityOf } from "../config/identity.ts";
import type { JumpHost, ResolvedHost } from "../config/resolved_host.ts";
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  HostKeyError,
  SshError,
} from "../errors.ts";
import type { Ssh2Connection } from "./connection.ts";
import { quoteRemote } from "./remote_text.ts";
import { RefusedError } from "./ssh2/session_request.ts";

/** Connects to a hop, itself through the hops before it. */
export type ConnectHop = (hop: JumpHost, signal: AbortSignal) => Promise<Ssh2Connection>;

/** A share in a hop's connection, to be given back once. */
export interface HopLease {
  readonly connection: Ssh2Connection;
  release(): void;
}

interface Hop {
  readonly connection: Promise<Ssh2Connection>;
  readonly giveUp: AbortController;
  users: number;
}

/**
 * The connections to jump hosts: one for each identity, shared by all targets behind it, closed
 * when the last of them goes.
 */
export class HopPool {
  readonly #hops = new Map<string, Hop>();

  /**
   * Joins the hop's connection, or starts it; giving up leaves it to the others who wait.
   *
   * @throws What `connect` throws, or the signal's reason.
   */
  async acquire(jump: JumpHost, connect: ConnectHop, signal: AbortSignal): Promise<HopLease> {
    signal.throwIfAborted();
    const key = identityOf(jump);
    const hop = this.#hops.get(key) ?? this.#start(key, jump, connect);
    hop.users++;
    const release = once(() => this.#release(key, hop));
    try {
      return { connection: await abortable(hop.connection, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #start(key: string, jump: JumpHost, connect: ConnectHop): Hop {
    const giveUp = new AbortController();
    const hop: Hop = { connection: connect(jump, giveUp.signal), giveUp, users: 0 };
    this.#hops.set(key, hop);
    hop.connection.then(
      (connection) => connection.onClose(() => this.#forget(key, hop)),
      () => this.#forget(key, hop),
    );
    return hop;
  }

  #release(key: string, hop: Hop): void {
    hop.users--;
    if (hop.users > 0) return;
    this.#forget(key, hop);
    hop.giveUp.abort(new Error("nobody waits for it any more"));
    hop.connection.then((connection) => connection[Symbol.asyncDispose](), () => {});
  }

  #forget(key: string, hop: Hop): void {
    if (this.#hops.get(key) === hop) this.#hops.delete(key);
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

/** The error of a target whose hop could not be reached; of the same kind, with the hop named. */
export function hopError(target: ResolvedHost, jump: JumpHost, error: unknown): unknown {
  if (!(error instanceof SshError)) return error;
  const seen =
    `Cannot reach "${target.host}" through its jump host "${jump.host}": ${error.message}`;
  if (error instanceof HostKeyError || error instanceof AuthenticationError) {
    return error.reworded(seen);
  }
  return new ConnectError(seen, error.advice, { cause: error });
}

/** The error of a target that its hop would not connect to. */
export function tunnelError(target: ResolvedHost, jump: JumpHost, error: unknown): unknown {
  if (!(error instanceof RefusedError)) return error;
  return new ConnectError(
    `Cannot reach "${target.host}" through its jump host "${jump.host}", ` +
      `which says ${quoteRemote(error.reason)}`,
    `Check from "${jump.host}" that the target's name, port and sshd are right, and that ` +
      "AllowTcpForwarding is on there",
    { cause: error },
  );
}

/** The fault of a target whose hop went. */
export function hopLostError(
  target: ResolvedHost,
  jump: JumpHost,
  error: Error | undefined,
): ConnectionLostError {
  const seen = error?.message ?? "it closed the connection";
  return new ConnectionLostError(
    `The connection to "${target.host}" is lost with its jump host "${jump.host}": ${seen}`,
    "Run the command again; the program reconnects by itself",
    { cause: error },
  );
}
