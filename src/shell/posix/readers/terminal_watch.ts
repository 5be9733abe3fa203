import type { InterpreterStack } from "../interpreter_stack.ts";
import type { Interpreter } from "../interpreter.ts";
import { passwordAskers } from "./password_askers.ts";
import { type HostInquiry, judgeReader, type ReaderVerdict } from "./reader_verdict.ts";
import { loginShellReads } from "./shell_at_prompt.ts";
import type { KnownShell, ProcessIdentity } from "./terminal_process.ts";
import type { PasswordLook } from "../sudo/sudo_dialogue.ts";
import type { TerminalListing } from "./terminal_readers.ts";

/** Asks the host who has the terminal of one session. */
export class TerminalWatch {
  readonly #stack: InterpreterStack;
  readonly #host: HostInquiry;
  /** Shells inside the login shell, as the host of the login shell shows them. */
  readonly #nested = new WeakMap<Interpreter, ProcessIdentity>();

  constructor(stack: InterpreterStack, host: HostInquiry) {
    this.#stack = stack;
    this.#host = host;
  }

  /** Whether a terminal can be asked about at all. */
  get canAsk(): boolean {
    return this.#host.terminal !== undefined;
  }

  /** The terminal as its host shows it now; undefined where it does not. */
  async terminal(): Promise<TerminalListing | undefined> {
    const pid = this.#loginPid;
    return pid === undefined ? undefined : await this.#host.terminal?.(pid).catch(() => undefined);
  }

  /** Sets the terminal as our shells read it, where the host can be asked to. */
  async makeSane(): Promise<void> {
    const pid = this.#loginPid;
    if (pid !== undefined) await this.#host.makeSane?.(pid).catch(() => {});
  }

  get #loginPid(): number | undefined {
    const pid = this.#stack.loginShell.state.identity?.pid ?? "";
    return /^\d{1,10}$/.test(pid) ? Number(pid) : undefined;
  }

  /** The terminal's reader now; a carrier's arguments only where they say what runs in it. */
  async reader(): Promise<ReaderVerdict> {
    const terminal = await this.terminal();
    if (terminal === undefined) return { kind: "unproven" };
    const { top, loginShell } = this.#stack;
    const verdict = judgeReader(terminal, this.#known(terminal), top.echoAtStart);
    const isHere = top === loginShell || this.#nested.has(top);
    return verdict.kind === "carrier" && !isHere ? { ...verdict, arguments: [] } : verdict;
  }

  /** A shell that the host showed was adopted. */
  adopted(interpreter: Interpreter, process: ProcessIdentity): void {
    this.#nested.set(interpreter, process);
  }

  /**
   * Whether a job of the login shell has the terminal; false where nobody can tell, and behind a
   * typed interrupt, which ends a command without a word.
   */
  async hasForegroundJob(interpreter: Interpreter): Promise<boolean> {
    const isAskable = interpreter === this.#stack.loginShell &&
      !interpreter.state.run?.isInterrupted &&
      interpreter.state.flags.includes("m");
    return isAskable && (await this.terminal())?.shellHasTerminal === false;
  }

  /** Whether the host shows that the login shell alone reads; false where nobody can tell. */
  async isShellReading(): Promise<boolean> {
    const terminal = await this.terminal();
    return terminal !== undefined && loginShellReads(terminal);
  }

  /** The readers of a password on the terminal now. */
  async passwordLook(): Promise<PasswordLook> {
    const terminal = await this.terminal();
    if (terminal === undefined) return { kind: "unproven" };
    const askers = passwordAskers(terminal);
    if (askers !== undefined) return { kind: "askers", askers };
    const { kind } = judgeReader(terminal, this.#known(terminal));
    return { kind: kind === "nobody" ? "nobody" : "unproven" };
  }

  #known(terminal: TerminalListing): readonly KnownShell[] {
    const { all, loginShell } = this.#stack;
    const { shellKind } = loginShell.state.identity ?? {};
    const nested = all.flatMap((interpreter) => {
      const process = this.#nested.get(interpreter);
      return process === undefined
        ? []
        : [{ ...process, shellKind: interpreter.state.identity?.shellKind }];
    });
    return [{ pid: terminal.shell, start: terminal.shellStart, shellKind }, ...nested];
  }
}
