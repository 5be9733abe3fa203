import type { HostKeyError } from "../../errors.ts";
import {
  type AskHostKey,
  type HostKeyQuestion,
  hostKeyQuestionKey,
} from "../../transport/host_key/host_key_question.ts";

const REFUSED_KEPT = 100;

/**
 * Which unknown host keys a person has agreed to.
 *
 * The transport asks while it connects, and a person takes minutes: so an unknown key is refused
 * and remembered, the client's person is asked, and the call is made again.
 */
export class HostKeyTrust {
  readonly #refused = new Map<string, HostKeyQuestion>();
  readonly #agreed = new Set<string>();

  /** The transport's question; yes only for the very key that was agreed to. */
  readonly ask: AskHostKey = (question) => Promise.resolve(this.#isAgreed(question));

  /** The question to a person; undefined when the key was refused for another reason. */
  questionOf(error: HostKeyError): HostKeyQuestion | undefined {
    return error.question === undefined ? undefined : this.#refused.get(error.question);
  }

  /** A person agreed to the key of a question that was really asked; others change nothing. */
  agree(key: string): void {
    if (this.#refused.delete(key)) this.#agreed.add(key);
  }

  #isAgreed(question: HostKeyQuestion): boolean {
    const key = hostKeyQuestionKey(question);
    if (this.#agreed.has(key)) return true;
    this.#refused.delete(key);
    this.#refused.set(key, question);
    if (this.#refused.size > REFUSED_KEPT) this.#refused.delete(this.#refused.keys().next().value!);
    return false;
  }
}
