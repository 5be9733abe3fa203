import type { Clock, Timer } from "../../../clock.ts";
import type { PasswordAsker } from "../readers/password_askers.ts";
import { isSameProcess } from "../readers/terminal_process.ts";
import {
  nextSudoStep,
  type PasswordLook,
  type SudoEvent,
  sudoStart,
  type SudoState,
} from "./sudo_dialogue.ts";

/** The parts of its shell that an answerer works with. */
export interface PasswordAnswererOptions {
  readonly clock: Clock;
  readonly password: string;
  /** The readers of a password on the host now. */
  readonly look: () => Promise<PasswordLook>;
  /** Text that the command printed. */
  readonly onOutput: (text: string) => void;
  readonly type: (data: string) => void;
  /** The caller is to answer this one. */
  readonly askCaller: () => void;
  /** The password was refused; ^C is typed. */
  readonly onRefused: () => void;
}

/**
 * Answers the password questions of one command, each process once.
 *
 * Text and questions are taken strictly in the order they came: what arrives while the processes
 * are looked up waits for that.
 */
export class PasswordAnswerer {
  readonly #options: PasswordAnswererOptions;
  #state: SudoState = sudoStart;
  #held: string[] = [];
  #looking = 0;
  #ended = false;
  #again: Timer | undefined;

  constructor(options: PasswordAnswererOptions) {
    this.#options = options;
  }

  /** Raw output of the command, in order. */
  text(text: string): void {
    if (this.#looking > 0) this.#held.push(text);
    else this.#options.onOutput(this.#read(text));
  }

  /** The command ended, perhaps while its processes are looked up: nothing more is typed. */
  end(): void {
    this.#ended = true;
    this.#again?.[Symbol.dispose]();
    this.#options.onOutput(this.#held.splice(0).map((text) => this.#read(text)).join(""));
  }

  /** The marker of sudo's question came. */
  async prompt(): Promise<void> {
    const look = await this.#look();
    if (look !== undefined) await this.#settle({ kind: "prompt", look });
  }

  /** A line reads like a question for a password; answered only when doas or su is behind it. */
  async line(): Promise<void> {
    const look = await this.#look();
    if (look === undefined) return;
    const isAnswered = look.kind === "askers" &&
      look.askers.every(({ program }) => program !== "sudo");
    if (isAnswered) return await this.#settle({ kind: "prompt", look });
    this.#options.askCaller();
    this.#release();
  }

  /** Undefined once the command has ended. */
  async #look(): Promise<PasswordLook | undefined> {
    this.#looking++;
    const look = await this.#options.look().catch(() => ({ kind: "unproven" } as const));
    this.#looking--;
    return this.#ended ? undefined : look;
  }

  async #settle(event: SudoEvent): Promise<void> {
    const before = this.#state;
    const { state, action } = nextSudoStep(before, event);
    // What was decided holds only as long as the same processes read.
    if (action.kind === "type-password" && !await this.#stillAsk(action.askers)) {
      if (this.#ended) return;
      this.#options.askCaller();
      return this.#release();
    }
    if (this.#ended) return;
    this.#state = state;
    switch (action.kind) {
      case "none":
        break;
      case "type-password":
        this.#options.type(`${this.#options.password}\n`);
        break;
      case "look-again":
        return this.#lookAgain(action.afterMs);
      case "ask-caller":
        this.#options.askCaller();
        break;
      case "refused":
        this.#options.type("\x03");
        this.#options.onRefused();
    }
    this.#release();
  }

  async #stillAsk(askers: readonly PasswordAsker[]): Promise<boolean> {
    const look = await this.#look();
    return look?.kind === "askers" && look.askers.length === askers.length &&
      askers.every((asker) => look.askers.some((other) => isSameProcess(asker, other)));
  }

  /** Takes what came while the host was asked. */
  #release(): void {
    while (this.#looking === 0 && this.#held.length > 0) {
      this.#options.onOutput(this.#read(this.#held.shift()!));
    }
  }

  #read(text: string): string {
    const { state, output } = nextSudoStep(this.#state, { kind: "text", text });
    this.#state = state;
    return output;
  }

  #lookAgain(afterMs: number): void {
    this.#looking++;
    this.#again = this.#options.clock.after(afterMs, () => {
      this.#looking--;
      void this.prompt();
    });
  }
}
