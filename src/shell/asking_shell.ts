import { SshError } from "../errors.ts";
import type { ScreenSnapshot, TerminalSize } from "../terminal/screen.ts";
import type { CommandEvent, ExecuteOptions, Question, Shell, ShellFacts } from "./shell.ts";

/** The state of a login. */
export type LoginStep =
  | { readonly kind: "shell"; readonly shell: Shell }
  | { readonly kind: "question"; readonly login: AskingLogin };

/** A login that asks something only its caller can answer; nothing was typed in answer to it. */
export interface AskingLogin extends AsyncDisposable {
  readonly question: Question;
  /** The last rows above the question, which may hold what is to be accepted. */
  readonly rowsAbove: readonly string[];
  type(data: string): Promise<void>;
  /** The rows that the terminal shows, the question's last. */
  rows(): readonly string[];
  /**
   * Goes on when more came, to a shell or the next question.
   *
   * @throws {SshError} When the login ends, or shows no prompt.
   */
  next(signal: AbortSignal | undefined): Promise<LoginStep>;
  readonly ended: Promise<SshError | undefined>;
}

const CONTEXT_ROWS = 20;

/**
 * A login that asks before there is a shell: its first command returns the question and goes on,
 * in the shell that is found then, once it was answered.
 */
export class AskingShell implements Shell {
  #login: AskingLogin;
  #shell: Shell | undefined;
  #isClosed = false;
  #watcher: ((text: string) => void) | undefined;
  #end: (fault: SshError | undefined) => void = () => {};
  readonly ended: Promise<SshError | undefined>;

  constructor(login: AskingLogin) {
    this.#login = login;
    this.ended = new Promise((resolve) => this.#end = resolve);
    void login.ended.then((fault) => this.#shell === undefined && this.#end(fault));
  }

  get facts(): ShellFacts {
    if (this.#shell !== undefined) return this.#shell.facts;
    const note = "the login asks something first";
    return { shellKind: "starting", depth: 0, isUndecided: true, note };
  }

  get applicationCursorKeys(): boolean {
    return this.#shell?.applicationCursorKeys ?? false;
  }

  get drawsScreen(): boolean {
    return this.#shell?.drawsScreen ?? false;
  }

  get pids(): readonly (string | undefined)[] {
    return this.#shell?.pids ?? [];
  }

  get signal(): ((name: string) => Promise<void>) | undefined {
    return this.#shell?.signal?.bind(this.#shell);
  }

  checkKeys(): void {
    this.#shell?.checkKeys?.();
  }

  keysArrived(): void {
    this.#shell?.keysArrived?.();
  }

  /** @throws {SshError} When the login ends before there is a shell. */
  async *execute(command: string, options: ExecuteOptions = {}): AsyncGenerator<CommandEvent> {
    const shell = this.#shell ?? (yield* this.#decide(options.signal));
    yield* shell.execute(command, options);
  }

  type(data: string): Promise<void> {
    return (this.#shell ?? this.#login).type(data);
  }

  screen(): Promise<ScreenSnapshot> {
    if (this.#shell !== undefined) return this.#shell.screen();
    const rows = this.#login.rows();
    return Promise.resolve({
      rows,
      columns: Math.max(80, ...rows.map((row) => row.length)),
      cursor: { row: Math.max(0, rows.length - 1), column: rows.at(-1)?.length ?? 0 },
      title: "",
      alternateScreen: false,
      cursorText: "plain",
    });
  }

  watch(watcher: (text: string) => void): TerminalSize {
    if (this.#shell?.watch !== undefined) return this.#shell.watch(watcher);
    this.#watcher = watcher;
    watcher(this.#login.rows().join("\r\n"));
    return { columns: 80, rows: 50 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await (this.#shell ?? this.#login)[Symbol.asyncDispose]();
    this.#end(undefined);
  }

  async *#decide(signal: AbortSignal | undefined): AsyncGenerator<CommandEvent, Shell> {
    for (;;) {
      const { question, rowsAbove } = this.#login;
      const above = rowsAbove.slice(-CONTEXT_ROWS).map((row) => `${row}\n`).join("");
      yield { kind: "output", text: above, line: question.text };
      yield { kind: "question", question };
      const step = await this.#next(signal);
      yield { kind: "question-withdrawn" };
      yield { kind: "output", text: "", line: "" };
      if (step.kind === "shell") return this.#take(step.shell);
      this.#login = step.login;
    }
  }

  async #next(signal: AbortSignal | undefined): Promise<LoginStep> {
    try {
      return await this.#login.next(signal);
    } catch (error) {
      if (!signal?.aborted) this.#end(error instanceof SshError ? error : undefined);
      throw error;
    }
  }

  #take(shell: Shell): Shell {
    this.#shell = shell;
    void shell.ended.then((fault) => this.#end(fault));
    if (this.#isClosed) void shell[Symbol.asyncDispose]();
    if (this.#watcher !== undefined) shell.watch?.(this.#watcher);
    return shell;
  }
}
