import type { SshError } from "../errors.ts";
import type { ScreenSnapshot, TerminalSize } from "../terminal/screen.ts";

/** The kind of input that a program waits for. */
export type QuestionKind =
  | "password"
  | "passphrase"
  | "host-key"
  | "yes-no"
  | "pager"
  | "shell"
  | "text"
  | "press-key"
  /** A full-screen program that waits for keys: its screen says what it asks. */
  | "screen";

/** A question that the cursor stands behind. */
export interface Question {
  readonly kind: QuestionKind;
  /** The cursor's line as the terminal shows it. */
  readonly text: string;
  /** Only the look of the line says so: the far end cannot be asked who reads its terminal. */
  readonly isGuess?: boolean | undefined;
}

/** A shell inside the login shell, by its own word: what it says of itself where it told that. */
export interface NestedPlace {
  /** Shells between it and the login shell, and itself. */
  readonly depth: number;
  readonly user?: string | undefined;
  readonly host?: string | undefined;
}

/** How a command ended. */
export interface CommandExit {
  /** 0–255; null where the far end has none (network devices). */
  readonly exitStatus: number | null;
  /** "INT", "TERM", … where the shell reports 128+n or the channel says so. */
  readonly exitSignal: string | null;
  /** Working directory afterwards; absent where there is none. */
  readonly cwd?: string | undefined;
  /** The shell that reads afterwards, where that is not the login shell. */
  readonly nested?: NestedPlace | undefined;
  /** Device mode afterwards, such as "config-router"; devices only. */
  readonly mode?: string | undefined;
  /** The device's own error line, such as "% Invalid input detected"; devices only. */
  readonly deviceError?: string | undefined;
  /** One line for the caller, such as that the shell ended with the command. */
  readonly note?: string | undefined;
}

/** The events of a command, in the order they happen; `exited` and `lost` are last. */
export type CommandEvent =
  | { readonly kind: "started" }
  /**
   * The reader first cuts `rewound` lines off the end of what it has (the terminal rewrote them),
   * then appends `text`, whole lines each with its LF; `line` is the unfinished line behind them.
   */
  | {
    readonly kind: "output";
    readonly text: string;
    readonly line: string;
    readonly rewound?: number;
  }
  | { readonly kind: "question"; readonly question: Question }
  | { readonly kind: "question-withdrawn" }
  | { readonly kind: "exited"; readonly exit: CommandExit }
  | { readonly kind: "lost"; readonly cause: SshError };

/** The facts of a shell that list_sessions shows. */
export interface ShellFacts {
  /** "bash", "zsh", …, "fish", "pwsh 7.6", or a device profile's id. */
  readonly shellKind: string;
  /** The login asks something before there is a shell: nothing is known of it yet. */
  readonly isUndecided?: boolean | undefined;
  /** A PowerShell session, which takes no POSIX script. */
  readonly profile?: "powershell" | undefined;
  readonly cwd?: string;
  readonly mode?: string;
  /** Nested shells above the login shell. */
  readonly depth: number;
  /** The innermost of them. */
  readonly nested?: NestedPlace | undefined;
  /** The login shell's own directory, on the host that the connection leads to. */
  readonly loginCwd?: string | undefined;
  /** The difference to the plain case, such as "login shell is tcsh; commands run in bash". */
  readonly note?: string;
}

/**
 * One PTY with a command interpreter behind it; one command at a time.
 *
 * @see {@link CommandEvent} for what a command yields.
 */
export interface Shell extends AsyncDisposable {
  readonly facts: ShellFacts;

  /**
   * Types one command and yields what the far end prints.
   *
   * The caller reads to the end; a command that outlives its caller's patience keeps its events
   * waiting here. Aborting `signal` types nothing: it ends the wait for a shell that is starting.
   */
  execute(command: string, options?: ExecuteOptions): AsyncGenerator<CommandEvent>;

  /** Types raw bytes to the running command, as a keyboard would (ECMA-48 for keys). */
  type(data: string): Promise<void>;

  /**
   * Sends the running command a signal by name without "SIG"; only where the far end delivers them
   * by itself. Elsewhere INT, QUIT and TSTP are typed, and kill(1) sends the others.
   */
  readonly signal?: ((name: string) => Promise<void>) | undefined;

  /** Whether cursor keys go as SS3 (DECCKM, ECMA-48 private mode 1). */
  readonly applicationCursorKeys: boolean;

  /** A full-screen program draws on the terminal, on the alternate screen or, as top(1), without it. */
  readonly drawsScreen: boolean;

  /** @throws {UnsupportedError} Where there is no terminal that keys could be typed on. */
  checkKeys?(): void;

  /** Keys have reached a full-screen program: its screen counts as new, at rest or not. */
  keysArrived?(): void;

  /**
   * Process ids of the login shell and of the shells inside it, outermost first, each as the shell
   * itself sees it; undefined for one that did not tell. Empty where there are no processes.
   */
  readonly pids: readonly (string | undefined)[];

  /** The terminal's screen as it stands now. */
  screen(): Promise<ScreenSnapshot>;

  /** Passes on what the terminal shows, from its screen as it is on, as text with escapes. */
  watch?(watcher: (text: string) => void): TerminalSize;

  /** Settles when the pty is gone: with the fault, or undefined when the shell ended by itself. */
  readonly ended: Promise<SshError | undefined>;
}

/** A secret of the operator: a variable of one command's environment. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** Options of {@link Shell.execute}. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined;
  /** The shell's history does not get it. */
  readonly omitsHistory?: boolean | undefined;
  /** The command's environment gets them, and nothing else does. */
  readonly secrets?: readonly NamedSecret[] | undefined;
  /**
   * The password for sudo, su or doas in the command. `whole`: a command that names none of them is
   * run under sudo as a whole.
   */
  readonly sudo?:
    | { readonly password: string; readonly scope: "whole" | "named" }
    | undefined;
  /**
   * Devices only: privileged mode is entered first when the shell is not in it. Without a password
   * only a command other than "enable" counts as a wish; the password is typed once.
   */
  readonly enable?:
    | { readonly password?: string | undefined; readonly command: string }
    | undefined;
}
