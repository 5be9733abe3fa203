import type { Clock, Timer } from "../../../clock.ts";
import { type Asker, knowingTerminal, readsStandardInput } from "./askers.ts";
import { nextSudoStep, type SudoEvent, sudoStart, type SudoState } from "./sudo_dialogue.ts";

/** What an answerer needs of the shell it answers in. */
export interface PasswordAnswererOptions {
  readonly clock: Clock;
  readonly password: string;
  /** The command that is answered for. */
  readonly command: string;
  /** Who waits for a password on the host now; empty where that cannot be seen. */
  readonly askers: () => Promise<readonly Asker[]>;
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
    else this.#take({ kind: "text", text });
  }

  /** The command ended, perhaps while its processes are looked up: nothing more is typed. */
  end(): void {
    this.#ended = true;
    this.#again?.[Symbol.dispose]();
    this.#options.onOutput(this.#held.splice(0).map((text) => this.#read(text)).join(""));
  }

  /** The marker of sudo's question came. */
  async prompt(): Promise<void> {
    const { command } = this.#options;
    await this.#look((askers) =>
      askers.length === 0 && readsStandardInput(command)
        ? this.#options.askCaller()
        : this.#take({ kind: "prompt", askers: knowingTerminal(askers, command) })
    );
  }

  /** A line reads like a question for a password; answered only when doas or su is behind it. */
  async line(): Promise<void> {
    await this.#look((askers) =>
      askers.some(({ program }) => program !== "sudo")
        ? this.#take({ kind: "prompt", askers })
        : this.#options.askCaller()
    );
  }

  async #look(then: (askers: readonly Asker[]) => void): Promise<void> {
    this.#looking++;
    const askers = await this.#options.askers().catch(() => []);
    this.#looking--;
    if (this.#ended) return;
    then(askers);
    while (this.#looking === 0 && this.#held.length > 0) {
      this.#take({ kind: "text", text: this.#held.shift()! });
    }
  }

  #take(event: SudoEvent): void {
    const { state, output, action } = nextSudoStep(this.#state, event);
    this.#state = state;
    if (output !== "") this.#options.onOutput(output);
    switch (action.kind) {
      case "none":
        return;
      case "type-password":
        return this.#options.type(`${this.#options.password}\n`);
      case "look-again":
        return this.#lookAgain(action.afterMs);
      case "ask-caller":
        return this.#options.askCaller();
      case "refused":
        this.#options.type("\x03");
        return this.#options.onRefused();
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
