import type { Clock } from "../clock.ts";
import { sessionKeyOf } from "../config/identity.ts";
import type { HiddenValue, ResolvedHost } from "../config/resolved_host.ts";
import { RefusedError, UnsupportedError } from "../errors.ts";
import type {
  CommandEvent,
  ExecuteOptions,
  NamedSecret,
  Question,
  Shell,
  ShellFacts,
} from "../shell/shell.ts";
import type { ScreenSnapshot } from "../terminal/screen.ts";
import type { Connection, HostKeyState } from "../transport/transport.ts";
import { signalForeground } from "./foreground.ts";
import { Keyboard } from "./keyboard.ts";
import { replacingLost, tellingEffects, withLoss } from "./replacing_lost.ts";
import { SessionShell } from "./session_shell.ts";
import { type Holder, Turns } from "./turns.ts";

/** Signals a caller may send to a running command. */
export type CommandSignal = "INT" | "QUIT" | "TSTP" | "TERM" | "KILL" | "HUP";

/** Options of one command; secrets are used once and never kept. */
export interface CommandOptions {
  /** Ends the wait of a command that has not started; a started one is left alone. */
  readonly signal?: AbortSignal | undefined;
  readonly sudoPassword?: string | undefined;
  readonly enable?:
    | { readonly password?: string | undefined; readonly command: string }
    | undefined;
  readonly deviceType?: string | undefined;
  /** A person who has the keyboard runs it; all others wait until it is handed back. */
  readonly byPerson?: boolean | undefined;
  /** The shell's history does not get the command. */
  readonly omitsHistory?: boolean | undefined;
  /** The command's environment gets them. */
  readonly secrets?: readonly NamedSecret[] | undefined;
  /**
   * Awaited when the command's turn has come, before anything is opened or typed; throws to refuse.
   * The command then runs in the shell that was open by then, or in a new one where none was.
   */
  readonly permit?: (() => Promise<void>) | undefined;
}

/** A command line, or what makes one for the shell that its turn comes in. */
export type CommandText = string | ((shell: Shell) => string);

/** One session as list_sessions reports it. */
export interface SessionFacts {
  /** Alias as typed. */
  readonly host: string;
  readonly user: string;
  /** Values that must not show in any of these fields. */
  readonly hidden: readonly HiddenValue[];
  /** hostname:port as connected; undefined where an override hides it. */
  readonly address?: string | undefined;
  readonly name: string;
  /** Undefined until the shell is open. */
  readonly shell?: ShellFacts | undefined;
  readonly busy: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly lastUsed: number;
  readonly hostKey?: HostKeyState | undefined;
  readonly latencyMs?: number | undefined;
}

/** Services of the registry that a session uses. */
export interface SessionLinks {
  readonly clock: Clock;
  /** The host's shared connection, opened if need be. */
  connection(options: { readonly signal?: AbortSignal | undefined }): Promise<Connection>;
  /** Settings without an effect, to be reported with the host's first command; then undefined. */
  takeWarnings(): string | undefined;
  /** A shell on that connection. */
  openShell(connection: Connection, options: CommandOptions): Promise<Shell>;
  /** Facts of the connection where it is open. */
  connectionFacts(): Pick<SessionFacts, "hostKey" | "latencyMs">;
  /** Called with each shell that the session opens. */
  onShell?(session: Session, shell: Shell): void;
  /** A note about the session before this one, for the first command's result. */
  readonly note?: string | undefined;
}

/** Control characters that a cooked terminal turns into signals (VINTR, VQUIT, VSUSP; termios(3)). */
const TYPED: Partial<Record<CommandSignal, string>> = { INT: "\x03", QUIT: "\x1c", TSTP: "\x1a" };

/** One named persistent shell on a host; commands take turns. */
export class Session {
  readonly keyboard = new Keyboard();
  readonly #links: SessionLinks;
  readonly #turns = new Turns();
  readonly #since: number;
  #lastUsed: number;
  readonly #shell: SessionShell;

