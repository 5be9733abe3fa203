import type { ResolvedHost } from "../config/resolved_host.ts";
import type { HostKeyState } from "../transport/transport.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import type { CommandEvent, Question, ShellFacts } from "../shell/shell.ts";

/** Signals a caller may send to a running command. */
export type CommandSignal = "INT" | "QUIT" | "TSTP" | "TERM" | "KILL" | "HUP";

/** What one command may bring along; secrets are used once and never kept. */
export interface CommandOptions {
  /** Ends the wait of a command that has not started; a started one is left alone. */
  readonly signal?: AbortSignal;
  readonly sudoPassword?: string;
  readonly enable?: { readonly password?: string; readonly command: string };
  readonly deviceType?: string;
}

/** What list_sessions tells. */
export interface SessionFacts {
  /** Alias as typed. */
  readonly host: string;
  readonly user: string;
  /** hostname:port as connected; undefined where an override hides it. */
  readonly address?: string;
  readonly name: string;
  /** Undefined until the shell is open. */
  readonly shell?: ShellFacts;
  readonly busy: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly lastUsed: number;
  readonly hostKey?: HostKeyState;
  readonly latencyMs?: number;
}

/** One named persistent shell on a host; commands take turns. */
export class Session {
  constructor(readonly host: ResolvedHost, readonly name: string) {}

  /**
   * Runs one command when its turn comes, connecting and opening the shell as needed.
   *
   * Yields `started` when typed; throws before that when the host or the shell cannot be had.
   */
  execute(_command: string, _options: CommandOptions = {}): AsyncGenerator<CommandEvent> {
    throw new Error("under construction");
  }

  /** Types raw text to the running command. */
  type(_data: string): Promise<void> {
    throw new Error("under construction");
  }

  /** What the running command asks, if it does; kind `shell` means the next command adopts it. */
  get question(): Question | undefined {
    throw new Error("under construction");
  }

  /** Whether cursor keys go as SS3 (DECCKM, ECMA-48 private mode 1). */
  get applicationCursorKeys(): boolean {
    throw new Error("under construction");
  }

  /** The terminal's screen; throws UnknownSessionError when no shell is open. */
  screen(): Promise<ScreenSnapshot> {
    throw new Error("under construction");
  }

  /**
   * INT, QUIT and TSTP are typed as control characters; TERM, KILL and HUP go to the foreground
   * process group through a second channel.
   *
   * @throws {PrivilegeError} When the far end refuses the signal; {UnsupportedError} on devices.
   */
  interrupt(_signal: CommandSignal): Promise<void> {
    throw new Error("under construction");
  }

  get facts(): SessionFacts {
    throw new Error("under construction");
  }
}
