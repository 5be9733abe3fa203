import type { SshError } from "../../errors.ts";
import type { Identity } from "./start_up/dialects.ts";
import type { ToldStatus } from "./exit_status.ts";
import type { NestedPlace, ShellFacts } from "../shell.ts";
import { Interpreter } from "./interpreter.ts";
import { endedUntold, SHELL_ENDED } from "./shell_errors.ts";

/** The interpreters on one pty, the login shell first; only the last one reads what is typed. */
export class InterpreterStack {
  readonly #stack: Interpreter[] = [new Interpreter({ kind: "starting" })];

  /** The login shell. */
  get loginShell(): Interpreter {
    return this.#stack[0]!;
  }

  /** The one that reads what is typed. */
  get top(): Interpreter {
    return this.#stack.at(-1)!;
  }

  /** All of them, the login shell first. */
  get all(): readonly Interpreter[] {
    return this.#stack;
  }

  /** Shells inside the login shell. */
  get depth(): number {
    return this.#stack.length - 1;
  }

  /** Process ids, the login shell's first; undefined for a shell that did not tell. */
  get pids(): readonly (string | undefined)[] {
    return this.#stack.map(({ state }) => state.identity?.pid);
  }

  /** Facts for list_sessions; `note` is the difference to the plain case. */
  facts(note: string | undefined): ShellFacts {
    return {
      shellKind: this.top.state.identity?.shellKind ?? "starting",
      depth: this.depth,
      ...whereOf(this.top),
      ...(this.loginShell.state.cwd === undefined ? {} : { loginCwd: this.loginShell.state.cwd }),
      ...(note === undefined ? {} : { note }),
    };
  }

  /** The interpreter whose own nonce this is, or whose command's password prompt it marks. */
  owner(nonce: string): Interpreter | undefined {
    for (const interpreter of this.#stack) {
      if (interpreter.nonce === nonce) return interpreter;
      if (interpreter.state.run?.passwordNonce === nonce) return interpreter;
    }
    return undefined;
  }

  /** A shell that runs inside the top one. */
  push(): Interpreter {
    this.top.state.run?.onInnerShell();
    const interpreter = new Interpreter({ kind: "starting" });
    interpreter.dispatch({ kind: "moved", depth: this.#stack.length });
    this.#stack.push(interpreter);
    return interpreter;
  }

  /** Takes back an interpreter that turned out to be no shell. */
  remove(interpreter: Interpreter): void {
    this.#stack.splice(this.#stack.indexOf(interpreter), 1);
    for (const [depth, left] of this.#stack.entries()) left.dispatch({ kind: "moved", depth });
  }

  /** The interpreter in whose place `interpreter` answers: `exec` keeps the process id. */
  replacedBy(interpreter: Interpreter, identity: Identity): Interpreter | undefined {
    const below = this.#stack[this.#stack.indexOf(interpreter) - 1];
    return isSameProcess(below?.state.identity, identity) ? below : undefined;
  }

  /** The shells inside `interpreter` are gone: it speaks again. */
  leaveAbove(interpreter: Interpreter, status: ToldStatus): void {
    while (this.top !== interpreter) {
      const left = this.#stack.pop()!;
      left.dispatch({ kind: "ended" });
      left.state.run?.exit({ ...status, ...whereOf(interpreter) });
    }
  }

  /** The pty is gone, with a status or a fault. */
  end(how: ToldStatus | SshError): void {
    for (const interpreter of [...this.#stack].reverse()) {
      const { phase, run } = interpreter.state;
      interpreter.dispatch({ kind: "ended" });
      if (how instanceof Error) run?.fail(how, "lost");
      // It may have read the line and been killed before it told so.
      else if (phase.kind === "running" && !phase.begun) run?.fail(endedUntold(), "lost");
      else run?.exit({ ...how, note: SHELL_ENDED });
    }
    this.#stack.length = 1;
  }
}

/** A process id alone may be that of another namespace, or of another host. */
function isSameProcess(one: Identity | undefined, other: Identity | undefined): boolean {
  return one !== undefined && one.pid === other?.pid && one.process === other.process;
}

/** The directory of an interpreter, where it is known, and what it is when it is not the login shell. */
export function whereOf(
  { state: { cwd, depth, self } }: Interpreter,
): { cwd?: string; nested?: NestedPlace } {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    ...(depth === 0 ? {} : { nested: { depth, ...self } }),
  };
}