  constructor(readonly host: ResolvedHost, readonly name: string, links: SessionLinks) {
    this.#links = links;
    this.#shell = new SessionShell(this, links);
    this.#since = links.clock.now();
    this.#lastUsed = this.#since;
  }

  /**
   * Runs one command when its turn comes, connecting and opening the shell as needed.
   *
   * Yields `started` when typed; throws before that when the host cannot be reached or opens no shell.
   */
  async *execute(command: CommandText, options: CommandOptions = {}): AsyncGenerator<CommandEvent> {
    const holder = await this.#turn(options);
    try {
      const { open } = this.#shell;
      await options.permit?.();
      const only = options.permit === undefined ? undefined : { shell: open };
      yield* this.#follow(holder, command, { ...options, only });
    } finally {
      this.#lastUsed = this.#links.clock.now();
      this.#turns.release(holder);
    }
  }

  /** Types raw text to the running command. */
  type(data: string): Promise<void> {
    return this.#shell.require().type(data);
  }

  /** Its identity. */
  get key(): string {
    return sessionKeyOf(this.host, this.name);
  }

  /** The running command's question, if it asks one; a `shell` is adopted by the next command. */
  get question(): Question | undefined {
    return this.#turns.question;
  }

  /** Whether cursor keys go as SS3 (DECCKM). */
  get applicationCursorKeys(): boolean {
    return this.#shell.open?.applicationCursorKeys ?? false;
  }

  /** Whether its shell is open, at a prompt or not. */
  get hasShell(): boolean {
    return this.#shell.open !== undefined;
  }

  /** Whether the host is connected. */
  get isConnected(): boolean {
    return this.#links.connectionFacts().hostKey !== undefined;
  }

  /** Whether the open shell has a terminal that commands share. */
  get hasTerminal(): boolean {
    const { open } = this.#shell;
    return open !== undefined && open.signal === undefined;
  }

