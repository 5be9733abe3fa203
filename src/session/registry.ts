import type { Session, SessionFacts } from "./session.ts";
import type { Connection } from "../transport/transport.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";

/** Who is addressed, as the caller said it; empty strings are refused before this. */
export interface SessionTarget {
  readonly host: string;
  readonly username?: string;
  readonly port?: number;
  readonly password?: string;
  readonly keyFilename?: string;
}

/** What a closing closed. */
export interface Closed {
  readonly host: string;
  readonly sessions: readonly string[];
  readonly connection: boolean;
}

/** All sessions of this process: one connection per user@hostname:port, its named shells. */
export class Registry {
  /** Resolves the target's settings; connects nothing. */
  acquire(_target: SessionTarget, _name: string): Promise<Session> {
    throw new Error("under construction");
  }

  /** The shared connection, opened if need be; for SFTP and exec. */
  connection(
    _target: SessionTarget,
    _options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly host: ResolvedHost; readonly connection: Connection }> {
    throw new Error("under construction");
  }

  list(): readonly SessionFacts[] {
    throw new Error("under construction");
  }

  /** @throws {UnknownSessionError} When nothing of it is open; names what is. */
  close(_target: SessionTarget, _name?: string): Promise<Closed> {
    throw new Error("under construction");
  }

  /** How many sessions were closed. */
  closeAll(): Promise<number> {
    throw new Error("under construction");
  }
}