  /** Whether the open shell is one of a Unix host, on a terminal. */
  get hasProcesses(): boolean {
    return (this.#shell.open?.pids.length ?? 0) > 0;
  }

  /** Whether a full-screen program has the terminal. */
  get drawsScreen(): boolean {
    return this.#shell.open?.drawsScreen ?? false;
  }

  /** @throws {UnsupportedError} Where its shell has no terminal that keys could be typed on. */
  checkKeys(): void {
    this.#shell.open?.checkKeys?.();
  }

  /** Resolves once the keys for a full-screen program have reached its host. */
  keysArrived(): void {
    this.#shell.open?.keysArrived?.();
  }

  /**
   * The terminal's screen.
   *
   * @throws {UnknownSessionError} When no shell is open.
   */
  screen(): Promise<ScreenSnapshot> {
    return this.#shell.require().screen();
  }

  /**
   * Resolves once the far end has taken what was typed before: it answers requests in their order.
   *
   * @throws {ConnectionLostError} Or the signal's reason.
   */
  async roundTrip(options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#shell.connection?.measureLatency(options);
  }

  /**
   * INT, QUIT and TSTP are typed as control characters; TERM, KILL and HUP go to the foreground
   * process group through a second channel.
   *
   * `depth` counts the shells inside the login shell, up to the one that runs the command; typed
   * characters reach the innermost.
   *
   * @throws {PrivilegeError} When the far end refuses the signal.
   * @throws {UnsupportedError} For TERM, KILL and HUP where there are no processes to reach.
   */
  async interrupt(signal: CommandSignal, depth: number): Promise<void> {
    const shell = this.#shell.require();
    if (shell.signal !== undefined) return await shell.signal(signal);
    const typed = TYPED[signal];
    if (typed !== undefined) return await shell.type(typed);
    const [login] = shell.pids;
    const pid = shell.pids[depth];
    if (login === undefined || pid === undefined || this.#shell.connection === undefined) {
      throw new UnsupportedError(
        `${signal} needs the shell's process id, which this host does not report`,
        "Send INT, or close_session ends the shell",
      );
    }
    await signalForeground(this.#shell.connection, { login, shell: pid }, signal);
  }

  get facts(): SessionFacts {
    const isHidden = this.host.hidden.some(({ value }) => value === this.host.hostname);
    return {
      host: this.host.host,
      user: this.host.user,
      hidden: this.host.hidden,
      address: isHidden ? undefined : `${this.host.hostname}:${this.host.port}`,
      name: this.name,
      shell: this.#shell.open?.facts,
      busy: this.#turns.busy,
      since: this.#since,
      lastUsed: this.#lastUsed,
      ...this.#links.connectionFacts(),
    };
  }

  /** Whether there is anything to close. */
  get isOpen(): boolean {
    return this.#shell.isOpening;
  }

  /** Whether a later command of the same name continues it: also after its shell was lost. */
  get isInUse(): boolean {
    return this.isOpen || this.#shell.hasOpened || this.#turns.busy;
  }

  /** Closes the shell; a running command ends as `lost`. */
  async close(): Promise<void> {
    await this.#shell.close();
  }

  /** A person may take the keyboard while a command waits behind another. */
  async #turn({ signal, byPerson }: CommandOptions): Promise<Holder> {
    for (;;) {
      if (!byPerson) await this.keyboard.free(signal);
      const holder = await this.#turns.take(signal);
      if (byPerson || !this.keyboard.isHeld) return holder;
      this.#turns.release(holder);
    }
  }

  async *#follow(
    holder: Holder,
    command: CommandText,
    options: PermittedOptions,
  ): AsyncGenerator<CommandEvent> {
    for await (const event of tellingEffects(this.#begin(command, options))) {
      if (event.kind === "question") this.#turns.ask(holder, event.question);
      if (event.kind === "question-withdrawn") this.#turns.ask(holder, undefined);
      yield event;
    }
  }

  #begin(command: CommandText, options: PermittedOptions): AsyncGenerator<CommandEvent> {
    const passed = { ...options, sudo: this.#sudo(options) };
    let lost: string | undefined;
    return replacingLost(async () => {
      const acquired = await this.#shell.acquire(options);
      const notes = [lost, acquired.lost].filter((note) => note !== undefined);
      lost = notes.length === 0 ? undefined : notes.join("; ");
      const { shell } = acquired;
      this.#requireSame(shell, options);
      if (options.secrets !== undefined && shell.pids.length === 0) {
        throw noSecrets(shell.facts.shellKind);
      }
      const line = typeof command === "string" ? command : command(shell);
      const events = shell.execute(line, passed);
      return lost === undefined ? events : withLoss(events, lost);
    });
  }

  /** The operator's password only answers; a caller's also asks to run the whole as root. */
  #sudo(options: CommandOptions): ExecuteOptions["sudo"] {
    const password = this.host.sudoPassword ?? options.sudoPassword;
    if (password === undefined) return undefined;
    return { password, scope: options.sudoPassword === undefined ? "named" : "whole" };
  }

  /** @throws {RefusedError} In a shell other than the one that the command was let through for. */
  #requireSame(shell: Shell, { only }: PermittedOptions): void {
    if (only === undefined) return;
    only.shell ??= shell;
    if (only.shell === shell) return;
    throw new RefusedError(
      `The shell of session "${this.name}" was lost after the command was approved, and a new one ` +
        "has another directory and other variables; nothing was run",
      "Run it again: it is asked about again",
    );
  }
}

interface PermittedOptions extends CommandOptions {
  /** The shell that a command was let through for; undefined in it where a new one is opened. */
  readonly only?: { shell: Shell | undefined } | undefined;
}

function noSecrets(shellKind: string): UnsupportedError {
  return new UnsupportedError(
    `Nothing was run: secrets need a POSIX shell on a terminal, and this session has ${shellKind}`,
    "Run it without secrets",
  );
}
